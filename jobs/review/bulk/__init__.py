"""One verb for many letters: the set is frozen when it is asked for, shown with its cost, then confirmed.

A filter or ticked letters come in; a worker does the verb letter by letter, each with its outcome in one
transaction. Keeps promise 3: nothing is sent again that the confirmation did not name and price.
"""
