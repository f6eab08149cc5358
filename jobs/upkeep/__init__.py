"""The tick, which finds in the database what was left undone; the audit, which proves that nothing was lost.

Keeps promise 1 (the audit) and promise 6 (whatever messages Redis lost, the work is found).
"""
