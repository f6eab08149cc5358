"""The audit by itself, now and then: what it finds is an alert until a later one finds nothing."""

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from redis import RedisError

from clayops.base import queues, redis
from jobs.models import AuditRun
from jobs.upkeep import audit

EVERY = timedelta(hours=1)
LEASE_SECONDS = 60
KEPT = 100
ASKED = "clayops:audit:asked"
"""When an audit was asked for that has not ended yet."""


def run() -> AuditRun:
    """Audit now, and keep what came of it."""
    began = time.monotonic()
    return keep(list(audit.findings()), time.monotonic() - began)


def keep(findings: Sequence[str], seconds: float) -> AuditRun:
    """Keep what an audit found, and forget what old ones did."""
    first = findings[0][:500] if findings else ""
    made = AuditRun.objects.create(findings=len(findings), first=first, seconds=seconds)
    AuditRun.objects.filter(pk__lte=made.pk - KEPT).delete()
    with suppress(RedisError):
        redis.quick().delete(ASKED)
    return made


def missing_since(last: AuditRun | None) -> datetime | None:
    """Since when audits are asked for again and again, and none ends; None where one has ended of late."""
    if last and last.at > timezone.now() - 2 * EVERY:
        return None
    with suppress(RedisError):
        if asked := redis.quick().get(ASKED):
            since = datetime.fromtimestamp(float(asked), UTC)
            return since if since < timezone.now() - EVERY else None
    return None


def run_by_worker() -> None:
    """The same, one at a time."""
    with redis.lease("clayops:lease:audit", LEASE_SECONDS) as mine:
        if mine:
            run()


def start_due() -> None:
    """Put an audit on the queue where the last one is old."""
    last = AuditRun.objects.first()
    if last and last.at > timezone.now() - EVERY:
        return
    redis.client().set(ASKED, time.time(), nx=True)
    if redis.client().set("clayops:audit:started", "1", nx=True, ex=int(EVERY.total_seconds() / 4)):
        queues.soon("long", "jobs.tasks.audit")
