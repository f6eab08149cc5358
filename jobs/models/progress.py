"""How far a job is: its state, its rows by state, its place in the lane, how long it still takes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Count
from django.utils import timezone

from jobs.models import counting
from jobs.models.destination import Hold
from jobs.models.row import Batch, BatchState, RowState
from jobs.models.setup import Setup

if TYPE_CHECKING:
    from jobs.models.job import Job

LAST_STEPS = 15
"""Seconds that the last run takes to come home, about."""


class JobState(models.TextChoices):
    DRAFT = "draft"
    READY = "ready"
    RUNNING = "running"
    HELD = "held"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


UNFINISHED = (JobState.READY, JobState.RUNNING, JobState.PAUSED)
ENDED = (JobState.DONE, JobState.CANCELLED)


@dataclass(frozen=True)
class Rival:
    """Another job that has batches for the same destination."""

    pk: int
    name: str
    priority: int
    batches: int


@dataclass(frozen=True)
class Place:
    """Where a job stands in its lane."""

    ahead: list[Rival]
    """Jobs that go first, of a higher priority."""
    sharing: list[Rival]
    """Jobs of the same priority: they take turns with it."""
    behind: list[Rival]

    @property
    def is_alone(self) -> bool:
        return not (self.ahead or self.sharing or self.behind)

    def batches_before(self, own: int) -> int:
        """Batches of others that leave before the last of its `own`."""
        return sum(rival.batches for rival in self.ahead) + sum(min(r.batches, own) for r in self.sharing)

    def __str__(self) -> str:
        """In words: "first in the lane", "behind x.csv", "takes turns with 2 jobs"."""
        words = [f"behind {_named(self.ahead)}"] if self.ahead else []
        words += [f"takes turns with {_named(self.sharing)}"] if self.sharing else []
        return ", ".join(words) or ("alone in the lane" if self.is_alone else "first in the lane")


def _named(rivals: list[Rival]) -> str:
    return rivals[0].name if len(rivals) == 1 else f"{len(rivals)} jobs"


class Progress(Setup):
    """`HELD` is never stored: it is how a running job shows while its destination is on hold."""

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

    class Meta:
        abstract = True

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

    @cached_property
    def counts(self) -> dict[RowState, int]:
        """Rows by state, every state present. Before the intake is done the rest counts as waiting."""
        return self._counted(counting.exact([self.pk]).get(self.pk, {}))

    def _counted(self, found: dict[str, int]) -> dict[RowState, int]:
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
        return self._place(_rivals([self.destination_id])[self.destination_id])

    def _place(self, rivals: list[Rival]) -> Place:
        others = [rival for rival in rivals if rival.pk != self.pk]
        return Place(
            ahead=[rival for rival in others if rival.priority > self.priority],
            sharing=[rival for rival in others if rival.priority == self.priority],
            behind=[rival for rival in others if rival.priority < self.priority],
        )

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


def _rivals(destinations: Iterable[int]) -> dict[int, list[Rival]]:
    """Jobs that may send now and have batches left, by destination, in one query."""
    found: dict[int, list[Rival]] = defaultdict(list)
    waiting = Batch.objects.order_by().filter(
        state=BatchState.WAITING, job__state=JobState.RUNNING, job__destination__in=destinations
    )
    counted = waiting.values_list("job__destination", "job", "job__name", "job__priority")
    for destination, pk, name, priority, batches in counted.annotate(n=Count("pk")).order_by("job"):
        found[destination].append(Rival(pk, name, priority, batches))
    return found


def look_up(jobs: Iterable["Job"], *, each_row: bool = False) -> list["Job"]:
    """The jobs with their counts and places at hand: a query or two for a list of them, not two for each.

    Rows of large jobs are counted by their batches, unless `each_row`.
    """
    found: list[Any] = list(jobs)
    large = {job.pk for job in found if job.row_count >= counting.LARGE and not each_row}
    states = counting.exact({job.pk for job in found} - large) | counting.quick(large)
    rivals = _rivals({job.destination_id for job in found if job.is_unfinished})
    for job in found:
        job.counts = job._counted(states.get(job.pk, {}))
        job.place = job._place(rivals[job.destination_id])
    return found
