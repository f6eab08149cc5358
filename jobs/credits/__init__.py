"""What jobs ask of the budget: what rows cost, what fits today, what a limit would mean, what is stopped.

Jobs and runs come in, holders and amounts go to `budget`, which knows no job. Keeps promise 2 with it.
"""
