"""The pages of the budget: today and other days, the ledger, the limits, asking for more."""
