"""The export as CSV."""

import csv
import io
import json
import re
from collections.abc import Iterator

from jobs.export.columns import ALL, Choice, columns
from jobs.export.rows import pages
from jobs.models import Job

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d[\d., ]*%?")
"""Numbers, and phone numbers such as +1 312 555 0109: nothing in them is an operator."""
_as_json = json.JSONEncoder(ensure_ascii=False).encode


def csv_lines(job: Job, choice: Choice = ALL) -> Iterator[bytes]:
    """UTF-8 with BOM, CRLF, about a thousand rows a piece; memory stays flat."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([defused(name) for name in columns(job, choice)])
    for page in pages(job, choice):
        for line in page:
            cells = [*line.cells, *map(text, line.values), line.state, line.error]
            writer.writerow([defused(cell) if cell.startswith(_FORMULA) else cell for cell in cells])
        yield _taken(buffer)
    yield _taken(buffer)


def text(value: object) -> str:
    """A cell's text: nothing for null, JSON for what is nested."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return _as_json(value) if isinstance(value, bool | dict | list) else str(value)


def defused(cell: str) -> str:
    """The cell with a `'` before it where a spreadsheet would run it as a formula; numbers stay.

    Source: OWASP, CSV Injection.
    """
    if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def _taken(buffer: io.StringIO) -> bytes:
    lines = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return lines
