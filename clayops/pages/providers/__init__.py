"""The pages of the providers: how each does by its last 100 outcomes, its history, and steering it.

Reads `providers.health`; each button calls one verb of `providers.steering`. Shows whether promise 4 holds.
"""
