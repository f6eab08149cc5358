"""What people do to a destination: pause, resume, look whether a hold is over, archive, restore."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from budget import credits as budget
from budget.terms import WORKSPACE
from clayops.clay import ClayError
from jobs.destinations import changes
from jobs.models import Destination, Ended, Hold, Job, JobEvent, NotPossible
from jobs.sending import wake, workspace
from jobs.steering import endings

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LIFTABLE = {Hold.KEY_REJECTED, Hold.WEBHOOK_FULL, Hold.NO_PROVIDER, Hold.CLAY_DOWN}
"""Holds that *Check again* may lift."""


def pause(destination: Destination, by: "User", why: str) -> bool:
    """Send nothing until somebody resumes; False where it is paused already. Runs that are out come home.

    Another hold gives way: whether it still stands shows when sending begins again.
    """
    now, reason = timezone.now(), f"{by}: {why}"[:500]
    with transaction.atomic():
        going = Destination.objects.filter(pk=destination.pk).exclude(hold=Hold.PAUSED)
        if not going.update(hold=Hold.PAUSED, hold_reason=reason, hold_since=now):
            return False
        changes.note(destination, f"paused: {why}", by)
        _tell_jobs(destination, "lane_paused", f"{destination} paused: {why}", by, now)
    destination.refresh_from_db(fields=["hold", "hold_reason", "hold_since"])
    return True


def resume(destination: Destination, by: "User") -> bool:
    """End a person's pause; False where there is none."""
    with transaction.atomic():
        paused = Destination.objects.filter(pk=destination.pk, hold=Hold.PAUSED)
        if not paused.update(hold="", hold_reason="", hold_since=None):
            return False
        changes.note(destination, "resumed", by)
        _tell_jobs(destination, "lane_resumed", f"{destination} resumed", by, timezone.now())
    destination.refresh_from_db(fields=["hold", "hold_reason", "hold_since"])
    wake.wake()
    return True


def check_again(destination: Destination, by: "User | None" = None) -> str:
    """Look whether what held the lane is over, and let it go on if so. Returns a sentence for people."""
    if destination.hold == Hold.PAUSED:
        return f"{destination} is paused ({destination.hold_reason}). Press Resume to go on."
    if destination.hold in {Hold.KEY_REJECTED, Hold.CLAY_DOWN}:
        try:
            workspace.clay().me()
        except ClayError as error:
            return f"Still no good: {error}"
    if destination.hold == Hold.BUDGET:
        for scope in (WORKSPACE, destination.scope):
            budget.close_breaker(by=by, note=f"Check again at {destination}", scope=scope)
    destination.lift_hold()
    wake.wake()
    return f"{destination} goes on."


def archive(destination: Destination, by: "User | None" = None) -> bool:
    """Take no more uploads; False where it is archived already. Raises `NotPossible` with what to do."""
    open_jobs = Job.objects.shown().unfinished().filter(destination=destination.pk)
    with transaction.atomic():
        Destination.objects.select_for_update().get(pk=destination.pk)
        if count := open_jobs.count():
            jobs = "1 job is" if count == 1 else f"{count:,} jobs are"
            raise NotPossible(f"{jobs} not finished at {destination}. Let them end or cancel them first.")
        active = Destination.objects.open().filter(pk=destination.pk)
        if not active.update(archived_at=timezone.now()):
            return False
        changes.note(destination, "archived", by)
        endings.record(Ended.DESTINATION_ARCHIVED, destination.name, by, text=destination.routine_id)
    return True


def restore(destination: Destination, by: "User | None" = None) -> bool:
    """Take uploads again; False where it does."""
    with transaction.atomic():
        if not Destination.objects.archived().filter(pk=destination.pk).update(archived_at=None):
            return False
        changes.note(destination, "restored", by)
    return True


def _tell_jobs(destination: Destination, kind: str, text: str, by: "User", at: datetime) -> None:
    """A line in the history of each job that this concerns."""
    concerned = Job.objects.unfinished().filter(destination=destination).values_list("pk", flat=True)
    lines = [JobEvent(job_id=pk, kind=kind, text=text[:1000], by=by, at=at) for pk in concerned]
    JobEvent.objects.bulk_create(lines, batch_size=500)
