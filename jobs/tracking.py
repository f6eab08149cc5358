"""Each run at Clay, tracked in Redis: table id, row count, time, status. Rebuilt from the database."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from redis import RedisError

from clayops import redis
from jobs.models import RunState, Submission

logger = logging.getLogger(__name__)

INDEX = "clayops:runs"
"""Sorted set: submission ids by when they were sent (seconds since 1970)."""
KEEP_SECONDS = 86_400
"""How long a finished run stays visible in Redis."""


@dataclass(frozen=True)
class Tracked:
    """One submission as Redis has it."""

    submission: int
    table_id: str
    rows: int
    sent_at: datetime
    status: str
    run_id: str


def _key(pk: int | str) -> str:
    return f"clayops:run:{pk}"


def track(submission: Submission) -> None:
    """Write down the run's present status. Redis being away costs nothing: the tick rebuilds."""
    try:
        _write(submission)
    except RedisError as error:
        logger.warning("run %s is not tracked in Redis for now: %s", submission.run_id, error)


def _write(submission: Submission) -> None:
    out = submission.run_state == RunState.OUT
    with redis.client().pipeline() as pipeline:
        pipeline.hset(
            _key(submission.pk),
            mapping={
                "table_id": submission.destination.table_id,
                "rows": len(submission.row_ids),
                "sent_at": submission.created_at.timestamp(),
                "status": submission.trouble or submission.run_state,
                "run_id": submission.run_id,
            },
        )
        if out:
            pipeline.persist(_key(submission.pk))
            pipeline.zadd(INDEX, {str(submission.pk): submission.created_at.timestamp()})
        else:
            pipeline.expire(_key(submission.pk), KEEP_SECONDS)
            pipeline.zrem(INDEX, str(submission.pk))
        pipeline.execute()


def rebuild() -> int:
    """Make Redis agree with the database about what is out; returns how many runs it had wrong."""
    out = {str(pk) for pk in Submission.objects.out().values_list("pk", flat=True)}
    tracked = {str(pk) for pk in redis.client().zrange(INDEX, 0, -1)}
    wrong = out ^ tracked
    for submission in Submission.objects.filter(pk__in=wrong).select_related("destination").iterator():
        _write(submission)
    return len(wrong)


def in_flight() -> list[Tracked]:
    """Runs that are out, oldest first, as Redis has them."""
    connection = redis.client()
    ids = [str(pk) for pk in connection.zrange(INDEX, 0, -1)]
    with connection.pipeline(transaction=False) as pipeline:
        for pk in ids:
            pipeline.hgetall(_key(pk))
        found = pipeline.execute()
    return [_tracked(pk, fields) for pk, fields in zip(ids, found, strict=True) if fields]


def _tracked(pk: str, fields: dict[str, str]) -> Tracked:
    sent_at = datetime.fromtimestamp(float(fields["sent_at"]), tz=UTC)
    return Tracked(
        int(pk), fields["table_id"], int(fields["rows"]), sent_at, fields["status"], fields["run_id"]
    )
