"""One upload sent to one destination."""

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from clayops.base import queues
from jobs.mapping.cleanups import CLEANUPS
from jobs.models.progress import UNFINISHED, JobState
from jobs.models.row import CANCELLED_UNSENT, UNSETTLED, Batch, BatchState, Row, RowState
from jobs.models.setup import Finding, SavedSetup, Setup, header_key
from jobs.models.steering import NotPossible, Steering

if TYPE_CHECKING:
    from django.contrib.auth.models import User


TRIAL_OVER = "Paused by itself"


class JobQuerySet(models.QuerySet["Job"]):
    def shown(self) -> "JobQuerySet":
        """All but those that somebody deleted."""
        return self.filter(deleted_at=None)

    def sendable(self) -> "JobQuerySet":
        """Jobs whose batches may leave, as far as the job itself is concerned."""
        return self.filter(state=JobState.RUNNING)

    def locked(self) -> "JobQuerySet":
        """Held until the transaction ends: all that decides about a job's rows goes one after the other.

        Foreign keys to it can be written meanwhile.
        """
        return self.select_for_update(no_key=True, of=("self",))

    def unfinished(self) -> "JobQuerySet":
        return self.filter(state__in=UNFINISHED)


class Job(Steering):
    """An uploaded file (`Upload`), what was decided (`Setup`), how far it is (`Progress`), and its verbs."""

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
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

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("job", args=[self.pk])

    @property
    def estimated_cost(self) -> Decimal:
        return self.destination.cost_of(self.sendable_rows)

    def inputs_of(self, row: "Row") -> dict[str, str]:
        """What Clay gets for `row`: input name to cell."""
        return self.plan.inputs(row.cells) | (row.edits or {})

    def set_up(self, **decisions: Any) -> None:
        """Change decisions of a draft: fields of `Setup`. Raises `NotPossible`, and then changes nothing.

        Findings that do not hold any more afterwards are marked so: see `jobs.intake.set_up`.
        """
        self._refuse_odd(decisions)
        if not decisions:
            return
        for name in ("mapping", "constants", "cleanups"):
            if name in decisions:
                given = decisions[name]
                decisions[name] = {key: given[key] for key in self.destination.input_names if key in given}
        changed = Job(**{field.attname: getattr(self, field.attname) for field in self._meta.concrete_fields})
        for name, value in decisions.items():
            setattr(changed, name, value)
        if changed.check_key != self.check_key:
            decisions["checked"] = ""
        if not self._mine.filter(state=JobState.DRAFT).update(**decisions):
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
        from jobs import intake

        with transaction.atomic():
            if not Job.objects.select_for_update().filter(pk=self.pk, state=JobState.DRAFT).first():
                raise NotPossible("The job has been started; it can be cancelled, but its rows are kept.")
            Job.objects.filter(pk=self.pk).delete()
            transaction.on_commit(partial(intake.throw_away, self))

    # -- what people do ---------------------------------------------------------------------------
    def _move(self, to: JobState, *, since: set[JobState], **fields: Any) -> bool:
        """Change the state where it is one of `since`; False where somebody was faster."""
        moved = self._mine.filter(state__in=since).update(state=to, **fields)
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

    def start(self, by: "User | None" = None, trial_rows: int = 0, *, fits: bool = False) -> None:
        """Hand the draft to the workers. Raises `NotPossible` with what is missing; twice is harmless.

        With `trial_rows`, so many rows are sent first, and the job pauses; `fits` says that these are what
        the day's credits are enough for, rather than a few to look at.
        """
        if self.state != JobState.DRAFT:
            return
        if self.blocked:
            raise NotPossible(self.blocked)
        if trial_rows >= self.sendable_rows:
            trial_rows = 0  # a trial of everything is no trial
        from jobs import tasks

        decided = {"mapping": self.mapping, "constants": self.constants, "cleanups": self.cleanups}
        as_shown = self._mine.filter(state=JobState.DRAFT, checked=self.checked)
        with transaction.atomic():
            started: dict[str, Any] = {"started_at": timezone.now(), "started_by": by}
            started |= {"trial_rows": trial_rows, "trial_fits": fits and trial_rows > 0}
            if not as_shown.update(state=JobState.READY, **started):
                self._refuse_if_changed()
                return
            self.refresh_from_db(fields=["state", *started])
            SavedSetup.objects.update_or_create(
                destination=self.destination, header=header_key(self.columns), defaults=decided
            )
            rows = "1 row" if self.sendable_rows == 1 else f"{self.sendable_rows:,} rows"
            self.note("started", f"Started: {rows} to {self.destination}{self._first_rows}", by)
            queues.soon("work", tasks.ingest, self.pk)

    @property
    def _first_rows(self) -> str:
        """What is said of a trial's rows in the history; empty without a trial."""
        if not self.trial_rows:
            return ""
        if self.trial_fits:
            return f", for now only the first {self.trial_rows:,}: so many fit into the day’s credits"
        return f", the first {self.trial_rows:,} as a trial"

    def _refuse_if_changed(self) -> None:
        if self._mine.filter(state=JobState.DRAFT).exists():
            raise NotPossible("The draft was changed meanwhile. Look at it again, then press Start.")

    def end_trial(self) -> None:
        """Pause when the trial's last batch has left; the rest goes with Resume."""
        within = Q(number__lte=OuterRef("trial_batches")) | Q(in_trial=True)
        left = Batch.objects.filter(within, job=OuterRef("pk"))
        busy = left.filter(state__in=[BatchState.WAITING, BatchState.SENDING])
        over = Job.objects.filter(~Exists(busy), pk=self.pk, state=JobState.RUNNING, trial_batches__gt=0)
        if over.update(state=JobState.PAUSED, trial_rows=0, trial_batches=0):
            what = "what fitted into the day’s credits is" if self.trial_fits else "the trial’s rows are"
            self.note("paused", f"{TRIAL_OVER}: {what} sent. Resume sends the rest")

    @property
    def trial_is_over(self) -> bool:
        """Whether it is paused because its trial has been sent, and nobody resumed it since."""
        if self.state != JobState.PAUSED:
            return False
        last = self.events.filter(kind__in=["paused", "resumed"]).first()
        return last is not None and last.text.startswith(TRIAL_OVER)

    def pause(self, by: "User | None" = None) -> None:
        """Send no further batch; runs that are out come home."""
        if self._move(JobState.PAUSED, since={JobState.RUNNING}):
            self.note("paused", "Paused", by)
            self._give_way("paused")

    def resume(self, by: "User | None" = None) -> None:
        from jobs.sending import lane

        if self._move(JobState.RUNNING, since={JobState.PAUSED}):
            self.note("resumed", "Resumed", by)
            lane.wake()
            self.finish_if_settled()

    def cancel(self, by: "User | None" = None) -> int:
        """Discard the rows that have not been sent; what is at Clay is still collected. Returns how many."""
        from jobs.review import verbs

        open_states = {JobState.DRAFT, JobState.READY, JobState.RUNNING, JobState.PAUSED}
        with transaction.atomic():
            was_draft = self.state == JobState.DRAFT
            if not self._move(JobState.CANCELLED, since=open_states, finished_at=timezone.now()):
                return 0
            self.batches.filter(state=BatchState.WAITING).update(state=BatchState.FINISHED)
            again = self.rows.filter(state=RowState.WAITING, retry_of__isnull=False)
            retried = list(again.values_list("pk", flat=True))
            discarded = self.rows.filter(state=RowState.WAITING).update(
                state=RowState.DISCARDED, error=CANCELLED_UNSENT
            )
            verbs.discarded_with_job(self, retried, by)
            if was_draft or not self.ingested_at:
                discarded += self.row_count - self.ingested_rows
            self.note("cancelled", f"Cancelled: {discarded:,} rows not sent", by)
        if not self.ingested_at:
            from jobs import tasks

            queues.soon("work", tasks.ingest, self.pk)  # the rest of the file is stored as discarded rows
        self._give_way("cancelled")
        self.count_again()
        return discarded

    def _give_way(self, how: str) -> None:
        """Others wait no longer for the credits that its batch was refused; who is refused says so anew."""
        from budget import breaker
        from budget.models import Breaker
        from jobs.models import Hold
        from jobs.sending import lane

        self.destination.refresh_from_db(fields=["hold", "hold_reason"])
        if self.destination.hold == Hold.BUDGET:
            why = f"{self.name}, which waited for credits, was {how}"
            breaker.close(self.destination.held_by, why, only=Breaker.Kind.LIMIT)
            lane.wake()

    def duplicate(self, by: "User | None" = None) -> "Job":
        """A draft with the same file, read and set up in the same way; checked anew.

        Raises `NotPossible` where the file is gone, or its destination takes no uploads any more.
        """
        from jobs.intake import file_copy
        from jobs.intake.check import checking

        if self.destination.archived_at:
            raise NotPossible(f"{self.destination} is archived: it takes no new jobs. Bring it back first.")
        same = {field.attname: getattr(self, field.attname) for field in Setup._meta.fields}
        copy = Job(**same, name=f"{self.name[: self.NAME_LENGTH - 7]} (copy)", created_by=by)
        copy.checked, copy.check_error, copy.findings, copy.finding_masks = "", "", {}, {}
        try:
            copy.file = file_copy.copy_of(self)
        except (FileNotFoundError, ValueError):  # ValueError: it never had one
            raise NotPossible(f"The file of {self.name} is gone. Upload it again.") from None
        with transaction.atomic():
            copy.save()
            copy.note("uploaded", f"Copied from “{self.name}”", by)
        checking.check_soon(copy)
        return copy

    def finish_if_settled(self) -> bool:
        """Close the job when no row is waiting, on its way or out."""
        with transaction.atomic():
            Job.objects.locked().filter(pk=self.pk).first()
            busy = self.rows.filter(state__in=UNSETTLED)  # nobody sends dead letters again in between
            if busy.exists() or not self._move(
                JobState.DONE, since={JobState.RUNNING, JobState.PAUSED}, finished_at=timezone.now()
            ):
                return False
        self.count_again()
        enriched, dead = self.counts[RowState.ENRICHED], self.counts[RowState.DEAD]
        self.note("done", f"Done: {enriched:,} enriched, {dead:,} in dead letters")
        return True


__all__ = ["Batch", "Job", "JobState", "NotPossible"]
