"""The limits on the screen: changing one with a preview of what it means, warning levels, asking for more.

Forms come in; `budget.steering.limits` and `budget.steering.requests` decide.
"""
