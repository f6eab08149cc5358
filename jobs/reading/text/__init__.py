"""Text files as records: encoding, dialect, quoting, layout, lines.

Bytes come in; each line of data goes out once, read or named as unreadable (the first half of promise 1).
"""
