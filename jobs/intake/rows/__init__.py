"""A started job's file becomes rows and batches; goes on where a crash stopped it.

What the check showed is what happens to each row: promise 1 begins here.
"""
