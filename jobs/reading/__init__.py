"""Files as streams of records: the kind of a file, its format, each line of data. Knows no model.

A path comes in; each line goes out once, read or named as unreadable (promise 1, from the first byte).
"""
