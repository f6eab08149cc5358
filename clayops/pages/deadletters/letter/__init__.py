"""One dead letter: what it is, its rows, every attempt, its history; editing rows, comments, whose it is.

Each button calls one verb of `jobs.review`.
"""
