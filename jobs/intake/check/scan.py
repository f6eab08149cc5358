"""One pass over a draft's file: what is wrong with which row, in memory that does not grow with the file."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from jobs.intake import files
from jobs.intake.check.findings import BITS, Entry, Words, Writer, clean, rules_of
from jobs.intake.check.first_seen import FirstRows
from jobs.intake.check.known_rows import AT_ONCE, NOTHING, Earlier
from jobs.models import UNSENDABLE, Finding, Job, mask_of
from jobs.reading.format import Unreadable
from jobs.reading.reader import Record

LISTED = 200
"""How many unreadable lines a job lists with their reason (all are counted)."""
EXAMPLES = 5
"""How many rows are shown for each finding."""
MAX_ROWS = 1_000_000
_UNREADABLE, _DUPLICATE = Finding.UNREADABLE.bit, Finding.DUPLICATE.bit
_UNSENDABLE = mask_of(list(UNSENDABLE))
"""What repeats a row that cannot be sent is no duplicate: it may be the one that is sent."""


@dataclass
class Found:
    """What a pass found: the fields of a job that it fills."""

    row_count: int = 0
    unreadable_count: int = 0
    unreadable: list[dict[str, Any]] = field(default_factory=list)
    findings: dict[str, dict[str, Any]] = field(default_factory=dict)
    finding_masks: dict[str, int] = field(default_factory=dict)
    check_error: str = ""


class Scan:
    """One pass. `beat` is called with the line reached, every few hundred rows."""

    def __init__(self, job: Job, writer: Writer, beat: Callable[[int], None]) -> None:
        self._job, self._writer, self._beat = job, writer, beat
        self._plan, self._rules, self._words = job.plan, rules_of(job), Words(job)
        self._first = FirstRows(min(MAX_ROWS, job.text_path.stat().st_size + 1)).first
        self._earlier = Earlier(job)
        self._masks: Counter[int] = Counter()
        self._examples: dict[Finding, list[dict[str, Any]]] = {}
        self.found = Found()

    def run(self) -> None:
        """Raises `Unreadable` for too many rows or none, and what reading raises."""
        records = files.records(self._job)
        while chunk := list(islice(records, AT_ONCE)):
            first = self.found.row_count + 1
            self.found.row_count += len(chunk)
            if self.found.row_count > MAX_ROWS:
                raise Unreadable(f"The file has more than {MAX_ROWS:,} rows. Split it and upload the parts.")
            self._take(chunk, first)
            self._beat(chunk[-1].line)
        if not self.found.row_count:
            raise Unreadable("The file has a header line but no row below it.")
        self._sum_up()

    def _take(self, chunk: list[Record], first: int) -> None:
        noted = []
        for record, entry in zip(chunk, self._entries(chunk, first), strict=True):
            if entry:
                noted.append(entry)
                self._note(record, entry)
        self._writer.add(noted)

    def _entries(self, chunk: list[Record], first: int) -> list[Entry | None]:
        """For each record what was found, or None for nothing."""
        judged = list(self._judged(chunk, first))
        known = {} if self._earlier.empty else self._earlier.look_up([key for key, _, _ in judged if key])
        made: list[Entry | None] = []
        for number, (record, (key, mask, same_as)) in enumerate(zip(chunk, judged, strict=True), first):
            if known and key:
                bits, earlier = known.get(key, NOTHING)
                if same_as:
                    self._earlier.remember(key, (bits, earlier))
                mask |= bits
            else:
                earlier = 0
            made.append(Entry(number, record.line, mask, same_as, earlier) if mask else None)
        return made

    def _judged(self, chunk: list[Record], first: int) -> Iterator[tuple[int, int, int]]:
        """Of each record its key (0: none), its bits, and the row that it repeats (0: none)."""
        inputs_of, key_of, mask_of, first_of = (
            self._plan.inputs,
            self._plan.key,
            self._rules.mask,
            self._first,
        )
        for number, record in enumerate(chunk, first):
            if record.problem:
                yield 0, _UNREADABLE, 0
                continue
            inputs = inputs_of(record.cells)
            mask, key = mask_of(inputs), key_of(inputs) or 0
            same_as = first_of(key, number) if key and not mask & _UNSENDABLE else 0
            yield key, mask | _DUPLICATE if same_as else mask, same_as

    def _note(self, record: Record, entry: Entry) -> None:
        self._masks[entry.mask] += 1
        if record.problem:
            self._list_unreadable(record)
        for finding, bit in BITS:
            if entry.mask & bit and len(shown := self._examples.setdefault(finding, [])) < EXAMPLES:
                text = self._words.reason(finding, record, entry)
                shown.append({"row": entry.row, "line": entry.line, "text": text})

    def _list_unreadable(self, record: Record) -> None:
        self.found.unreadable_count += 1
        if len(self.found.unreadable) < LISTED:
            text = clean(self._job.delimiter.join(record.cells))[:500]
            self.found.unreadable.append({"line": record.line, "reason": record.problem, "text": text})

    def _sum_up(self) -> None:
        self.found.finding_masks = {str(mask): rows for mask, rows in self._masks.items()}
        self.found.findings = {
            finding.value: {
                "count": sum(rows for mask, rows in self._masks.items() if mask & bit),
                "examples": self._examples[finding],
            }
            for finding, bit in BITS
            if finding in self._examples
        }
