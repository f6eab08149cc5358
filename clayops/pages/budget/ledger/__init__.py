"""The ledger on the screen: every reservation and what became of it, filtered, summed, as CSV, line by line.

A person decides here what an unknown outcome cost; the decision is `budget.steering.corrections`'.
"""
