"""From a started job's file to rows and batches in the database; goes on where a crash stopped it."""

import logging

from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from clayops.base import queues, redis
from jobs.intake.check import checking, findings
from jobs.intake.rows.cutting import chunks, unread_chunks
from jobs.intake.rows.storing import store
from jobs.models import Finding, Job, JobState
from jobs.reading.format import Unreadable
from jobs.sending import completion

__all__ = ["ingest", "store"]

logger = logging.getLogger(__name__)

LEASE_SECONDS = 15


def soon(job: Job) -> None:
    """Have the rows of a started job stored: a person waits for it, so before what only takes long."""
    queues.soon(queue_of(job), "jobs.tasks.ingest", job.pk, first=True)


def queue_of(job: Job) -> queues.Queue:
    """So that a small job begins at once, whatever large ones there are."""
    return "long" if checking.is_long(job) else "work"


def ingest(job_id: int) -> None:
    """Store the rest of the job's rows. Safe to call twice, at once or after a crash.

    What stands in the way (a file that is gone, say) is kept on the job and raises an alert.
    """
    with redis.lease(f"clayops:lease:ingest:{job_id}", LEASE_SECONDS) as mine:
        job = _undone().select_related("destination").filter(pk=job_id).first() if mine else None
        if job is None or not _others_first(job):
            return
        try:
            _ingest(job)
        except (OSError, ValueError, Unreadable, DatabaseError, findings.Stale) as error:
            _failed(job, error)


def _undone() -> QuerySet[Job]:
    """Jobs that were started, or cancelled, and whose rows are not all in the database."""
    states = [JobState.READY, JobState.CANCELLED]
    return Job.objects.shown().filter(state__in=states, ingested_at=None)


def _others_first(job: Job) -> bool:
    """Where rows of other jobs are left out: store what was started before; False while another does so.

    A job whose rows cannot be stored for now is not waited for.
    """
    if Finding.WAITING_ELSEWHERE not in job.leave_out or not job.started_at:
        return True
    before = _undone().filter(destination=job.destination_id, state=JobState.READY, ingest_error="")
    before = before.filter(started_at__lt=job.started_at).order_by("started_at")
    for pk in before.values_list("pk", flat=True):
        ingest(pk)
    return not before.exists()


def _failed(job: Job, error: Exception) -> None:
    """Say so on the job. What was cancelled needs no file: its rows are put away without their cells."""
    if not _undone().filter(pk=job.pk).exists():
        return  # deleted meanwhile
    logger.error("job %s: its rows cannot be stored", job.pk, exc_info=error)
    Job.objects.filter(pk=job.pk).update(ingest_error=f"{type(error).__name__}: {error}"[:500])
    job.refresh_from_db()
    if job.state == JobState.CANCELLED and isinstance(error, FileNotFoundError | ValueError | Unreadable):
        put_away(job)


def put_away(job: Job) -> None:
    """Store the rows of a cancelled job that cannot be read any more, so that they are accounted for."""
    for chunk in unread_chunks(job):
        if not store(job, chunk):
            return
    _finish(job)


def _ingest(job: Job) -> None:
    if job.checked != job.check_key or not findings.are_there(job):
        checking.check(job)
    for chunk in chunks(job):
        if not store(job, chunk):
            logger.info("job %s: another worker stores its rows", job.pk)
            return
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
            completion.finish_if_settled(job)  # where every row was left out, or took an earlier result
    queues.soon("lanes", "jobs.tasks.run_lanes")


def _summary(job: Job) -> str:
    """What became of the rows, as the findings say."""
    parts = [f"{job.sendable_rows:,} rows ready to send"]
    if job.left_out_rows:
        parts.append(f"{job.left_out_rows:,} left out")
    if job.reused_rows:
        parts.append(f"{job.reused_rows:,} with an earlier result")
    return ", ".join(parts)
