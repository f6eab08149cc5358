"""The words of the budget: scopes, limits, days, amounts, and the refusal.

A scope is what a limit holds for, as a text: `""` for the workspace, or a name such as `destination:7`.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_UP, Decimal
from typing import Literal

from django.utils import timezone

from clayops.base.environment import MOST_CREDITS

HUNDREDTH = Decimal("0.01")
LARGEST = Decimal(10) ** 10
"""Amounts stay below this: twelve digits, two of them decimals, are exact in a double of Lua's."""
HIGHEST_LIMIT = Decimal(MOST_CREDITS)
WORKSPACE = ""
"""The name of the scope that every reservation counts against."""


def destination_scope(pk: int) -> str:
    """The scope of one destination's own limit."""
    return f"destination:{pk}"


@dataclass(frozen=True)
class Limit:
    """A scope's limit on a day, in credits; None for no limit."""

    amount: Decimal | None
    version: int
    """The change that put it in force; of two the higher one holds. 0 where nobody ever set one."""
    for_today: bool = False
    """It ends at midnight; `standing` holds from then on."""
    standing: Decimal | None = None


@dataclass(frozen=True)
class Bound:
    """A scope with its limit looked up; `floor` is the room that its open breaker asks for."""

    name: str
    limit: Limit
    floor: Decimal = Decimal(0)


@dataclass(frozen=True)
class Purpose:
    """What a reservation is for. The ledger keeps it for its readers; the budget gives it no meaning."""

    destination: int | None = None
    job: int | None = None
    person: int | None = None
    """The user whose credits they are."""
    rows: int = 0
    label: str = ""
    """What to call it when the things themselves are gone: "leads.csv, batch 3"."""


@dataclass(frozen=True)
class Day:
    """Where a scope stands on a day, in credits."""

    day: date
    limit: Decimal
    spent: Decimal
    reserved: Decimal
    breaker: Literal["closed", "open"]
    reason: str
    since: datetime | None
    resets_at: datetime
    warned_at: int | None
    """The highest warning level (percent of the limit) that is reached; None for none."""
    standing: Decimal
    """The limit of the days after; `limit` differs from it where there is one for today only."""
    for_today: bool

    @property
    def warning(self) -> bool:
        return self.warned_at is not None

    @property
    def left(self) -> Decimal:
        """Credits that can still be reserved."""
        return max(self.limit - self.spent - self.reserved, Decimal(0))


class Refused(Exception):
    """There is no room for a reservation; nothing was reserved. `reason` is a sentence for people."""

    def __init__(
        self,
        scope: str,
        limit: Decimal,
        spent: Decimal,
        reserved: Decimal,
        needs: Decimal,
        resets_at: datetime,
        reason: str = "",
    ) -> None:
        self.scope = scope
        self.limit = limit
        self.spent = spent
        self.reserved = reserved
        self.needs = needs
        self.resets_at = resets_at
        self.reason = reason or _sentence(scope, limit, needs)
        super().__init__(self.reason)


NO_CLAY_CREDITS = "Clay reports no credits left"
NEVER_FITS = ("This batch needs", "The daily limit is 0", "The destination's daily limit is 0")
"""How reasons begin that another day does not help against."""


def _sentence(scope: str, limit: Decimal, needs: Decimal) -> str:
    whose = "The daily limit" if scope == WORKSPACE else "The destination's daily limit"
    if not limit:
        return f"{whose} is 0: nothing is sent"
    if needs > limit:
        return f"This batch needs {shown(needs)} credits, {whose[0].lower()}{whose[1:]} is {shown(limit)}"
    return f"{whose} of {shown(limit)} credits is reached: a batch needs {shown(needs)}"


def shown(credits: Decimal) -> str:
    """`5,000` or `12.50`: no decimals where there are none."""
    return f"{credits:,.0f}" if credits == credits.to_integral_value() else f"{credits:,.2f}"


def to_cents(credits: Decimal) -> int:
    """Hundredths of a credit, rounded up. Raises ValueError for what is no amount."""
    if not credits.is_finite() or not 0 <= credits < LARGEST:
        raise ValueError(f"{credits} is no amount of credits")
    return int((credits / HUNDREDTH).to_integral_value(ROUND_UP))


def sum_to_cents(credits: Decimal) -> int:
    """Hundredths of a sum that the database made: SQLite adds in binary, a little beside it."""
    return int((credits / HUNDREDTH).to_integral_value())


def from_cents(cents: int) -> Decimal:
    return Decimal(cents) * HUNDREDTH


def day_of(moment: datetime) -> date:
    """The calendar day in `TIME_ZONE` (whatever zone a page has activated)."""
    return moment.astimezone(timezone.get_default_timezone()).date()


def end_of(day: date) -> datetime:
    """The midnight on which the day turns, in UTC: where clocks change, arithmetic is right there only."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, tzinfo=timezone.get_default_timezone())
    return midnight.astimezone(UTC)
