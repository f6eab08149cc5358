"""One upload sent to one destination."""

import json
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from jobs.mapping.plan import Plan
from jobs.models.destination import Destination
from jobs.models.place import Place
from jobs.models.row import Batch, Row
from jobs.models.states import (
    UNFINISHED,
    UNSENDABLE,
    FileKind,
    Finding,
    Hold,
    JobState,
    RowState,
    mask_of,
)
from jobs.reading.format import Format

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DRAFT_KEPT = timedelta(days=30)
"""So long a draft that nobody touches is kept."""
LAST_STEPS = 15
"""Seconds that the last run takes to come home, about."""
TRIAL_OVER = "Paused by itself"
"""So a line of the history begins that says so."""


class JobQuerySet(models.QuerySet["Job"]):
    def shown(self) -> "JobQuerySet":
        """All but those that somebody deleted."""
        return self.filter(deleted_at=None)

    def sendable(self) -> "JobQuerySet":
        """Jobs whose batches may leave, as far as the job itself is concerned."""
        return self.filter(state=JobState.RUNNING)

    def forgotten(self, now: datetime) -> "JobQuerySet":
        """Drafts that nobody touched for so long that they expire."""
        return self.shown().filter(state=JobState.DRAFT, touched_at__lte=now - DRAFT_KEPT)

    def locked(self) -> "JobQuerySet":
        """Held until the transaction ends: all that decides about a job's rows goes one after the other.

        Foreign keys to it can be written meanwhile.
        """
        return self.select_for_update(no_key=True, of=("self",))

    def unfinished(self) -> "JobQuerySet":
        return self.filter(state__in=UNFINISHED)


class Job(models.Model):
    """An uploaded file, what was decided about it, and how far it is. What people do: `jobs.steering`."""

    NAME_LENGTH = 255

    name = models.CharField(max_length=NAME_LENGTH)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(default=timezone.now)
    """When somebody last decided anything about the draft; see `kept_until`."""
    deleted_at = models.DateTimeField(null=True, blank=True)
    """Since when it is gone for people; its rows and its file are thrown away in the background."""

    # -- the uploaded file, and how it is read --------------------------------------------------------------
    file = models.FileField(max_length=300)
    file_name = models.CharField(max_length=255, blank=True)
    """What the file was called when it came; the job's own name may be changed."""
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    """Of the file's bytes: the same file uploaded before is found by it."""
    kind = models.CharField(max_length=10, choices=FileKind.choices, default=FileKind.TEXT)
    sheets = models.JSONField(default=list)
    """Names of a workbook's sheets; empty for text."""

    # The parts of `Format`, one field each.
    encoding = models.CharField(max_length=40, default="utf-8")
    delimiter = models.CharField(max_length=1, default=",")
    quote = models.CharField(max_length=1, default='"', blank=True)
    escape = models.CharField(max_length=1, default="", blank=True)
    header = models.BooleanField(default=True)
    skip = models.PositiveIntegerField(default=0)
    sheet = models.CharField(max_length=255, blank=True)

    first_line = models.PositiveIntegerField(default=2)
    """The line of the file on which the data begins."""
    columns = models.JSONField(default=list)
    """The header's cells, in the order of the file."""
    row_count = models.PositiveIntegerField(default=0)
    """Lines of data in the file: read + unreadable."""
    unreadable_count = models.PositiveIntegerField(default=0)
    unreadable = models.JSONField(default=list)
    """The first 200 lines that could not be read: `[{"line": 7, "reason": "…", "text": "…"}]`."""

    # -- what was decided, and what the check found under it ------------------------------------------------
    destination = models.ForeignKey(Destination, models.PROTECT, related_name="jobs")
    mapping = models.JSONField(default=dict)
    """`{input name: index of its column}`; inputs without a column are absent."""
    constants = models.JSONField(default=dict)
    """`{input name: the same text for every row}`."""
    cleanups = models.JSONField(default=dict)
    """`{input name: ["trim", "lower", "domain"]}`, see `jobs.mapping.cleanups`."""
    leave_out = models.JSONField(default=list)
    """Values of `Finding` whose rows are skipped."""
    reuse_results = models.BooleanField(default=False)
    """Rows enriched at this destination before take that result, at no cost."""
    reuse_days = models.PositiveSmallIntegerField(default=30)
    """How far back "enriched before" looks."""

    checked = models.CharField(max_length=64, blank=True)
    """The `check_key` that the findings belong to; empty before the first check."""
    checked_at = models.DateTimeField(null=True, blank=True)
    check_error = models.CharField(max_length=500, blank=True)
    """Why the file cannot be taken as it is, in a sentence."""
    findings = models.JSONField(default=dict)
    """`{finding: {"count": 3, "examples": [{"row": 7, "line": 8, "text": "…"}]}}`."""
    finding_masks = models.JSONField(default=dict)
    """`{"<bits>": rows}`: how many rows have exactly these findings; a row without any is in none."""

    # -- how far it is --------------------------------------------------------------------------------------
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.DRAFT)
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    """Whose credits they are; None where it was started from the shell."""
    finished_at = models.DateTimeField(null=True, blank=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    """When a batch of it last left: the lane takes the job that waited longest."""
    priority = models.SmallIntegerField(default=0)
    """Jobs of a higher one leave first; those of the same take turns."""
    ingest_error = models.CharField(max_length=500, blank=True)
    """Why its rows cannot be stored just now; tried again from time to time."""
    ingested_rows = models.PositiveIntegerField(default=0)
    ingested_at = models.DateTimeField(null=True, blank=True)
    trial_rows = models.PositiveIntegerField(default=0)
    """So many rows are sent first; then the job pauses by itself. 0: no trial (any more)."""
    trial_batches = models.PositiveIntegerField(default=0)
    """The batches that hold the trial's rows: 1 to this number."""
    trial_fits = models.BooleanField(default=False)
    """The trial is what fitted into the day's credits, rather than a few rows to look at."""
    outputs = models.JSONField(default=list)
    """Names of Clay's outputs in the order in which they first came back."""
    paths = models.JSONField(default=list)
    """The same with nested outputs taken apart: `["email", "company.name"]`."""

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state"])]
        permissions = [
            ("steer_jobs", "May steer jobs and drafts of others"),
            ("see_personal_data", "May take away files with personal data that others uploaded"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("job", args=[self.pk])

    @property
    def stored(self) -> JobQuerySet:
        """The job in the database, unless somebody deleted it: what a change of state begins with."""
        return Job.objects.filter(pk=self.pk, deleted_at=None)

    def move_to(self, state: JobState, *, since: Collection[JobState], **fields: Any) -> bool:
        """Change the state where it is one of `since`; False where somebody was faster."""
        moved = self.stored.filter(state__in=since).update(state=state, **fields)
        if moved:
            self.state = state
            for name, value in fields.items():
                setattr(self, name, value)
        return bool(moved)

    def note(self, kind: str, text: str, by: "User | None" = None) -> None:
        """Write one line of its history."""
        self.events.create(kind=kind, text=text[:1000], by=by)

    @property
    def kept_until(self) -> datetime:
        """When the draft is thrown away, unless somebody touches it before."""
        return self.touched_at + DRAFT_KEPT

    # -- the file -------------------------------------------------------------------------------------------
    @property
    def format(self) -> Format:
        return Format(**{name: getattr(self, name) for name in asdict(Format())})

    @format.setter
    def format(self, format: Format) -> None:
        for name, value in asdict(format).items():
            setattr(self, name, value)

    @property
    def column_names(self) -> list[str]:
        """The columns as people see them: one without a name is called by its place."""
        return [name or f"Column {place}" for place, name in enumerate(self.columns, start=1)]

    @property
    def text_path(self) -> Path:
        """The file as text with columns; of a workbook, the chosen sheet as CSV (UTF-8)."""
        path = Path(self.file.path)
        if self.kind == FileKind.TEXT:
            return path
        place = self.sheets.index(self.sheet) if self.sheet in self.sheets else 0
        return path.with_suffix(f".sheet-{place}.csv")

    @property
    def findings_path(self) -> Path:
        """What the check found, a line for each row that has something (see `jobs.intake.check.findings`)."""
        return Path(self.file.path).with_suffix(".findings")

    # -- what was decided -----------------------------------------------------------------------------------
    @property
    def check_key(self) -> str:
        """Changes with everything that the check depends on."""
        there = self.destination
        given = [asdict(self.format), self.mapping, self.constants, self.cleanups, self.reuse_days]
        given += [there.pk, there.inputs, there.routine_since.timestamp()]
        return sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def is_checked(self) -> bool:
        return self.checked == self.check_key and not self.check_error

    @cached_property
    def plan(self) -> Plan:
        return Plan(self.mapping, self.constants, self.cleanups)

    @property
    def left_out_mask(self) -> int:
        """What is chosen, and what cannot be sent in any case."""
        return mask_of([*self.leave_out, *UNSENDABLE])

    @property
    def left_out_rows(self) -> int:
        """Rows that Start would skip."""
        chosen = self.left_out_mask
        return sum(rows for mask, rows in self.finding_masks.items() if int(mask) & chosen)

    @property
    def reused_rows(self) -> int:
        """Rows that Start would give an earlier result, at no cost."""
        if not self.reuse_results:
            return 0
        chosen, known = self.left_out_mask, Finding.ENRICHED_BEFORE.bit
        return sum(
            rows for mask, rows in self.finding_masks.items() if int(mask) & known and not int(mask) & chosen
        )

    @property
    def sendable_rows(self) -> int:
        """Rows that Start would send."""
        return self.row_count - self.left_out_rows - self.reused_rows

    @property
    def undecided(self) -> list[Finding]:
        """Findings that cannot be sent and that nobody has said to leave out."""
        return [each for each in UNSENDABLE if each in self.findings and each not in self.leave_out]

    @property
    def missing_inputs(self) -> list[str]:
        """Required inputs that have neither a column nor a constant."""
        filled = {*self.mapping, *(name for name, text in self.constants.items() if text.strip())}
        return [name for name in self.destination.required_inputs if name not in filled]

    @property
    def blocked(self) -> str:
        """Why Start would be refused, and what to do; empty where it would not."""
        if self.check_error:
            return self.check_error
        if self.destination.archived_at:
            return f"{self.destination} is archived. Restore it on the page Destinations first."
        if not self.columns:
            return "The sheet is still being read. Wait until that is done."
        if self.missing_inputs:
            return f"Map a column to: {', '.join(self.missing_inputs)}."
        if not self.mapping:
            return "Map at least one column to an input of the destination."
        if not self.is_checked:
            return "The file is still being checked. Wait until that is done."
        if not self.sendable_rows and not self.reused_rows:
            return "The file has no row that could be sent."
        if self.undecided:
            count = sum(self.findings[each]["count"] for each in self.undecided)
            lines = "1 line" if count == 1 else f"{count:,} lines"
            return f"{lines} cannot be read or sent. Mend the file and upload it again, or tick “Leave out”."
        return ""

    @property
    def estimated_cost(self) -> Decimal:
        return self.destination.cost_of(self.sendable_rows)

    def inputs_of(self, row: Row) -> dict[str, str]:
        """What Clay gets for `row`: input name to cell."""
        return self.plan.inputs(row.cells) | (row.edits or {})

    # -- how far it is --------------------------------------------------------------------------------------
    @property
    def hold(self) -> str:
        """Why nothing leaves now, or empty: the destination's hold, while the job has rows to send."""
        if self.state == JobState.PAUSED:
            return Hold.PAUSED
        if self.state == JobState.RUNNING and self.counts[RowState.WAITING]:
            return self.destination.hold
        return ""

    @property
    def shown_state(self) -> JobState:
        """The state as people see it: a running job whose destination is on hold is `held`."""
        if self.state == JobState.RUNNING and self.hold:
            return JobState.HELD
        return JobState(self.state)

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def trial_is_over(self) -> bool:
        """Whether it is paused because its trial has been sent, and nobody resumed it since."""
        if self.state != JobState.PAUSED:
            return False
        last = self.events.filter(kind__in=["paused", "resumed"]).first()
        return last is not None and last.text.startswith(TRIAL_OVER)

    @cached_property
    def counts(self) -> dict[RowState, int]:
        """Rows by state, every state present. Before the intake is done the rest counts as waiting."""
        return self.counted({state: rows for _, state, rows in self.rows.by_state()})

    def counted(self, found: dict[str, int]) -> dict[RowState, int]:
        """`counts` out of what the database found."""
        counts = {state: found.get(state, 0) for state in RowState}
        if self.state in {JobState.DRAFT, JobState.READY} and not self.ingested_at:
            counts[RowState.WAITING] += self.row_count - sum(counts.values())
        return counts

    def count_again(self) -> None:
        """Forget what was counted: rows have changed."""
        self.__dict__.pop("counts", None)

    @property
    def settled_rows(self) -> int:
        """Rows that nothing will happen to by itself any more."""
        settled = (RowState.ENRICHED, RowState.DEAD, RowState.DISCARDED, RowState.SKIPPED)
        return sum(self.counts[state] for state in settled)

    @cached_property
    def rows_per_minute(self) -> float:
        """Rows settled per minute since the start (0 before the first)."""
        if not self.started_at:
            return 0.0
        minutes = ((self.finished_at or timezone.now()) - self.started_at).total_seconds() / 60
        return (self.counts[RowState.ENRICHED] + self.counts[RowState.DEAD]) / minutes if minutes > 0 else 0.0

    @cached_property
    def place(self) -> Place:
        """Among the jobs of its destination that may send now."""
        rivals = Batch.objects.rivals([self.destination_id])[self.destination_id]
        return Place.among(rivals, self.pk, self.priority)

    @property
    def time_left(self) -> timedelta | None:
        """How long the rows still open take, at the lane's pace, after and between those of other jobs."""
        if self.shown_state not in {JobState.READY, JobState.RUNNING}:
            return None
        size, waiting = max(self.destination.batch_size, 1), self.counts[RowState.WAITING]
        own = -(-waiting // size)
        batches = own + self.place.batches_before(own) if own else 0
        seconds = batches * self.destination.pause_seconds
        out = self.counts[RowState.SENDING] + self.counts[RowState.IN_FLIGHT]
        return timedelta(seconds=seconds + (LAST_STEPS if out or own else 0))
