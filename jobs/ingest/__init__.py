"""From a started job's file to rows and batches in the database; goes on where a crash stopped it."""

import logging
from contextlib import suppress

from django.db import DatabaseError, transaction
from django.utils import timezone
from redis.exceptions import LockError
from redis.lock import Lock

from clayops import queues, redis
from jobs.ingest.cutting import chunks
from jobs.ingest.storing import store
from jobs.intake import checking, findings
from jobs.models import Job, JobState
from jobs.reading.format import Unreadable

__all__ = ["ingest", "store"]

logger = logging.getLogger(__name__)

LEASE_SECONDS = 15


def ingest(job_id: int) -> None:
    """Store the rest of the job's rows. Safe to call twice, at once or after a crash.

    What stands in the way (a file that is gone, say) is kept on the job and raises an alert.
    """
    lease = redis.client().lock(f"clayops:lease:ingest:{job_id}", timeout=LEASE_SECONDS, thread_local=False)
    if not lease.acquire(blocking=False):
        return
    try:
        _ingest(Job.objects.select_related("destination").get(pk=job_id), lease)
    except LockError:
        logger.info("job %s: the lease was lost, the tick starts over", job_id)
    except (OSError, ValueError, Unreadable, DatabaseError, findings.Stale) as error:
        logger.exception("job %s: its rows cannot be stored", job_id)
        Job.objects.filter(pk=job_id).update(ingest_error=f"{type(error).__name__}: {error}"[:500])
    finally:
        with suppress(LockError):
            lease.release()


def _ingest(job: Job, lease: Lock) -> None:
    if job.deleted_at or job.ingested_at or job.state not in {JobState.READY, JobState.CANCELLED}:
        return
    if job.checked != job.check_key or not findings.are_there(job):
        checking.check(job, lease)
    for chunk in chunks(job):
        if not store(job, chunk):
            logger.info("job %s: another worker stores its rows", job.pk)
            return
        lease.reacquire()
    if job.ingested_rows != job.row_count:
        raise Unreadable(f"The file has {job.ingested_rows:,} rows; {job.row_count:,} were checked.")
    _finish(job)


def _finish(job: Job) -> None:
    """The file is in the database: batches may leave."""
    now = timezone.now()
    with transaction.atomic():
        Job.objects.filter(pk=job.pk, state=JobState.CANCELLED).update(ingested_at=now, ingest_error="")
        ready = Job.objects.filter(pk=job.pk, state=JobState.READY)
        if ready.update(state=JobState.RUNNING, ingested_at=now, ingest_error=""):
            job.state = JobState.RUNNING
            job.note("ingested", _summary(job))
            job.finish_if_settled()  # where every row was left out, or took an earlier result
    from jobs import tasks

    queues.soon("lanes", tasks.run_lanes)


def _summary(job: Job) -> str:
    """What became of the rows, as the findings say."""
    parts = [f"{job.sendable_rows:,} rows ready to send"]
    if job.left_out_rows:
        parts.append(f"{job.left_out_rows:,} left out")
    if job.reused_rows:
        parts.append(f"{job.reused_rows:,} with an earlier result")
    return ", ".join(parts)
