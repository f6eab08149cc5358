"""CSV for spreadsheets, sent a piece at a time."""

import csv
import io
import re
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_INSIDE = re.compile(r"([;\t\r\n]\s*[\"']*)(?=[=+@-])")
"""Where a spreadsheet that splits at `;`, tabs or breaks begins a cell that would be a formula."""
_NUMBER = re.compile(r"[+-]?\d[\d., ]*%?")
"""Numbers, and phone numbers such as +1 312 555 0109: nothing in them is an operator."""


def defused(cell: str) -> str:
    """The cell with a `'` wherever a spreadsheet would begin a formula; numbers stay.

    At its beginning, and behind each `;`, tab and break: where the list separator is one of those (as `;`
    is in most of Europe), `x;=1+1` is two cells. Source: OWASP, CSV Injection.
    """
    if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        cell = f"'{cell}"
    return _INSIDE.sub(_marked, cell) if _INSIDE.search(cell) else cell


def _marked(found: re.Match[str]) -> str:
    """Numbers stay, also there: `a; -5` is a list of two."""
    rest = re.split(r"[;\t\r\n]", found.string[found.end() :], maxsplit=1)[0]
    return found.group() if _NUMBER.fullmatch(rest) else f"{found.group()}'"


class CsvText:
    """A file as it grows: UTF-8 with BOM, CRLF, no cell a formula. What was taken is forgotten."""

    def __init__(self, header: Iterable[str]) -> None:
        self._buffer = io.StringIO()
        self._writer = csv.writer(self._buffer)
        self._buffer.write("\ufeff")
        self.add(header)

    def add(self, cells: Iterable[str]) -> None:
        """One more line."""
        self._writer.writerow([defused(cell) for cell in cells])

    def taken(self) -> bytes:
        """What was added since the last piece."""
        lines = self._buffer.getvalue().encode(errors="replace")
        self._buffer.seek(0)
        self._buffer.truncate()
        return lines
