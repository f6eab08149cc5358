"""How long runs of a destination usually take. What takes longer is late; what passes its time is stuck."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Q
from redis import RedisError

from clayops import redis
from jobs.models import Destination, RunState, Submission

logger = logging.getLogger(__name__)

SAMPLE = 200
"""Runs that came home last."""
FEWEST = 20
"""With fewer, half of the time-out counts as usual."""
SHARE = 0.95
KEPT_SECONDS = 60
"""A run more or less changes little: so long the answer is kept in Redis."""


def usual(destination: Destination) -> timedelta:
    """The time within which 95 of 100 of its last 200 runs came home; half of its time-out where few did."""
    key = f"clayops:usual:{destination.pk}"
    try:
        if kept := redis.client().get(key):
            return timedelta(seconds=json.loads(str(kept)))
        found = _measured(destination)
        redis.client().set(key, json.dumps(found.total_seconds()), ex=KEPT_SECONDS)
    except RedisError as error:
        logger.info("What is usual at %s is not kept: Redis is away (%s)", destination, error)
        return _measured(destination)
    return found


def _measured(destination: Destination) -> timedelta:
    runs = Submission.objects.filter(destination=destination, run_state=RunState.FINISHED)
    last = runs.order_by("-finished_at").values_list("created_at", "finished_at")[:SAMPLE]
    took = sorted(home - sent for sent, home in last if home)
    if len(took) < FEWEST:
        return destination.timeout / 2
    return min(took[ceil(len(took) * SHARE) - 1], destination.timeout)


def late(destinations: Iterable[Destination], now: datetime) -> Q:
    """Which runs of these are out for longer than usual, as a filter of `Submission`; stuck ones are not."""
    found = Q(pk__in=[])
    for each in destinations:
        found |= Q(destination=each, created_at__lte=now - usual(each))
    return found & Q(run_state=RunState.OUT, trouble="")


def runs_late(now: datetime) -> Q:
    """The same for all destinations that have runs out."""
    busy = Destination.objects.filter(submissions__run_state=RunState.OUT).distinct()
    return late(busy, now)
