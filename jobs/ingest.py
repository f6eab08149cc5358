"""From a started job's file to rows and batches in the database; goes on where a crash stopped it."""

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from django.db import DatabaseError, transaction
from django.utils import timezone
from redis.exceptions import LockError
from redis.lock import Lock

from clayops import queues, redis
from jobs.models import CANCELLED_UNSENT, Batch, Job, JobState, Row, RowState
from jobs.reading.format import Unreadable
from jobs.reading.reader import Record

logger = logging.getLogger(__name__)

CHUNK = 1000
"""Rows per transaction, rounded up to whole batches."""
BATCH_BYTES = 80_000
"""Clay takes 100 KB a payload; the rest is room for ids and the waterfall's lists."""
LEASE_SECONDS = 15


@dataclass
class _Group:
    """The records of one batch to be."""

    records: list[Record] = field(default_factory=list)
    sendable: int = 0
    bytes: int = 0


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
    except (OSError, ValueError, Unreadable, DatabaseError) as error:
        logger.exception("job %s: its rows cannot be stored", job_id)
        Job.objects.filter(pk=job_id).update(ingest_error=f"{type(error).__name__}: {error}"[:500])
    finally:
        with suppress(LockError):
            lease.release()


def _ingest(job: Job, lease: Lock) -> None:
    if job.ingested_at or job.state not in {JobState.READY, JobState.CANCELLED}:
        return
    for groups in _chunks(job):
        if not _store(job, groups):
            logger.info("job %s: another worker stores its rows", job.pk)
            return
        lease.reacquire()
    _finish(job)


def _chunks(job: Job) -> Iterator[list[_Group]]:
    """Groups of records that fit a batch each, about `CHUNK` records at a time."""
    chunk: list[_Group] = []
    group = _Group()
    size = 0
    for record in islice(job.records(), job.ingested_rows, None):
        weight = 0 if record.problem else _bytes(job, record.cells)
        full = group.sendable >= job.destination.batch_size or group.bytes + weight > BATCH_BYTES
        if group.records and full:
            chunk.append(group)
            group = _Group()
            if size >= CHUNK:
                yield chunk
                chunk, size = [], 0
        group.records.append(record)
        group.sendable += not record.problem
        group.bytes += weight
        size += 1
    if group.records:
        yield [*chunk, group]


def _bytes(job: Job, cells: list[str]) -> int:
    inputs = {name: cells[index] for name, index in job.mapping.items()}
    lists = job.destination.waterfall  # each item says of every provider whether to use or to skip it
    return len(json.dumps([inputs, lists], ensure_ascii=False).encode()) + 80


def _store(job: Job, groups: list[_Group]) -> bool:
    """Write one chunk in one transaction; False where another process was there first."""
    count = sum(len(group.records) for group in groups)
    with transaction.atomic():
        mine = Job.objects.filter(pk=job.pk, ingested_rows=job.ingested_rows, ingested_at=None)
        if not mine.update(ingested_rows=job.ingested_rows + count):
            return False
        job.state = Job.objects.values_list("state", flat=True).get(pk=job.pk)
        cancelled = job.state == JobState.CANCELLED
        batches = [] if cancelled else _create_batches(job, groups)
        number = job.ingested_rows
        rows: list[Row] = []
        for index, group in enumerate(groups):
            for record in group.records:
                number += 1
                batch = None if cancelled or record.problem else batches[index]
                rows.append(_row(job, number, record, batch, cancelled))
        Row.objects.bulk_create(rows, batch_size=500)
    job.ingested_rows += count
    return True


def _create_batches(job: Job, groups: list[_Group]) -> list[Batch | None]:
    """A batch for each group that has rows to send, in the order of the groups."""
    last = job.batches.order_by("-number").values_list("number", flat=True).first() or 0
    sizes = [group.sendable for group in groups if group.sendable]
    made = iter(
        Batch.objects.bulk_create(
            Batch(job=job, number=number, size=size) for number, size in enumerate(sizes, start=last + 1)
        )
    )
    return [next(made) if group.sendable else None for group in groups]


def _row(job: Job, number: int, record: Record, batch: Batch | None, cancelled: bool) -> Row:
    row = Row(job_id=job.pk, batch=batch, number=number, line=record.line, cells=record.cells)
    if record.problem:
        row.state, row.error = RowState.SKIPPED, f"Line {record.line} could not be read: {record.problem}"
        row.cells = [cell.replace("\0", "␀") for cell in record.cells]
    elif cancelled:
        row.state, row.error = RowState.DISCARDED, CANCELLED_UNSENT
    return row


def _finish(job: Job) -> None:
    """The file is in the database: batches may leave."""
    now = timezone.now()
    with transaction.atomic():
        Job.objects.filter(pk=job.pk, state=JobState.CANCELLED).update(ingested_at=now, ingest_error="")
        ready = Job.objects.filter(pk=job.pk, state=JobState.READY)
        if ready.update(state=JobState.RUNNING, ingested_at=now, ingest_error=""):
            job.note("ingested", f"{job.ingested_rows:,} rows ready to send")
    from jobs import tasks

    queues.soon("lanes", tasks.run_lanes)
