"""What people do with a job besides starting and stopping it: rename, move in the lane, delete."""

from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import QuerySet
from django.utils import timezone

from clayops.base import queues
from jobs.models.event import JobEvent
from jobs.models.progress import ENDED, UNFINISHED, JobState, Place, Progress, Rival
from jobs.models.submission import RunState, Submission

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from jobs.models.job import Job

HIGHEST = 1000


class NotPossible(Exception):
    """The job cannot do that now; the text says why and what to do."""


class Steering(Progress):
    """A job that has a name, a history, and a place that can be changed."""

    NAME_LENGTH = 255

    name = models.CharField(max_length=NAME_LENGTH)
    deleted_at = models.DateTimeField(null=True, blank=True)
    """Since when it is gone for people; its rows and its file are thrown away in the background."""

    class Meta:
        abstract = True

    @property
    def _mine(self) -> "QuerySet[Job]":
        from jobs.models.job import Job

        return Job.objects.filter(pk=self.pk, deleted_at=None)

    def note(self, kind: str, text: str, by: "User | None" = None) -> None:
        """Write one line of the job's history."""
        JobEvent.objects.create(job_id=self.pk, kind=kind, text=text[:1000], by=by)

    def rename(self, name: str, by: "User | None" = None) -> bool:
        """Call it something else; its file keeps its own name. False where it is called so already.

        Raises `NotPossible` for a name that is blank or too long.
        """
        name = " ".join(name.replace("\0", "").split())
        if not name:
            raise NotPossible("Give the job a name.")
        if len(name) > self.NAME_LENGTH:
            raise NotPossible(f"The name has {len(name):,} characters; at most {self.NAME_LENGTH} fit.")
        before = self.name
        if not self._mine.exclude(name=name).update(name=name):
            return False
        self.name = name
        self.note("renamed", f"Renamed from “{before}” to “{name}”", by)
        return True

    # -- the place in the lane ---------------------------------------------------------------------
    def rivals(self) -> Place:
        """Its place among all jobs of its destination that have not ended, paused ones too."""
        from jobs.models.job import Job

        others = Job.objects.shown().unfinished().filter(destination=self.destination_id)
        named = others.order_by("pk").values_list("pk", "name", "priority")
        return self._place([Rival(*each, batches=0) for each in named])

    def move_up(self, by: "User | None" = None) -> str:
        """One step forward: past those it takes turns with, or else level with the next ahead.

        Returns what it means, in words. Raises `NotPossible` for a job that has ended, or is first.
        """
        place = self._movable()
        if place.sharing:
            to = self.priority + 1
        elif place.ahead:
            to = min(rival.priority for rival in place.ahead)
        else:
            raise NotPossible(f"{self.name} is first in the lane already.")
        return self._move_to(to, by)

    def move_down(self, by: "User | None" = None) -> str:
        """One step back, as `move_up` the other way."""
        place = self._movable()
        if place.sharing:
            to = self.priority - 1
        elif place.behind:
            to = max(rival.priority for rival in place.behind)
        else:
            raise NotPossible(f"{self.name} is last in the lane already.")
        return self._move_to(to, by)

    def _movable(self) -> Place:
        if self.state not in UNFINISHED:
            raise NotPossible(f"{self.name} is {self.state}: only a job that is under way has a place.")
        place = self.rivals()
        if place.is_alone:
            raise NotPossible(f"No other job goes to {self.destination} now: there is nothing to move past.")
        return place

    def _move_to(self, priority: int, by: "User | None") -> str:
        if abs(priority) > HIGHEST:
            raise NotPossible(f"{self.name} is as far as it can go. Move another job instead.")
        moved = self._mine.filter(state__in=UNFINISHED, priority=self.priority).update(priority=priority)
        if not moved:
            raise NotPossible("Somebody else has just moved or ended it. Look again.")
        self.priority = priority
        self.__dict__.pop("place", None)
        said = f"{self.rivals()} at {self.destination}"
        self.note("moved", f"Moved: {said}", by)
        return f"{self.name}: {said}."

    # -- the end -----------------------------------------------------------------------------------
    @property
    def kept_by(self) -> str:
        """Why it cannot be deleted now, and what to do; empty where it can."""
        if self.state not in {JobState.DRAFT, *ENDED}:
            return "It is under way. Cancel it first."
        out = Submission.objects.filter(batch__job=self.pk)
        if out.open().exists() or out.filter(run_state=RunState.OUT).exists():
            return "Rows of it are still at Clay. Wait until they are back."
        if self.state == JobState.CANCELLED and not self.ingested_at and not self.ingest_error:
            return "Its rows are still being put away. Try again in a moment."
        return ""

    def remove(self, by: "User | None" = None) -> bool:
        """Delete it: gone for people at once, its rows and file a little later. The ledger stays.

        Raises `NotPossible` while it is under way. False where it was deleted before.
        """
        if self.kept_by:
            raise NotPossible(f"{self.name} is not deleted. {self.kept_by}")
        from jobs import tasks

        with transaction.atomic():
            if not self._mine.filter(state=self.state).update(deleted_at=timezone.now()):
                return False
            self.note("deleted", f"Deleted, with {self.row_count:,} rows and the file", by)
            queues.soon("work", tasks.erase, self.pk)
        return True
