"""Where a scope stands on a day, from the database alone: it works, and is right, while Redis is away."""

from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from budget import breaker, limits
from budget.models import Entry
from budget.steering.warning_levels import warn_levels
from budget.terms import WORKSPACE, Day, Limit, day_of, end_of


def today(now: datetime | None = None) -> Day:
    """Where the workspace stands today."""
    now = now or timezone.now()
    return on_day(day_of(now), now=now)


def on_day(day: date, *, now: datetime | None = None) -> Day:
    """Where the workspace stood, or stands, on a day; the breaker is told for today only.

    `limit` is the one for that day only, or the standing one of now: `LimitChange` tells what stood then.
    """
    limit = limits.limit_of(WORKSPACE, day)
    amount, standing = limit.amount or Decimal(0), limit.standing or Decimal(0)
    spent, reserved = Entry.objects.of(day).totals()
    stop = breaker.of()
    stopped = day == day_of(now or timezone.now()) and stop.holds(day, amount, amount - spent - reserved)
    return Day(
        day=day,
        limit=amount,
        spent=spent,
        reserved=reserved,
        breaker="open" if stopped else "closed",
        reason=stop.reason if stopped else "",
        since=stop.since if stopped else None,
        resets_at=end_of(day),
        warned_at=_warned_at(spent + reserved, limit),
        standing=standing,
        for_today=limit.for_today,
    )


def _warned_at(used: Decimal, limit: Limit) -> int | None:
    """The highest warning level that is reached."""
    amount = limit.amount or Decimal(0)
    return max((percent for percent in warn_levels() if used * 100 >= amount * percent), default=None)
