"""The rows of a file as they go into the database, cut into batches that fit Clay and into transactions."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from django.db.models import Sum

from jobs.intake import files
from jobs.intake.check import findings
from jobs.intake.check.findings import Entry, Words, clean
from jobs.intake.rows.batching import BATCH_BYTES, Batches
from jobs.intake.rows.chunk import CELLS, ERROR, KEY, REUSED_FROM, Chunk, Values
from jobs.models import Finding, Job, Proof, RowState
from jobs.reading.reader import Record

CHUNK = 1000
"""Rows per transaction, rounded up to whole batches."""
LONGEST_CHUNK = 10_000
"""Where so many rows are left out that a batch does not fill, it goes as it is."""

_dump = json.JSONEncoder().encode
UNREAD = (
    "The job was cancelled before this row was sent; its file was gone by then, so its cells are not known"
)
NO_ENTRY = Entry(0, 0, 0)
_WAITING, _SKIPPED, _ENRICHED = RowState.WAITING.value, RowState.SKIPPED.value, RowState.ENRICHED.value
_NOT_SENT = Proof.NOT_SENT.value


def chunks(job: Job) -> Iterator[Chunk]:
    """What is still to be stored, in the order of the file. Raises `findings.Stale`."""
    cutter = _Cutter(job)
    found = findings.entries(job, after=job.ingested_rows)
    entry = next(found, NO_ENTRY)
    records = islice(files.records(job), job.ingested_rows, None)
    for number, record in enumerate(records, start=job.ingested_rows + 1):
        if entry.row == number:
            cutter.add_found(number, record, entry)
            entry = next(found, NO_ENTRY)
        else:
            cutter.add(number, record)
        if cutter.is_full:
            yield cutter.closed()
            cutter.go_on()
    if cutter.chunk.rows:
        yield cutter.closed()


def unread_chunks(job: Job) -> Iterator[Chunk]:
    """What is still to be stored of a cancelled job whose file is of no use any more: rows without cells."""
    for first in range(job.ingested_rows + 1, job.row_count + 1, CHUNK):
        numbers = range(first, min(first + CHUNK, job.row_count + 1))
        yield Chunk(Batches(1), [_unread_row(job, number) for number in numbers])


def _unread_row(job: Job, number: int) -> Values:
    row: Values = [job.pk, None, number, 0, RowState.DISCARDED.value, _NOT_SENT, "[]"]
    return [*row, None, None, None, None, UNREAD, None]


class _Cutter:
    """Collects rows, and says what becomes of each."""

    def __init__(self, job: Job) -> None:
        self._job, self._plan, self._words = job, job.plan, Words(job)
        self._chosen = job.left_out_mask
        self._reuse = Finding.ENRICHED_BEFORE.bit if job.reuse_results else 0
        self._scales = Scales(job)
        trial_left = max(job.trial_rows - (job.batches.aggregate(n=Sum("size"))["n"] or 0), 0)
        self.chunk = Chunk(Batches(job.destination.batch_size, trial_left))

    @property
    def is_full(self) -> bool:
        rows = len(self.chunk.rows)
        return rows >= CHUNK and (not self.chunk.batches.is_open or rows >= LONGEST_CHUNK)

    def closed(self) -> Chunk:
        """The chunk, with all its batches closed."""
        self.chunk.batches.close()
        return self.chunk

    def go_on(self) -> None:
        """Begin the next chunk, once this one is stored: only then is known what of the trial is left."""
        self.chunk = self.chunk.following()

    def add(self, number: int, record: Record, mask: int = 0) -> None:
        """A row to send."""
        inputs = self._plan.inputs(record.cells)
        row = self._row(number, record, _WAITING)
        row[KEY] = self._plan.key(inputs)
        self.chunk.send(row, self._scales.weight(inputs, row[CELLS]), mask)

    def add_found(self, number: int, record: Record, entry: Entry) -> None:
        """A row of which something was found: left out, given an earlier result, or sent all the same."""
        if entry.mask & self._chosen:
            row = self._row(number, record, _SKIPPED)
            row[ERROR] = self._words.left_out(record, entry, self._chosen)[:1000]
        elif entry.mask & self._reuse:
            row = self._row(number, record, _ENRICHED)
            row[REUSED_FROM] = entry.earlier
        else:
            self.add(number, record, entry.mask)
            return
        if not record.problem:
            row[KEY] = self._plan.key(self._plan.inputs(record.cells))

    def _row(self, number: int, record: Record, state: str) -> Values:
        """The values of a row that is in no batch yet, put into the chunk."""
        row: Values = [self._job.pk, None, number, record.line, state, _NOT_SENT, dumped(record.cells)]
        row += [None, None, None, None, "", None]
        self.chunk.rows.append(row)
        return row


def dumped(cells: list[str]) -> str:
    """The cells as JSON that every database takes."""
    text = _dump(cells)
    return _dump([clean(cell) for cell in cells]) if "\\u0000" in text or "\\ud" in text else text


class Scales:
    """About how many bytes of a payload a row takes: never less than it will."""

    def __init__(self, job: Job) -> None:
        plan, self._extras = job.plan, job.destination.longest_extras()
        names = [*plan.constants.items(), *plan.columns, self._extras]
        self._fixed = len(_dump(names)) + 80
        # an input may take its cell from the same column as another
        self._copies = max(Counter(plan.columns.values()).values(), default=0)
        self._light = BATCH_BYTES // max(job.destination.batch_size, 1)

    def weight(self, inputs: dict[str, str], cells: str) -> int:
        """`cells` is the row as JSON in ASCII, which is never shorter than its inputs as JSON in UTF-8.

        Where that is too much for a place in a full batch it is counted exactly.
        """
        at_most = self._fixed + self._copies * len(cells)
        if at_most <= self._light:
            return at_most
        return len(json.dumps([inputs, self._extras], ensure_ascii=False).encode()) + 80
