"""Throwing a deleted job away, a little at a time; goes on where a crash stopped it. The ledger stays."""

import logging
from contextlib import suppress

from django.db import transaction
from django.db.models import Model, QuerySet
from redis.exceptions import LockError

from clayops import redis, workers
from jobs.models import Job, Row

logger = logging.getLogger(__name__)

CHUNK = 1000
"""Rows per transaction, so that nobody waits long for the database."""
LEASE_SECONDS = 30


def lease_name(job_id: int) -> str:
    return f"clayops:lease:erase:{job_id}"


def erase(job_id: int) -> None:
    """Delete the rows, batches, files and the rest of a job that has `deleted_at`. Twice is harmless."""
    lease = redis.client().lock(lease_name(job_id), timeout=LEASE_SECONDS, thread_local=False)
    if not lease.acquire(blocking=False):
        return
    try:
        job = Job.objects.filter(pk=job_id, deleted_at__isnull=False).first()
        if job is None:
            return
        parts: list[QuerySet[Model]] = _parts(job)
        for part in parts:
            while _delete_some(part):
                lease.reacquire()
                if workers.stopping():
                    return  # the tick goes on later
        _delete_job(job)
    except LockError:
        logger.info("job %s: the lease was lost, the tick starts over", job_id)
    finally:
        with suppress(LockError):
            lease.release()


def _parts(job: Job) -> list[QuerySet[Model]]:
    """What belongs to the job, in the order in which it can go."""
    from jobs.models import DeadLetter, JobEvent, StrayResult, Submission

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
    with transaction.atomic():
        part.model._default_manager.filter(pk__in=ids).delete()
    return len(ids)


def _delete_job(job: Job) -> None:
    """The files first: a job without them is found again by the tick, files without a job never."""
    from jobs import intake

    intake.throw_away(job)
    job.delete()
