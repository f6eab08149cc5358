"""Credits: limits, reservations, the ledger, the breaker. Knows no job: a holder is a name.

A holder, an amount and scopes come in; a reservation or a refusal goes out. Keeps promise 2: reserved plus
spent never pass the limit; and promise 6: the counters in Redis are made anew from the ledger.
"""
