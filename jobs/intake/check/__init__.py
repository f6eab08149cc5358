"""The check of a draft: the whole file is read once, and what is found is shown before Start.

A draft comes in; findings and their file go out. Nothing is left out without a person's say-so.
"""
