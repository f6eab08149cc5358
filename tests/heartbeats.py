"""Signs of life in Redis, as the product's processes leave them there."""

import time
from datetime import UTC, datetime, timedelta

from clayops.base import process_health, redis


def sign_on(
    *queues: str,
    heard: float = 0,
    scheduler: float | None = 0,
    ticked: float | None = 0,
    watched: float | None = 0,
) -> None:
    """Workers, the scheduler, the last tick, the watch: each so many seconds ago; None for never."""
    at = (datetime.now(UTC) - timedelta(seconds=heard)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for queue in queues:
        redis.client().sadd("rq:workers", f"rq:worker:{queue}")
        redis.client().hset(f"rq:worker:{queue}", mapping={"last_heartbeat": at, "queues": queue})
    redis.client().delete(process_health.SCHEDULERS)
    if scheduler is not None:
        redis.client().zadd(process_health.SCHEDULERS, {"ours": time.time() - scheduler})
    for key, ago in ((process_health.TICKED, ticked), (process_health.WATCHED, watched)):
        redis.client().delete(key)
        if ago is not None:
            redis.client().set(key, time.time() - ago)
