"""Changing the daily limits."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import redis
from django.db import transaction
from django.utils import timezone

from budget import breaker, counters
from budget.limits import checked, limit_of
from budget.models import Breaker, LimitChange
from budget.terms import WORKSPACE, Limit, day_of, shown

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)


def set_limit(
    credits: Decimal | None,
    by: "User | None",
    note: str = "",
    scope: str = WORKSPACE,
    *,
    today_only: bool = False,
) -> LimitChange | None:
    """Put a new limit in force, on record, at once: when this returns, no reservation passes it.

    None takes a scope's own limit away (the workspace always has one). `today_only` ends at midnight; a
    standing limit that is set later ends it as well. The scope's breaker lets work ask again, unless
    Clay itself has no credits left. Returns None, and records nothing, where the limit is so already.
    Raises ValueError with a sentence for people.
    """
    new = None if credits is None else checked(credits)
    if new is None and (scope == WORKSPACE or today_only):
        raise ValueError("The workspace always has a limit" if scope == WORKSPACE else "Name a limit")
    with one_at_a_time(scope):
        now = timezone.now()
        day = day_of(now)
        before = limit_of(scope, day)
        if is_already(before, new, today_only=today_only):
            return None
        change = LimitChange.objects.create(
            scope=scope,
            old=before.amount,
            new=new,
            day=day if today_only else None,
            by=by,
            at=now,
            note=note[:500],
        )
        said = (
            "There is no daily limit any more" if new is None else f"The daily limit is {shown(new)} credits"
        )
        breaker.close(
            scope, f"{said} {'today' if today_only else 'from now on'}", by, only=Breaker.Kind.LIMIT
        )
        transaction.on_commit(partial(_tell_redis, scope, change))
    return change


def is_already(limit: Limit, credits: Decimal | None, *, today_only: bool = False) -> bool:
    """Whether this change would change nothing. To make today's limit a standing one is a change."""
    return limit.amount == credits and (today_only or not limit.for_today)


@contextmanager
def one_at_a_time(scope: str) -> Iterator[None]:
    """A transaction that others who change the scope's limit wait for: what is read in it still holds."""
    Breaker.objects.get_or_create(scope=scope)
    with transaction.atomic():
        Breaker.objects.select_for_update().get(scope=scope)
        yield


def _tell_redis(scope: str, change: LimitChange) -> None:
    """Reservations that are being asked for at this moment may have read the old limit."""
    today = day_of(timezone.now())
    days = [change.day] if change.day else [today, today - timedelta(days=1)]  # a late one may be yesterday's
    try:
        for day in days:
            counters.put_limit(day, scope, Limit(change.new, change.pk))
    except redis.RedisError:  # whoever reserves next has read the new one, and brings it along
        logger.warning("Redis is away; the new limit reaches it with the next reservation")
