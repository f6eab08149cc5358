"""CSV for spreadsheets, sent a piece at a time."""

import csv
import io
import re
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d[\d., ]*%?")
"""Numbers, and phone numbers such as +1 312 555 0109: nothing in them is an operator."""


def defused(cell: str) -> str:
    """The cell with a `'` before it where a spreadsheet would run it as a formula; numbers stay.

    Source: OWASP, CSV Injection.
    """
    if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


class CsvText:
    """A file as it grows: UTF-8 with BOM, CRLF, no cell a formula. What was taken is forgotten."""

    def __init__(self, header: Iterable[str]) -> None:
        self._buffer = io.StringIO()
        self._writer = csv.writer(self._buffer)
        self._buffer.write("\ufeff")
        self.add(header)

    def add(self, cells: Iterable[str]) -> None:
        """One more line."""
        self._writer.writerow([defused(cell) if cell.startswith(_FORMULA) else cell for cell in cells])

    def taken(self) -> bytes:
        """What was added since the last piece."""
        lines = self._buffer.getvalue().encode(errors="replace")
        self._buffer.seek(0)
        self._buffer.truncate()
        return lines
