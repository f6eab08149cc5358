"""Lanes: the streams of batches to the destinations, one attempt at a time, and what an answer means.

Waiting batches come in; accepted runs, rows that wait again, or dead letters go out. Keeps promise 3: a
submission is written before a byte leaves, and nothing whose outcome is unknown is sent again by itself.
"""
