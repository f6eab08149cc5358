"""The pages of jobs: the list, one job, its rows, its buttons, its export, its end.

Each button calls one verb of `jobs.steering`.
"""
