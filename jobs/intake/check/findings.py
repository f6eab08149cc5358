"""The findings file of a job: a line for each row of which the check found something.

What the check found is what Start does, so both read it here: there is no second opinion.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import NamedTuple, Self
from uuid import uuid4

from django.conf import settings

from clayops.base.csv_text import CsvText
from jobs.intake import files
from jobs.intake.check.left_out import begins
from jobs.intake.check.rules import Rules
from jobs.models import Finding, Job
from jobs.reading.reader import Record

ROWS_AT_ONCE = 1000


class Entry(NamedTuple):
    """What is kept of one row."""

    row: int
    """1, 2, 3 … within the upload, unreadable lines included."""
    line: int
    mask: int
    """The bits of its findings."""
    same_as: int = 0
    """The first row of the file with the same key; 0 where this is it."""
    earlier: int = 0
    """The id of the row of another job whose result it can take; 0 where there is none."""


@dataclass(frozen=True)
class FindingRow:
    """One row as lists and downloads show it."""

    row: int
    line: int
    reason: str
    cells: list[str]
    inputs: dict[str, str]
    """What Clay would get; empty for a line that cannot be read."""


def clean(text: str) -> str:
    """`text` as every database takes it: no NULs, no halves of characters."""
    return text.replace("\0", "␀").encode(errors="replace").decode()


class Stale(Exception):
    """The findings file is gone, or is not that of the job's last check."""


# -- the file -----------------------------------------------------------------------------------------


def _stamp(key: str, at: datetime | None) -> str:
    """The first line: which check the findings belong to."""
    return f"{key} {at.timestamp() if at else 0:.6f}\n"


class Writer:
    """Findings that are being made: nothing of them shows before `publish`, nothing is left without it."""

    def __init__(self, job: Job, key: str, at: datetime) -> None:
        self._target = job.findings_path
        self._unfinished = self._target.with_suffix(f".{uuid4().hex}")
        self._file = self._unfinished.open("w", encoding="ascii")
        self._file.write(_stamp(key, at))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._unfinished.unlink(missing_ok=True)

    def add(self, entries: Sequence[Entry]) -> None:
        self._file.writelines(f"{row},{line},{mask},{same},{old}\n" for row, line, mask, same, old in entries)

    def publish(self) -> None:
        """Make them the job's findings, at once and whole."""
        self._file.close()
        self._unfinished.replace(self._target)


def entries(job: Job, after: int = 0) -> Iterator[Entry]:
    """What the job's check found, by row number, from the row behind `after` on. Raises `Stale`."""
    try:
        with job.findings_path.open(encoding="ascii") as file:
            if next(file, "") != _stamp(job.checked, job.checked_at):
                raise Stale
            for text in file:
                row, line, mask, same_as, earlier = map(int, text.split(","))
                if row > after:
                    yield Entry(row, line, mask, same_as, earlier)
    except FileNotFoundError:
        raise Stale from None


def are_there(job: Job) -> bool:
    """Whether the findings file is that of the job's last check."""
    try:
        next(entries(job), None)
    except Stale:
        return False
    return True


# -- in words -----------------------------------------------------------------------------------------


@dataclass
class Words:
    """Says what was found of a row of `job`."""

    job: Job

    @cached_property
    def _rules(self) -> Rules:
        return rules_of(self.job)

    def reason(self, finding: Finding, record: Record, entry: Entry) -> str:
        """Why the row has `finding`, such as "same as row 17 of this file"."""
        if finding is Finding.UNREADABLE:
            return record.problem
        if finding is Finding.DUPLICATE:
            return f"same as row {entry.same_as:,} of this file"
        if finding in KNOWN:
            return self.known(finding)
        return clean(self._rules.words(finding, self.job.plan.inputs(record.cells)))

    def known(self, finding: Finding) -> str:
        """Why a row has one of `KNOWN`: whatever is in it, it is in another job."""
        if finding is Finding.WAITING_ELSEWHERE:
            return "waiting in another job of this destination"
        days = self.job.reuse_days
        return f"enriched at this destination in the last {f'{days:,} days' if days != 1 else 'day'}"

    def left_out(self, record: Record, entry: Entry, chosen: int) -> str:
        """What a row says that was left out; `chosen` are the bits of what is left out."""
        if record.problem:
            return f"Line {record.line} could not be read: {record.problem}"
        first = next(each for each, bit in BITS if entry.mask & chosen & bit)
        return f"{begins(first)}{self.reason(first, record, entry)}"


BITS = [(each, each.bit) for each in Finding]
KNOWN = (Finding.ENRICHED_BEFORE, Finding.WAITING_ELSEWHERE)
"""What is found of a row by looking at other jobs."""


def rules_of(job: Job) -> Rules:
    """The rules for the inputs that the job's set-up fills."""
    return Rules(job.destination, {*job.mapping, *job.constants}, settings.CLAY_WEBHOOK_ID)


# -- lists and downloads ------------------------------------------------------------------------------


def with_records(job: Job) -> Iterator[tuple[Entry, Record]]:
    """The findings together with their lines of the uploaded file, streamed. Raises `Stale`."""
    found = entries(job)
    entry = next(found, None)
    for number, record in enumerate(files.records(job), start=1):
        if entry is None:
            return
        if entry.row == number:
            yield entry, record
            entry = next(found, None)


def rows(job: Job, kind: str) -> Iterator[FindingRow]:
    """The rows that have the finding `kind`, in the order of the file; memory stays flat. Raises `Stale`."""
    finding, words = Finding(kind), Words(job)
    for entry, record in with_records(job):
        if not entry.mask & finding.bit:
            continue
        reason = words.reason(finding, record, entry)
        if record.problem:
            yield FindingRow(entry.row, entry.line, reason, [clean(cell) for cell in record.cells], {})
        else:
            inputs = job.plan.inputs(record.cells)
            yield FindingRow(entry.row, entry.line, reason, record.cells, inputs)


def csv_lines(job: Job, kind: str) -> Iterator[bytes]:
    """The same as CSV (UTF-8 with BOM, CRLF): line, reason, the upload's columns; safe in a spreadsheet."""
    file = CsvText(["line", "reason", *job.columns])
    for count, found in enumerate(rows(job, kind), start=1):
        file.add([str(found.line), found.reason, *found.cells])
        if count % ROWS_AT_ONCE == 0:
            yield file.taken()
    yield file.taken()
