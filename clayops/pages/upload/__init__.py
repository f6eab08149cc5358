"""A file comes in and becomes a draft: how it is read, what goes where, what was found, the cost, Start.

Shows what `jobs.intake` found and `jobs.credits` estimates; Start is `jobs.steering`'s.
"""
