"""The rows of an export, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jobs.export.columns import Choice, taker
from jobs.models import Job

ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Line:
    """One row: the upload's cells, Clay's values, its state and why it has no result."""

    cells: list[str]
    values: list[Any]
    state: str
    error: str


def pages(job: Job, choice: Choice) -> Iterator[list[Line]]:
    """All rows that are chosen, in order, each once, about a thousand at a time; memory stays flat.

    A query for each page, so that a slow download keeps neither a transaction nor a cursor open.
    """
    take, width = taker(job, choice), len(job.columns)
    rows = job.rows.filter(state=choice.state) if choice.state else job.rows.all()
    fields = rows.order_by("number").values_list("number", "cells", "result", "state", "error")
    last = 0
    while page := list(fields.filter(number__gt=last)[:ROWS_AT_ONCE]):
        last = page[-1][0]
        yield [
            Line(_fit(cells, width), take(result if isinstance(result, dict) else {}), state, error)
            for _, cells, result, state, error in page
        ]


def _fit(cells: list[str], width: int) -> list[str]:
    """As many cells as there are columns; a ragged row may have fewer, or more."""
    missing = width - len(cells)
    return cells if not missing else [*cells[:width], *[""] * missing]
