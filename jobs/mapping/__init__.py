"""From a line's cells to what Clay gets: which column is which input, clean-ups, the plan. Knows no model.

Headers and sample cells come in, inputs by name go out.
"""
