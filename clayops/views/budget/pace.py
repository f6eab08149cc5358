"""Where the day is going: the rate of the last 60 minutes against what waits, the limit and midnight."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Literal

from budget.models import Entry
from budget.terms import WORKSPACE, Day
from clayops.views.budget.counted import COUNTED, ZERO
from jobs import foresight
from jobs.scopes import Scope

ONE = Decimal(1)
WINDOW = timedelta(minutes=60)

Outlook = Literal["stopped", "zero", "full", "idle", "quiet", "limit", "done", "midnight"]
"""What comes first: nothing goes on now, or the limit, the last waiting row, the new day."""


@dataclass(frozen=True)
class Waiting:
    """Rows of running jobs that have not been sent, and what they would cost at most today."""

    rows: int
    credits: Decimal


@dataclass(frozen=True)
class Pace:
    """The day's projection, in credits."""

    outlook: Outlook
    rate: Decimal
    """Credits that were reserved in the last 60 minutes: credits an hour."""
    waiting: Waiting
    reaches: Decimal
    """What the day will have used when it resets."""
    short: Decimal = ZERO
    """What is then left below the limit."""
    at: datetime | None = None
    """When the limit is hit, or the last waiting row is sent."""


def pace(day: Day, waiting: Waiting, rate: Decimal, now: datetime) -> Pace:
    """What happens first at this rate. Never more than what waits, never more than the limit."""
    used = day.spent + day.reserved
    still = _why_still(day, waiting, rate)
    if still:
        return Pace(still, rate, waiting, used)
    per_second = rate / Decimal(WINDOW.total_seconds())
    first: list[tuple[Decimal, Outlook]] = [
        (day.left / per_second, "limit"),
        (waiting.credits / per_second, "done"),
        (Decimal((day.resets_at - now).total_seconds()), "midnight"),
    ]
    seconds, outlook = min(first, key=lambda each: each[0])
    at = None if outlook == "midnight" else now + timedelta(seconds=float(seconds))
    reaches = max(min(used + per_second * max(seconds, ZERO), day.limit).quantize(ONE, ROUND_DOWN), used)
    return Pace(outlook, rate, waiting, reaches, day.limit - reaches, at)


def _why_still(day: Day, waiting: Waiting, rate: Decimal) -> Outlook | None:
    """Why there is nothing to project; None where there is."""
    if day.breaker == "open":
        return "stopped"
    if not day.limit:
        return "zero"
    if not day.left:
        return "full"
    if not waiting.credits:
        return "idle"
    return None if rate else "quiet"


def rate_of(now: datetime) -> Decimal:
    """Credits reserved in the last 60 minutes that still count, yesterday's late ones with them."""
    recent = Entry.objects.filter(state__in=COUNTED, reserved_at__gt=now - WINDOW, reserved_at__lte=now)
    return sum(
        (credits if spent is None else spent for credits, spent in recent.values_list("credits", "spent")),
        ZERO,
    )


def waiting(room: Mapping[int, Decimal]) -> Waiting:
    """What waits and would leave by itself; `room`: what each destination with its own limit has left today.

    A destination that waits for a person, and the rows after a trial, are not in it.
    """
    rows, cost = 0, dict[int, Decimal]()
    for pile in foresight.waiting(Scope(WORKSPACE)):
        rows += pile.rows
        cost[pile.destination] = cost.get(pile.destination, ZERO) + pile.credits
    return Waiting(rows, sum((min(credits, room.get(pk, credits)) for pk, credits in cost.items()), ZERO))
