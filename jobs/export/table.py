"""The export as CSV."""

import json
from collections.abc import Iterator

from clayops.base.csv_text import CsvText
from jobs.export.columns import ALL, Choice, columns
from jobs.export.rows import pages
from jobs.models import Job

_as_json = json.JSONEncoder(ensure_ascii=False).encode

TOO_DEEP = "… (nested too deeply to be shown)"


def csv_lines(job: Job, choice: Choice = ALL) -> Iterator[bytes]:
    """UTF-8 with BOM, CRLF, about a thousand rows a piece; memory stays flat."""
    file = CsvText(columns(job, choice))
    for page in pages(job, choice):
        for line in page:
            file.add([*line.cells, *map(text, line.values), line.state, line.error])
        yield file.taken()
    yield file.taken()


def text(value: object) -> str:
    """A cell's text: nothing for null, JSON for what is nested (unless even Python cannot follow it down)."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if not isinstance(value, bool | dict | list):
        return str(value)
    try:
        return _as_json(value)
    except RecursionError:
        return TOO_DEEP
