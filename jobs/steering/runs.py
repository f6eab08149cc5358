"""What people do with a run in trouble: ask Clay again, wait longer, or wait no more."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from clayops.base import queues
from jobs.models import Ended, Row, RowState, RunState, Submission, Trouble
from jobs.sending import outcomes, tracking
from jobs.steering import endings

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def check_now(run: Submission, by: "User | None" = None) -> bool:
    """Ask Clay at once; False where there is nothing to ask about any more."""
    due = Submission.objects.filter(pk=run.pk).exclude(run_state__in=["", RunState.FINISHED])
    if not due.update(next_poll_at=timezone.now()):
        return False
    run.batch.job.note("check", f"Run {run.run_id}: asked Clay again", by)
    queues.soon("results", "jobs.tasks.collect")
    return True


def wait_longer(run: Submission, by: "User | None" = None, until: datetime | None = None) -> bool:
    """Raise no alert before then (its whole time-out once more, where nothing is said). False where it is
    not out any more, or in a trouble that no waiting mends.
    """
    later = until or timezone.now() + run.destination.timeout
    out = Submission.objects.out().filter(pk=run.pk, trouble__in=["", Trouble.STUCK])
    if not out.update(timeout_at=later, trouble="", trouble_since=None, message=""):
        return False
    run.batch.job.note("wait", f"Run {run.run_id}: waits until {timezone.localtime(later):%-d %b %H:%M}", by)
    run.refresh_from_db()
    tracking.track(run)
    return True


def give_up(run: Submission, by: "User | None" = None) -> bool:
    """Move the rows still in flight to a dead letter, charge `possibly`; a late result is still taken.

    False where it is not out any more.
    """
    with transaction.atomic():
        rows = Row.objects.filter(pk__in=run.row_ids, state=RowState.IN_FLIGHT).count()
        if not outcomes.give_up(run, by):
            return False
        job = run.batch.job
        subject = f"Run {run.run_id} of {job.name} (job {job.pk})"
        endings.record(Ended.RUN_GIVEN_UP, subject, by, rows=rows, credits=run.credits)
    return True
