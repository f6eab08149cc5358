"""One upload sent to one destination."""

from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from clayops import queues
from jobs.models.destination import Destination, Hold
from jobs.models.row import CANCELLED_UNSENT, UNSETTLED, Batch, BatchState, Row, RowState
from jobs.reading.sniff import Dialect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User

    from jobs.reading.reader import Record


class JobState(models.TextChoices):
    DRAFT = "draft"
    READY = "ready"
    RUNNING = "running"
    HELD = "held"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class NotPossible(Exception):
    """The job cannot do that now; the text says why and what to do."""


class JobQuerySet(models.QuerySet["Job"]):
    def sendable(self) -> "JobQuerySet":
        """Jobs whose batches may leave, as far as the job itself is concerned."""
        return self.filter(state=JobState.RUNNING)

    def unfinished(self) -> "JobQuerySet":
        return self.filter(state__in=[JobState.READY, JobState.RUNNING, JobState.PAUSED])


class Job(models.Model):
    """An uploaded file, how it is read, how its columns map to inputs, and what became of it.

    `HELD` is never stored: it is how a running job shows while its destination is on hold.
    """

    name = models.CharField(max_length=255)
    destination = models.ForeignKey(Destination, models.PROTECT, related_name="jobs")
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.DRAFT)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    """When a batch of it last left: the lane takes the job that waited longest."""

    file = models.FileField(max_length=300)
    size = models.BigIntegerField(default=0)
    encoding = models.CharField(max_length=40, default="utf-8")
    delimiter = models.CharField(max_length=1, default=",")
    has_nul = models.BooleanField(default=False)
    first_line = models.PositiveIntegerField(default=2)
    """The line of the file on which the data begins."""
    columns = models.JSONField(default=list)
    """The header's cells, in the order of the file."""
    mapping = models.JSONField(default=dict)
    """`{input name: index of its column}`; inputs without a column are absent."""
    row_count = models.PositiveIntegerField(default=0)
    """Lines of data in the file: read + unreadable."""
    unreadable_count = models.PositiveIntegerField(default=0)
    unreadable = models.JSONField(default=list)
    """The first 200 lines that could not be read: `[{"line": 7, "reason": "…", "text": "…"}]`."""
    leave_out_unreadable = models.BooleanField(default=False)
    ingest_error = models.CharField(max_length=500, blank=True)
    """Why its rows cannot be stored just now; tried again from time to time."""
    ingested_rows = models.PositiveIntegerField(default=0)
    ingested_at = models.DateTimeField(null=True, blank=True)
    outputs = models.JSONField(default=list)
    """Names of Clay's outputs in the order in which they first came back."""

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state"])]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("job", args=[self.pk])

    # -- what shows ------------------------------------------------------------------------------
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

    @cached_property
    def counts(self) -> dict[RowState, int]:
        """Rows by state, every state present. Before the intake is done the rest counts as waiting."""
        found = dict(self.rows.order_by().values_list("state").annotate(n=Count("pk")))
        counts = {state: found.get(state, 0) for state in RowState}
        if self.state in {JobState.DRAFT, JobState.READY} and not self.ingested_at:
            counts[RowState.WAITING] += self.row_count - sum(counts.values())
        return counts

    @property
    def settled_rows(self) -> int:
        """Rows that nothing will happen to by itself any more."""
        settled = (RowState.ENRICHED, RowState.DEAD, RowState.DISCARDED, RowState.SKIPPED)
        return sum(self.counts[state] for state in settled)

    @property
    def sendable_rows(self) -> int:
        """Rows that Start would send."""
        return self.row_count - self.unreadable_count

    @property
    def estimated_cost(self) -> Decimal:
        return self.destination.cost_of(self.sendable_rows)

    @property
    def estimated_seconds(self) -> float:
        return self.destination.seconds_for(self.sendable_rows)

    @property
    def missing_inputs(self) -> list[str]:
        """Required inputs that no column is mapped to."""
        return [name for name in self.destination.required_inputs if name not in self.mapping]

    @cached_property
    def rows_per_minute(self) -> float:
        """Rows settled per minute since the start (0 before the first)."""
        if not self.started_at:
            return 0.0
        minutes = ((self.finished_at or timezone.now()) - self.started_at).total_seconds() / 60
        return (self.counts[RowState.ENRICHED] + self.counts[RowState.DEAD]) / minutes if minutes > 0 else 0.0

    @property
    def time_left(self) -> timedelta | None:
        """How long the rows still open take: at the lane's pace for those waiting, shared fairly."""
        if self.shown_state not in {JobState.READY, JobState.RUNNING}:
            return None
        rivals = Job.objects.sendable().filter(destination=self.destination_id).exclude(pk=self.pk).count()
        to_send = self.destination.seconds_for(self.counts[RowState.WAITING]) * (1 + rivals)
        return timedelta(seconds=to_send + (15 if self.counts[RowState.IN_FLIGHT] or to_send else 0))

    def records(self) -> "Iterator[Record]":
        """The lines of data of the uploaded file, in order."""
        from jobs.reading import reader

        dialect = Dialect(self.encoding, self.delimiter, self.has_nul)
        return reader.records(Path(self.file.path), dialect, len(self.columns), self.first_line)

    def inputs_of(self, row: "Row") -> dict[str, str]:
        """What Clay gets for `row`: input name to cell."""
        return {name: row.cells[index] for name, index in self.mapping.items()}

    def note(self, kind: str, text: str, by: "User | None" = None) -> None:
        """Write one line of the job's history."""
        self.events.create(kind=kind, text=text[:1000], by=by)

    def set_mapping(
        self, mapping: dict[str, int], leave_out_unreadable: bool, by: "User | None" = None
    ) -> None:
        """Change a draft's mapping. Raises `NotPossible` for unknown inputs, columns, or a started job."""
        unknown = set(mapping) - set(self.destination.input_names)
        if unknown:
            raise NotPossible(f"{self.destination} has no input {', '.join(sorted(unknown))}.")
        if any(not 0 <= index < len(self.columns) for index in mapping.values()):
            raise NotPossible("The file has no such column.")
        ordered = {name: mapping[name] for name in self.destination.input_names if name in mapping}
        changed = Job.objects.filter(pk=self.pk, state=JobState.DRAFT).update(
            mapping=ordered, leave_out_unreadable=leave_out_unreadable
        )
        if not changed:
            raise NotPossible("The job has been started: its mapping is fixed.")
        self.mapping, self.leave_out_unreadable = ordered, leave_out_unreadable

    def delete_draft(self, by: "User | None" = None) -> None:
        """Throw a draft and its file away. Raises `NotPossible` for a job that was started."""
        with transaction.atomic():
            deleted, _ = Job.objects.filter(pk=self.pk, state=JobState.DRAFT).delete()
            if not deleted:
                raise NotPossible("The job has been started; it can be cancelled, but its rows are kept.")
            transaction.on_commit(lambda: self.file.delete(save=False))

    # -- what people do ---------------------------------------------------------------------------
    def _move(self, to: JobState, *, since: set[JobState], **fields: Any) -> bool:
        """Change the state where it is one of `since`; False where somebody was faster."""
        moved = Job.objects.filter(pk=self.pk, state__in=since).update(state=to, **fields)
        if moved:
            self.state = to
            for name, value in fields.items():
                setattr(self, name, value)
        return bool(moved)

    def start(self, by: "User | None" = None) -> None:
        """Hand the draft to the workers. Raises `NotPossible` with what is missing; twice is harmless."""
        if self.state != JobState.DRAFT:
            return
        if self.missing_inputs:
            raise NotPossible(f"Map a column to: {', '.join(self.missing_inputs)}.")
        if not self.mapping:
            raise NotPossible("Map at least one column to an input of the destination.")
        if not self.sendable_rows:
            raise NotPossible("The file has no row that could be sent.")
        if self.unreadable_count and not self.leave_out_unreadable:
            raise NotPossible(
                f"{self.unreadable_count} lines cannot be read. Mend the file and upload it again, "
                "or tick “Leave them out”."
            )
        from jobs import tasks

        with transaction.atomic():
            if self._move(JobState.READY, since={JobState.DRAFT}, started_at=timezone.now()):
                self.note("started", f"Started: {self.sendable_rows:,} rows to {self.destination}", by)
                queues.soon("work", tasks.ingest, self.pk)

    def pause(self, by: "User | None" = None) -> None:
        """Send no further batch; runs that are out come home."""
        if self._move(JobState.PAUSED, since={JobState.RUNNING}):
            self.note("paused", "Paused", by)

    def resume(self, by: "User | None" = None) -> None:
        from jobs import tasks

        if self._move(JobState.RUNNING, since={JobState.PAUSED}):
            self.note("resumed", "Resumed", by)
            queues.soon("lanes", tasks.run_lanes)
            self.finish_if_settled()

    def cancel(self, by: "User | None" = None) -> int:
        """Discard the rows that have not been sent; what is at Clay is still collected. Returns how many."""
        open_states = {JobState.DRAFT, JobState.READY, JobState.RUNNING, JobState.PAUSED}
        with transaction.atomic():
            was_draft = self.state == JobState.DRAFT
            if not self._move(JobState.CANCELLED, since=open_states, finished_at=timezone.now()):
                return 0
            self.batches.filter(state=BatchState.WAITING).update(state=BatchState.FINISHED)
            discarded = self.rows.filter(state=RowState.WAITING).update(
                state=RowState.DISCARDED, error=CANCELLED_UNSENT
            )
            if was_draft or not self.ingested_at:
                discarded += self.row_count - self.ingested_rows
            self.note("cancelled", f"Cancelled: {discarded:,} rows not sent", by)
        if not self.ingested_at:
            from jobs import tasks

            queues.soon("work", tasks.ingest, self.pk)  # the rest of the file is stored as discarded rows
        self.__dict__.pop("counts", None)
        return discarded

    def finish_if_settled(self) -> bool:
        """Close the job when no row is waiting, on its way or out."""
        busy = self.rows.filter(state__in=UNSETTLED)
        if busy.exists() or not self._move(
            JobState.DONE, since={JobState.RUNNING, JobState.PAUSED}, finished_at=timezone.now()
        ):
            return False
        self.__dict__.pop("counts", None)
        enriched, dead = self.counts[RowState.ENRICHED], self.counts[RowState.DEAD]
        self.note("done", f"Done: {enriched:,} enriched, {dead:,} in dead letters")
        return True


class JobEvent(models.Model):
    """One line of a job's history: what happened, who did it, when."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=20)
    text = models.CharField(max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text


__all__ = ["Batch", "Job", "JobEvent", "JobState", "NotPossible"]
