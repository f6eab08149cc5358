"""What people decide about credits: another limit, more for today, when to warn, what something really cost.

A scope or a line of the ledger and who decides come in; each decision is on record, and Redis follows.
"""
