"""What a cell is at sight: patterns for `fullmatch`, each in one pass over the cell, however long it is."""

import re

LONGEST = 300
"""Characters of a cell that are enough to tell: give `fullmatch` no more than these."""

EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>.]+(?:\.[^@\s,;<>.]+)+")
URL = re.compile(r"https?://\S+|www\.[^\s.]+\.\S+", re.IGNORECASE)
DOMAIN = re.compile(r"(?:[a-z0-9](?:-*[a-z0-9])*\.)+[a-z]{2,}", re.IGNORECASE)
PHONE = re.compile(r"\+[\d ()./-]{7,20}|\(\d{2,4}\)[\d ./-]{6,15}|\d{3}[-. ]\d{3}[-. ]\d{4}")
