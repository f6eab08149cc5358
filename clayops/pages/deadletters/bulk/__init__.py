"""What is done to many letters: a verb's button freezes the set, its page confirms, shows progress, stops.

Calls `jobs.review.bulk`; promise 3 on the screen: nothing is sent again that was not named and priced.
"""
