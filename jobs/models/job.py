"""One upload sent to one destination."""

from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from clayops import queues
from jobs.mapping.cleanups import CLEANUPS
from jobs.models.destination import Hold
from jobs.models.row import CANCELLED_UNSENT, UNSETTLED, Batch, BatchState, Row, RowState
from jobs.models.setup import Finding, SavedSetup, Setup, header_key

if TYPE_CHECKING:
    from django.contrib.auth.models import User


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
    def shown(self) -> "JobQuerySet":
        """All but those that somebody deleted."""
        return self.filter(deleted_at=None)

    def sendable(self) -> "JobQuerySet":
        """Jobs whose batches may leave, as far as the job itself is concerned."""
        return self.filter(state=JobState.RUNNING)

    def unfinished(self) -> "JobQuerySet":
        return self.filter(state__in=[JobState.READY, JobState.RUNNING, JobState.PAUSED])


class Job(Setup):
    """An uploaded file (`Upload`), what was decided about it (`Setup`), and what became of it.

    `HELD` is never stored: it is how a running job shows while its destination is on hold.
    """

    name = models.CharField(max_length=255)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.DRAFT)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    """When a batch of it last left: the lane takes the job that waited longest."""
    priority = models.SmallIntegerField(default=0)
    """Jobs of a higher one leave first; those of the same take turns."""
    trial_rows = models.PositiveSmallIntegerField(default=0)
    """So many rows are sent first; then the job pauses by itself. 0: no trial (any more)."""
    trial_batches = models.PositiveSmallIntegerField(default=0)
    """The batches that hold the trial's rows: 1 to this number."""
    deleted_at = models.DateTimeField(null=True, blank=True)
    """Since when it is gone for people; its rows and its file are thrown away in the background."""

    ingest_error = models.CharField(max_length=500, blank=True)
    """Why its rows cannot be stored just now; tried again from time to time."""
    ingested_rows = models.PositiveIntegerField(default=0)
    ingested_at = models.DateTimeField(null=True, blank=True)
    outputs = models.JSONField(default=list)
    """Names of Clay's outputs in the order in which they first came back."""
    paths = models.JSONField(default=list)
    """The same with nested outputs taken apart: `["email", "company.name"]`."""

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
    def estimated_cost(self) -> Decimal:
        return self.destination.cost_of(self.sendable_rows)

    @property
    def estimated_seconds(self) -> float:
        return self.destination.seconds_for(self.sendable_rows)

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

    def inputs_of(self, row: "Row") -> dict[str, str]:
        """What Clay gets for `row`: input name to cell."""
        return self.plan.inputs(row.cells)

    def note(self, kind: str, text: str, by: "User | None" = None) -> None:
        """Write one line of the job's history."""
        self.events.create(kind=kind, text=text[:1000], by=by)

    def set_up(self, **decisions: Any) -> None:
        """Change decisions of a draft: fields of `Setup`. Raises `NotPossible`, and then changes nothing.

        The findings may not hold any more afterwards: see `jobs.intake.set_up`.
        """
        self._refuse_odd(decisions)
        for name in ("mapping", "constants", "cleanups"):
            if name in decisions:
                given = decisions[name]
                decisions[name] = {key: given[key] for key in self.destination.input_names if key in given}
        if not Job.objects.filter(pk=self.pk, state=JobState.DRAFT).update(**decisions):
            raise NotPossible("The job has been started: its mapping is fixed.")
        for name, value in decisions.items():
            setattr(self, name, value)
        self.__dict__.pop("plan", None)

    def _refuse_odd(self, decisions: dict[str, Any]) -> None:
        given = {name for part in ("mapping", "constants", "cleanups") for name in decisions.get(part, {})}
        if unknown := given - set(self.destination.input_names):
            raise NotPossible(f"{self.destination} has no input {', '.join(sorted(unknown))}.")
        if any(not 0 <= index < len(self.columns) for index in decisions.get("mapping", {}).values()):
            raise NotPossible("The file has no such column.")
        if any(set(names) - set(CLEANUPS) for names in decisions.get("cleanups", {}).values()):
            raise NotPossible(f"There is no such clean-up; there are {', '.join(CLEANUPS)}.")
        if set(decisions.get("leave_out", [])) - set(Finding.values):
            raise NotPossible(f"Only these can be left out: {', '.join(Finding.values)}.")
        if not 0 <= decisions.get("reuse_days", 0) <= 3650:
            raise NotPossible("Look back from 0 to 3,650 days.")

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

    @property
    def blocked(self) -> str:
        """Why Start would be refused, and what to do; empty where it would not."""
        if self.check_error:
            return self.check_error
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
            return (
                f"{count:,} lines cannot be read or sent. Mend the file and upload it again, "
                "or tick “Leave them out”."
            )
        return ""

    def start(self, by: "User | None" = None, trial_rows: int = 0) -> None:
        """Hand the draft to the workers. Raises `NotPossible` with what is missing; twice is harmless.

        With `trial_rows`, so many rows are sent first, and the job pauses.
        """
        if self.state != JobState.DRAFT:
            return
        if self.blocked:
            raise NotPossible(self.blocked)
        from jobs import tasks

        decided = {"mapping": self.mapping, "constants": self.constants, "cleanups": self.cleanups}
        with transaction.atomic():
            if not self._move(
                JobState.READY, since={JobState.DRAFT}, started_at=timezone.now(), trial_rows=trial_rows
            ):
                return
            SavedSetup.objects.update_or_create(
                destination=self.destination, header=header_key(self.columns), defaults=decided
            )
            first = f", the first {trial_rows:,} as a trial" if trial_rows else ""
            self.note("started", f"Started: {self.sendable_rows:,} rows to {self.destination}{first}", by)
            queues.soon("work", tasks.ingest, self.pk)

    def end_trial(self) -> None:
        """Pause when the trial's last batch has left; the rest goes with Resume."""
        left = Batch.objects.filter(job=OuterRef("pk"), number__lte=OuterRef("trial_batches"))
        busy = left.filter(state__in=[BatchState.WAITING, BatchState.SENDING])
        over = Job.objects.filter(~Exists(busy), pk=self.pk, state=JobState.RUNNING, trial_batches__gt=0)
        if over.update(state=JobState.PAUSED, trial_rows=0, trial_batches=0):
            self.note("paused", "Paused by itself: the trial's rows are sent. Resume sends the rest")

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


__all__ = ["Batch", "Job", "JobState", "NotPossible"]
