"""The export as CSV."""

import json
from collections.abc import Iterator

from clayops.base.csv_text import CsvText
from jobs.export.columns import ALL, Choice, columns
from jobs.export.rows import pages
from jobs.models import Job

_as_json = json.JSONEncoder(ensure_ascii=False).encode


def csv_lines(job: Job, choice: Choice = ALL) -> Iterator[bytes]:
    """UTF-8 with BOM, CRLF, about a thousand rows a piece; memory stays flat."""
    file = CsvText(columns(job, choice))
    for page in pages(job, choice):
        for line in page:
            file.add([*line.cells, *map(text, line.values), line.state, line.error])
        yield file.taken()
    yield file.taken()


def text(value: object) -> str:
    """A cell's text: nothing for null, JSON for what is nested."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return _as_json(value) if isinstance(value, bool | dict | list) else str(value)
