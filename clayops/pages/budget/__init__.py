"""The pages of the budget: today and other days, hour by hour, and where the day is going.

Reads the ledger (`budget`) and the forecast (`jobs.credits`); `ledger` and `limits` are rooms of their own.
Shows whether promise 2 holds; changes nothing itself.
"""
