"""The rows of one transaction, on their way from the file to the database."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from jobs.intake.rows.batching import Batches

_START = ("job_id", "batch_id", "number", "line", "state", "proof", "cells", "key")
FIELDS = (*_START, "result", "enriched_at", "reused_from_id", "error", "letter_id")
Values = list[Any]
"""A row's values in the order of `FIELDS`; `cells` and `result` are JSON already."""
BATCH, STATE, CELLS, KEY, RESULT, ENRICHED_AT, REUSED_FROM, ERROR = (
    FIELDS.index(name)
    for name in ("batch_id", "state", "cells", "key", "result", "enriched_at", "reused_from_id", "error")
)


class ToSend(NamedTuple):
    """A row that is in a batch."""

    row: Values
    weight: int
    """Bytes of a payload that it takes, at most."""
    mask: int
    """The bits of what the check found of it."""


@dataclass
class Chunk:
    """A row's batch is a place in `batches.sizes` until the batch exists."""

    batches: Batches
    rows: list[Values] = field(default_factory=list)
    to_send: list[ToSend] = field(default_factory=list)
    """Those of `rows` that are in a batch."""
    _before: Batches = field(init=False)

    def __post_init__(self) -> None:
        self._before = self.batches.following()

    def send(self, row: Values, weight: int, mask: int) -> None:
        """Put a row into a batch."""
        row[BATCH] = self.batches.place(weight)
        self.to_send.append(ToSend(row, weight, mask))

    def cut_again(self, left: list[ToSend]) -> None:
        """Only these are sent: they move up, so that a trial has its rows all the same."""
        self.batches, self.to_send = self._before.following(), []
        for each in left:
            self.send(*each)
        self.batches.close()

    def following(self) -> "Chunk":
        """The next one, still empty."""
        return Chunk(self.batches.following())
