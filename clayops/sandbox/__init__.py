"""A small stand-in for Clay that speaks its Public API, for the demo and the tests. Knows no model.

HTTP requests come in, what Clay's contract says goes out, with the faults that were asked for.
"""
