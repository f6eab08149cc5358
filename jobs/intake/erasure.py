"""Throwing a deleted job away, a little at a time; goes on where a crash stopped it. The ledger stays."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Model, QuerySet

from budget import credits as budget
from clayops.base import redis, workers
from jobs.credits import costs
from jobs.intake import files
from jobs.models import DeadLetter, Job, JobEvent, Row, StrayResult, Submission

CHUNK = 1000
"""Rows per transaction, so that nobody waits long for the database."""
LEASE_SECONDS = 30


def lease_name(job_id: int) -> str:
    return f"clayops:lease:erase:{job_id}"


def erase(job_id: int) -> None:
    """Delete the rows, batches, files and the rest of a job that has `deleted_at`. Twice is harmless.

    Raises `OSError` for a file that cannot be deleted: the job stays, and the tick tries again.
    """
    with redis.lease(lease_name(job_id), LEASE_SECONDS) as mine:
        job = Job.objects.filter(pk=job_id, deleted_at__isnull=False).first() if mine else None
        if job and all(_delete(part) for part in _parts(job)):
            _delete_job(job)


def _delete(part: QuerySet[Model]) -> bool:
    """Delete all of these; False where the worker stops first: then the tick goes on later."""
    while _delete_some(part):
        if workers.stopping():
            return False
    return True


def _parts(job: Job) -> list[QuerySet[Model]]:
    """What belongs to the job, in the order in which it can go."""
    return [
        Row.objects.filter(job=job),
        DeadLetter.objects.filter(job=job),
        StrayResult.objects.filter(submission__batch__job=job),
        Submission.objects.filter(batch__job=job),
        job.batches.all(),
        JobEvent.objects.filter(job=job),
    ]


def _delete_some(part: QuerySet[Model]) -> int:
    """Delete up to `CHUNK` of these in a transaction of their own; returns how many there were."""
    ids = list(part.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    if part.model is Submission:
        _settle(ids)
    with transaction.atomic():
        part.model._default_manager.filter(pk__in=ids).delete()
    return len(ids)


def _settle(ids: Sequence[int]) -> None:
    """Close accounts that a crash left open: without its submission, a holder's credits are given back."""
    still_open = set(budget.open_holders("batch:"))
    for submission in Submission.objects.filter(pk__in=ids):
        if submission.holder in still_open:
            costs.settle(submission)
            budget.settle(submission.holder, submission.credits, budget.Basis.UNKNOWN)  # it was still out


def _delete_job(job: Job) -> None:
    """The files first: a job without them is found again by the tick, files without a job never."""
    for path in files.files_of(job):
        path.unlink(missing_ok=True)
    job.delete()
