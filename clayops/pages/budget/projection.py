"""Where the day is going: the rate of sending against what waits, the limits and midnight."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Literal

from budget.day_lines import COUNTED, ZERO
from budget.models import Entry
from budget.terms import WORKSPACE, Day, destination_scope
from jobs.credits import forecast
from jobs.credits.scopes import Scope, named

ONE = Decimal(1)
HOUR = timedelta(minutes=60)
GAP = timedelta(minutes=10)
"""A longer pause between two reservations ends a stretch of sending."""
LEAST = timedelta(minutes=1)
"""Less says nothing about an hour."""

Outlook = Literal["stopped", "zero", "full", "idle", "quiet", "limit", "done", "midnight"]
"""What comes first: nothing goes on now, or a limit, the last waiting row, the new day."""


@dataclass(frozen=True)
class Rate:
    """How fast credits are reserved."""

    hourly: Decimal
    """Credits an hour."""
    minutes: int = 60
    """Over how many minutes that was seen: since sending began, or the last 60."""


@dataclass(frozen=True)
class Behind:
    """Rows that stay today, whatever room the workspace has."""

    rows: int
    name: str
    """Of the destination."""
    own_limit: bool
    """Its own limit keeps them, rather than Clay."""


@dataclass(frozen=True)
class Waiting:
    """Rows of running jobs that were not sent; `credits`: the most that those cost that may leave today."""

    rows: int
    credits: Decimal
    behind: tuple[Behind, ...] = ()


@dataclass(frozen=True)
class Pace:
    """The day's projection, in credits."""

    outlook: Outlook
    rate: Rate
    waiting: Waiting
    reaches: Decimal
    """What the day will have used when it resets."""
    short: Decimal = ZERO
    """What is then left below the limit."""
    at: datetime | None = None
    """When the limit is hit, or the last waiting row is sent."""
    own: bool = False
    """It is destinations that stop, each at its own limit; the workspace has room."""


def pace(day: Day, waiting: Waiting, rate: Rate, now: datetime) -> Pace:
    """What happens first at this rate. Never more than what may leave, never more than the limit."""
    used = day.spent + day.reserved
    still = _why_still(day, waiting, rate)
    if still:
        return Pace(still, rate, waiting, used, own=still == "stopped" and day.breaker != "open")
    per_second = rate.hourly / Decimal(HOUR.total_seconds())
    last: Outlook = "limit" if waiting.behind else "done"
    first: list[tuple[Decimal, Outlook, bool]] = [
        (day.left / per_second, "limit", False),
        (waiting.credits / per_second, last, bool(waiting.behind)),
        (Decimal((day.resets_at - now).total_seconds()), "midnight", False),
    ]
    seconds, outlook, own = min(first, key=lambda each: each[0])
    at = None if outlook == "midnight" else now + timedelta(seconds=float(seconds))
    reaches = max(min(used + per_second * max(seconds, ZERO), day.limit).quantize(ONE, ROUND_DOWN), used)
    return Pace(outlook, rate, waiting, reaches, day.limit - reaches, at, own)


def _why_still(day: Day, waiting: Waiting, rate: Rate) -> Outlook | None:
    """Why there is nothing to project; None where there is."""
    if day.breaker == "open":
        return "stopped"
    if not day.limit:
        return "zero"
    if not day.left:
        return "full"
    if not waiting.credits:
        return "stopped" if waiting.behind else "idle"
    return None if rate.hourly else "quiet"


def rate_of(now: datetime) -> Rate:
    """While credits are being reserved: since that began, within the last hour; else over the last hour.

    Of what still counts, yesterday's late ones with it.
    """
    counted = Entry.objects.filter(state__in=COUNTED, reserved_at__gt=now - HOUR - GAP, reserved_at__lte=now)
    lines = list(counted.order_by("-reserved_at").values_list("reserved_at", "credits", "spent"))
    since = _begun([at for at, _, _ in lines], now)
    credits = sum((asked if spent is None else spent for at, asked, spent in lines if at >= since), ZERO)
    seconds = max(now - since, LEAST).total_seconds()
    hourly = credits * Decimal(HOUR.total_seconds()) / Decimal(seconds)
    return Rate(hourly.quantize(ONE, ROUND_UP), max(round(seconds / 60), 1))


def _begun(moments: Sequence[datetime], now: datetime) -> datetime:
    """When what goes on now began, at most an hour ago; an hour ago where nothing does. The newest first."""
    if not moments or now - moments[0] > GAP:
        return now - HOUR
    begun = now
    for at in moments:
        if begun - at > GAP:
            break
        begun = at
    return max(begun, now - HOUR)


def waiting(room: Mapping[int, Decimal], stopped: Collection[int] = ()) -> Waiting:
    """What waits and would leave by itself; `room`: what each destination with its own limit has left today.

    Of such a destination only whole batches leave, until the first that does not fit; of a `stopped` one,
    none. A destination that waits for a person, and the rows after a trial, are not in it.
    """
    piles: dict[int, list[forecast.Pile]] = defaultdict(list)
    for pile in forecast.waiting(Scope(WORKSPACE)):
        piles[pile.destination].append(pile)
    rows, credits = 0, ZERO
    behind: dict[int, int] = {}
    for pk, lane in piles.items():
        here = sum(pile.rows for pile in lane)
        if pk in stopped:
            left, cost = 0, ZERO
        elif pk in room:
            leaving = forecast.leaving(lane, forecast.ENDLESS, {pk: room[pk]})
            left, cost = leaving.total, leaving.credits
        else:
            left, cost = here, sum((pile.credits for pile in lane), ZERO)
        rows, credits = rows + here, credits + cost
        if left < here:
            behind[pk] = here - left
    return Waiting(rows, credits, _behind(behind, room))


def _behind(rows: Mapping[int, int], room: Mapping[int, Decimal]) -> tuple[Behind, ...]:
    """With the names of their destinations; the most rows first."""
    if not rows:
        return ()
    names = named(destination_scope(pk) for pk in rows)
    most = sorted(rows, key=lambda pk: -rows[pk])
    return tuple(Behind(rows[pk], names[destination_scope(pk)], pk in room) for pk in most)
