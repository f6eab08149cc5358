"""Waking lanes: what was held, or rests, tries again at once."""

import logging

from django.db import transaction
from redis import RedisError

from budget.terms import WORKSPACE
from clayops.base import queues, redis
from jobs.credits import open_breakers
from jobs.models import Destination, Hold

logger = logging.getLogger(__name__)

WOKEN = "clayops:lanes:woken"


def wake() -> None:
    """Let lanes that are held try again at once: a limit was raised, a breaker closed, credits came back.

    Runners that are under way forget which lanes were resting; one is started where there is none.
    """
    transaction.on_commit(lift_budget_holds)
    transaction.on_commit(_wake_runners)
    queues.soon("lanes", "jobs.tasks.run_lanes")


def lift_budget_holds() -> None:
    """Where credits are no longer refused nothing is held for them, also where nothing is left to send."""
    held = list(Destination.objects.filter(hold=Hold.BUDGET))
    stopped = open_breakers.holding() if held else {}
    for destination in held:
        if not {WORKSPACE, destination.scope} & stopped.keys():
            destination.lift_hold(Hold.BUDGET)


def _wake_runners() -> None:
    try:
        redis.client().incr(WOKEN)
    except RedisError as error:
        logger.warning("Redis is away: held lanes go on with a later tick (%s)", error)


def times_woken() -> str:
    """Changes with every `wake`. Raises RedisError."""
    return str(redis.client().get(WOKEN))
