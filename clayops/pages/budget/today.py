"""What the budget page shows of today: read together, so that its parts agree with each other."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone
from redis import RedisError

from budget import credits, day_lines, limits, reconciling
from budget.models import Breaker, Entry, Recount
from budget.steering.warning_levels import warn_levels
from budget.terms import WORKSPACE, Day, Limit, day_of
from clayops.base import charts
from clayops.pages.budget.days import days
from clayops.pages.budget.hours import hours
from clayops.pages.budget.projection import Pace, pace, rate_of, waiting
from clayops.pages.budget.spend import spend, used_by_destination
from jobs.credits import costs, forecast
from jobs.credits.scopes import named
from jobs.models import Destination

RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Stop:
    """A destination whose own limit has stopped it."""

    breaker: Breaker
    name: str
    pk: int


@dataclass(frozen=True)
class Checks:
    """When Redis was last compared with the ledger, and what was found in the last days."""

    redis: bool
    looked: datetime | None
    recounts: list[Recount]


def whole() -> dict[str, Any]:
    """The whole page, but for the panels of the limit."""
    now = timezone.now()
    return {**live(now), "days": days(day_of(now), warn_levels()), "prices": _prices()}


def _prices() -> list[tuple[Destination, costs.Price]]:
    """What rows were estimated to cost, beside what they told; of destinations whose results tell."""
    found = list(Destination.objects.open())
    told = costs.reported_by(found)
    return [(each, costs.Price(each.credits_per_row, told[each.pk])) for each in found if each.pk in told]


def live(now: datetime) -> dict[str, Any]:
    """What changes by itself."""
    today = day_of(now)
    lines = day_lines.of_day(today)
    total = day_lines.Total(lines)
    day = replace(credits.today(now), spent=total.spent, reserved=total.reserved)
    scopes = limits.all_in_force(today)
    own = _of_destinations(scopes)
    used = used_by_destination(lines)
    room = {pk: max(limit - used.get(pk, day_lines.ZERO), day_lines.ZERO) for pk, limit in own.items()}
    stops = _stops(today, own, room)
    expected = pace(day, waiting(room, {stop.pk for stop in stops}), rate_of(now), now)
    return {
        "day": day,
        "pace": expected,
        "levels": warn_levels(),
        "gauge": _gauge(day, expected),
        "hours": hours(today, lines, now),
        "spend": spend(today, lines, own),
        "stops": stops,
        "checks": _checks(now),
        "zone": settings.TIME_ZONE,
        "ever": bool(lines) or Entry.objects.exists(),
    }


def _gauge(day: Day, expected: Pace) -> charts.Gauge:
    parts = [("spent", float(day.spent)), ("reserved", float(day.reserved))]
    return charts.gauge(parts, float(day.limit), float(expected.reaches), warn_levels())


def _of_destinations(scopes: dict[str, Limit]) -> dict[int, Decimal]:
    """The destinations' own limits, by their keys."""
    return {
        pk: amount
        for scope, limit in scopes.items()
        if (pk := _destination(scope)) and (amount := limit.amount) is not None
    }


def _destination(scope: str) -> int:
    kind, _, pk = scope.partition(":")
    return int(pk) if kind == "destination" and pk.isdigit() else 0


def _stops(today: date, own: dict[int, Decimal], room: dict[int, Decimal]) -> list[Stop]:
    """Breakers of destinations that are open and still hold, as the alerts tell them."""
    opened = Breaker.objects.filter(state=Breaker.State.OPEN).exclude(scope=WORKSPACE).order_by("since")
    found = []
    for each in opened:
        pk = _destination(each.scope)
        if each.holds(today, own.get(pk, forecast.ENDLESS), room.get(pk, forecast.ENDLESS)):
            found.append(each)
    names = named(each.scope for each in found) if found else {}
    return [Stop(each, names[each.scope], _destination(each.scope)) for each in found]


def _checks(now: datetime) -> Checks:
    recounts = list(Recount.objects.filter(at__gte=now - RECENT)[:5])
    try:
        return Checks(redis=True, looked=reconciling.last_look(), recounts=recounts)
    except RedisError:
        return Checks(redis=False, looked=None, recounts=recounts)
