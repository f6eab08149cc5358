"""How long runs of a destination usually take. What takes longer is late; what passes its time is stuck."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Q
from redis import RedisError

from clayops.base import redis
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
    return all_usual([destination])[destination]


def all_usual(destinations: Iterable[Destination]) -> dict[Destination, timedelta]:
    """The same for each, with one question to Redis: pages ask, which must not hang with it."""
    found = {each: f"clayops:usual:{each.pk}" for each in destinations}
    if not found:
        return {}
    try:
        kept = redis.quick().mget(list(found.values()))
        told = {
            each: timedelta(seconds=json.loads(str(seconds))) if seconds else _measured(each)
            for each, seconds in zip(found, kept, strict=True)
        }
        with redis.quick().pipeline(transaction=False) as pipeline:
            for each, seconds in zip(found, kept, strict=True):
                if not seconds:
                    pipeline.set(found[each], json.dumps(told[each].total_seconds()), ex=KEPT_SECONDS)
            pipeline.execute()
    except RedisError as error:
        logger.info("What is usual is not kept: Redis is away (%s)", error)
        return {each: _measured(each) for each in found}
    return told


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
    for each, span in all_usual(destinations).items():
        found |= Q(destination=each, created_at__lte=now - span)
    return found & Q(run_state=RunState.OUT, trouble="")


def runs_late(now: datetime) -> Q:
    """The same for all destinations that have runs out."""
    busy = Destination.objects.filter(submissions__run_state=RunState.OUT).distinct()
    return late(busy, now)
