"""Whether the workers and the scheduler are alive, as Redis knows it."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from redis import Redis, RedisError
from rq.defaults import RQ_KEY_PREFIX

from clayops.base import redis

FRESH_SECONDS = 45
"""A worker reports at least every 30 s; longer silence means that it is dead."""
QUEUES = ("lanes", "results", "work", "long")
SCHEDULER_FRESH_SECONDS = 30
"""What people are told of, within a minute."""
SILENT_SECONDS = 120
"""What machines are told of, who may end or restart us for it; and what a busy worker can delay."""
TICKED = "clayops:ticked"
WATCHED = "clayops:watched"
SCHEDULERS = f"{RQ_KEY_PREFIX}:cron_schedulers"
"""RQ's own registry: each scheduler with the time of its last heartbeat, every few seconds."""


@dataclass(frozen=True)
class WorkersHealth:
    """Workers alive per queue, and how long ago the others gave a sign of life (None: not seen)."""

    lanes: int = 0
    results: int = 0
    work: int = 0
    long: int = 0
    scheduler_seconds_ago: float | None = None
    ticked_seconds_ago: float | None = None
    """The last tick: the scheduler asks for it, the worker of `results` does it."""
    watched_seconds_ago: float | None = None
    """The last round of `manage.py watch`."""
    redis: bool = True

    @property
    def alive(self) -> int:
        return self.lanes + self.results + self.work + self.long

    @property
    def missing(self) -> list[str]:
        """Queues that nobody works on."""
        return [queue for queue in QUEUES if not getattr(self, queue)]

    @property
    def scheduler_alive(self) -> bool:
        return _within(self.scheduler_seconds_ago, SCHEDULER_FRESH_SECONDS)

    @property
    def is_ticking(self) -> bool:
        """Whether what the scheduler asks for gets done."""
        return _within(self.ticked_seconds_ago, SILENT_SECONDS)

    @property
    def scheduler_silent(self) -> bool:
        return not _within(self.scheduler_seconds_ago, SILENT_SECONDS) or not self.is_ticking

    @property
    def is_watched(self) -> bool:
        return _within(self.watched_seconds_ago, SILENT_SECONDS)


def _within(ago: float | None, seconds: float) -> bool:
    return ago is not None and ago < seconds


def workers() -> WorkersHealth:
    """Ask Redis; where it is away, nothing is known to be alive and `redis` is False."""
    try:
        return ask(redis.quick())
    except RedisError:
        return WorkersHealth(redis=False)


def ask(connection: Redis) -> WorkersHealth:
    """Ask Redis through `connection`. Raises `RedisError`."""
    keys = sorted(connection.smembers(f"{RQ_KEY_PREFIX}:workers"))
    with connection.pipeline(transaction=False) as pipeline:
        for key in keys:
            pipeline.hmget(key, "last_heartbeat", "queues", "death")
        pipeline.zrevrange(SCHEDULERS, 0, 0, withscores=True)
        pipeline.mget(TICKED, WATCHED)
        *found, schedulers, (ticked, watched) = pipeline.execute()
    alive = Counter(
        queues for heartbeat, queues, death in found if heartbeat and not death and _fresh(heartbeat)
    )
    heard = schedulers[0][1] if schedulers else None
    return WorkersHealth(
        alive["lanes"],
        alive["results"],
        alive["work"],
        alive["long"],
        scheduler_seconds_ago=_ago(heard),
        ticked_seconds_ago=_ago(ticked),
        watched_seconds_ago=_ago(watched),
    )


def _ago(at: str | float | None) -> float | None:
    return None if at is None else max(time.time() - float(at), 0.0)


def queued() -> dict[str, int]:
    """How much waits in each queue; nothing where Redis is away."""
    try:
        with redis.quick().pipeline(transaction=False) as pipeline:
            for name in QUEUES:
                pipeline.llen(f"{RQ_KEY_PREFIX}:queue:{name}")
            return dict(zip(QUEUES, pipeline.execute(), strict=True))
    except RedisError:
        return {}


def _fresh(heartbeat: str) -> bool:
    at = datetime.fromisoformat(heartbeat.replace("Z", "+00:00"))
    return (datetime.now(UTC) - at.astimezone(UTC)).total_seconds() < FRESH_SECONDS
