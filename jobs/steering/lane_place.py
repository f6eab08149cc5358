"""Where a job stands in its lane, and moving it."""

from typing import TYPE_CHECKING

from jobs.models import UNFINISHED, Job, NotPossible
from jobs.models.place import Place, Rival

if TYPE_CHECKING:
    from django.contrib.auth.models import User

HIGHEST = 1000


def rivals(job: Job) -> Place:
    """Its place among all jobs of its destination that have not ended, paused ones too."""
    others = Job.objects.shown().unfinished().filter(destination=job.destination_id)
    named = others.order_by("pk").values_list("pk", "name", "priority")
    return Place.among([Rival(*each, batches=0) for each in named], job.pk, job.priority)


def move_up(job: Job, by: "User | None" = None) -> str:
    """One step forward: past those it takes turns with, or else level with the next ahead.

    Returns what it means, in words. Raises `NotPossible` for a job that has ended, or is first.
    """
    place = _movable(job)
    if place.sharing:
        to = job.priority + 1
    elif place.ahead:
        to = min(rival.priority for rival in place.ahead)
    else:
        raise NotPossible(f"{job.name} is first in the lane already.")
    return _move_to(job, to, by)


def move_down(job: Job, by: "User | None" = None) -> str:
    """One step back, as `move_up` the other way."""
    place = _movable(job)
    if place.sharing:
        to = job.priority - 1
    elif place.behind:
        to = max(rival.priority for rival in place.behind)
    else:
        raise NotPossible(f"{job.name} is last in the lane already.")
    return _move_to(job, to, by)


def _movable(job: Job) -> Place:
    if job.state not in UNFINISHED:
        raise NotPossible(f"{job.name} is {job.state}: only a job that is under way has a place.")
    place = rivals(job)
    if place.is_alone:
        raise NotPossible(f"No other job goes to {job.destination} now: there is nothing to move past.")
    return place


def _move_to(job: Job, priority: int, by: "User | None") -> str:
    if abs(priority) > HIGHEST:
        raise NotPossible(f"{job.name} is as far as it can go. Move another job instead.")
    moved = job.stored.filter(state__in=UNFINISHED, priority=job.priority).update(priority=priority)
    if not moved:
        raise NotPossible("Somebody else has just moved or ended it. Look again.")
    job.priority = priority
    job.__dict__.pop("place", None)
    where = f"{rivals(job)} at {job.destination}"
    job.note("moved", f"Moved: {where}", by)
    return f"{job.name}: {where}."
