"""What stands above the data: titles and notes to skip, and whether there is a header."""

import re
from collections import Counter

from jobs.reading.looks_like import EMAIL, LONGEST, PHONE, URL

PREFACE = 30
"""Records at the top that may be titles and notes."""

KNOWN_DOMAIN = re.compile(
    r"(?:[a-z0-9-]+\.)+(?:com|org|net|io|ai|co|de|uk|fr|eu|us|test|dev|app|es|nl|it)", re.IGNORECASE
)
"""Fewer than `looks_like.DOMAIN`: a header may well be called "first.name"."""
NUMBER = re.compile(r"[-+]?[$€£]?\d[\d.,' ]*%?")
YEAR = re.compile(r"(?:19|20)\d\d")
DATE = re.compile(r"\d{4}-\d\d?-\d\d?(?:[T ]\d.*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?: \d.*)?")

Rows = list[list[str]]


def preface(rows: Rows) -> int:
    """How many of the first records are titles and notes above the table: short ones, above longer ones."""
    widths = Counter(map(len, rows))
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    if usual < 2:
        return 0
    first = next((place for place, cells in enumerate(rows) if _begins(cells, usual)), 0)
    above = rows[:first]
    if any(_is_data(cells) for cells in above):
        return 0
    bare = all(len(cells) == 1 for cells in above)
    whole = sum(len(cells) == usual for cells in rows[first:])
    return first if first <= PREFACE and whole >= (2 if bare else 3) else 0


def _begins(cells: list[str], usual: int) -> bool:
    """Whether this may be the header or the first row: not a line of one cell, nor one mostly blank."""
    filled = sum(bool(cell.strip()) for cell in cells)
    if usual == 2:
        return len(cells) >= 2
    return len(cells) > 1 and filled > usual / 2 - (len(cells) >= usual) * usual / 6


def has_header(rows: Rows) -> bool:
    """Whether the first row names the columns: yes, unless it clearly is data."""
    first = [cell.strip()[:LONGEST] for cell in rows[0]] if rows else []
    if _is_data(first):
        return False
    below = [[cell.strip()[:LONGEST] for cell in cells] for cells in rows[1:51]]
    kinds = [_kind(cell) for cell in first]
    usual = [_usual([cells[place] for cells in below if place < len(cells)]) for place in range(len(first))]
    telling = [kind for kind, cell in zip(kinds, first, strict=True) if kind and not YEAR.fullmatch(cell)]
    return not (below and telling and all(kind == other for kind, other in zip(kinds, usual, strict=True)))


def _is_data(cells: list[str]) -> bool:
    shown = (cell.strip()[:LONGEST] for cell in cells)
    return any(EMAIL.fullmatch(cell) or URL.fullmatch(cell) for cell in shown)


def _kind(cell: str) -> str:
    """What a cell is at sight; empty for text."""
    patterns = (("date", DATE), ("phone", PHONE), ("number", NUMBER), ("e-mail", EMAIL), ("url", URL))
    found = next((kind for kind, pattern in patterns if pattern.fullmatch(cell)), "")
    return found or ("domain" if KNOWN_DOMAIN.fullmatch(cell) else "")


def _usual(cells: list[str]) -> str:
    """What four of five cells are at least; empty for text, and for a column of blanks."""
    kinds = Counter(_kind(cell) for cell in cells if cell)
    kind, seen = kinds.most_common(1)[0] if kinds else ("", 0)
    return kind if seen >= kinds.total() * 0.8 else ""
