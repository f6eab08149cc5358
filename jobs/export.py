"""A job's rows as CSV, streamed: the upload's columns, Clay's outputs, `clay_status`, `clay_error`."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from jobs.models import Job, Row, RowState

ROWS_AT_ONCE = 1000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d[\d., ]*%?")
"""Numbers, and phone numbers such as +1 312 555 0109: nothing in them is an operator."""


def filename(job: Job) -> str:
    """`leads.csv` becomes `leads-enriched.csv`."""
    return f"{PurePath(job.name).stem or 'rows'}-enriched.csv"


def columns(job: Job) -> list[str]:
    """The header. An output that is called like a column of the upload gets ` (Clay)` behind it."""
    taken = set(job.columns)
    outputs = [f"{name} (Clay)" if name in taken else name for name in job.outputs]
    return [*job.columns, *outputs, "clay_status", "clay_error"]


def csv_lines(job: Job) -> Iterator[bytes]:
    """UTF-8 with BOM, CRLF, about a thousand rows a piece; memory stays flat."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([defused(name) for name in columns(job)])
    rows = job.rows.order_by("number").only("cells", "result", "state", "error")
    for count, row in enumerate(rows.iterator(chunk_size=ROWS_AT_ONCE), start=1):
        writer.writerow([defused(text(value)) for value in _values(job, row)])
        if count % ROWS_AT_ONCE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _values(job: Job, row: Row) -> Iterator[Any]:
    cells = row.cells[: len(job.columns)]
    yield from cells
    yield from [""] * (len(job.columns) - len(cells))
    result = row.result or {}
    yield from (result.get(name) for name in job.outputs)
    yield RowState(row.state).value
    yield row.error


def text(value: object) -> str:
    """A cell's text: nothing for null, JSON for what is nested."""
    if value is None:
        return ""
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


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
