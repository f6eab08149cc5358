"""Rows by state: the one figure that is dear, as all rows are counted (30 ms for 200,000, and so on)."""

import json
import time
from math import ceil

from django.db.models import Count
from redis import RedisError

from clayops.base import redis
from jobs.models import Row, RowState

KEY = "clayops:metrics:rows"
SHORTEST_SECONDS = 5
REST = 50
"""A count is kept for so many times what it took: counting never takes more than 2 % of the time."""


def by_state() -> dict[str, int]:
    """Every state present; at most five seconds old, or older where counting takes long (`REST`)."""
    try:
        return _kept() or _counted_and_kept()
    except RedisError:
        return count()


def count() -> dict[str, int]:
    """Every state present, now."""
    counted = Row.objects.order_by().values_list("state").annotate(n=Count("pk"))
    return {str(state): 0 for state in RowState} | dict(counted)


def _kept() -> dict[str, int] | None:
    kept = redis.quick().get(KEY)
    return json.loads(str(kept)) if kept else None


def _counted_and_kept() -> dict[str, int]:
    began = time.monotonic()
    found = count()
    seconds = max(SHORTEST_SECONDS, ceil((time.monotonic() - began) * REST))
    redis.quick().set(KEY, json.dumps(found), ex=seconds)
    return found
