"""Runs come home: asking Clay, hearing its calls, applying results once, and what they tell of providers.

Runs that are due come in; enriched rows and dead letters go out. Keeps promise 1 (each row gets one outcome)
and the half of promise 5 that no run is forgotten.
"""
