"""The words of the budget: scopes, days, amounts, and the refusal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_UP, Decimal
from typing import Literal

from django.utils import timezone

HUNDREDTH = Decimal("0.01")
LARGEST = Decimal(10) ** 10
"""Amounts stay below this: twelve digits, two of them decimals, are exact in a double of Lua's."""
WORKSPACE = ""
"""The name of the scope that every reservation counts against."""


@dataclass(frozen=True)
class Scope:
    """A limit that reservations count against: the workspace (`""`), or a name such as `destination:7`."""

    name: str
    limit: Decimal | None
    """Credits a day; None where the limit kept here (set by staff) is meant."""

    @classmethod
    def workspace(cls) -> "Scope":
        return cls(WORKSPACE, None)


@dataclass(frozen=True)
class Bound:
    """A scope with its limit looked up; `floor` is the room that its open breaker asks for."""

    name: str
    limit: Decimal
    floor: Decimal = Decimal(0)


@dataclass(frozen=True)
class Day:
    """Where a day stands, in credits."""

    day: date
    limit: Decimal
    spent: Decimal
    reserved: Decimal
    breaker: Literal["closed", "open"]
    reason: str
    since: datetime | None
    resets_at: datetime
    warning: bool
    """80 % of the limit, or more, are spent or reserved."""


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
        self.reason = reason or _sentence(scope, limit, spent, reserved, needs)
        super().__init__(self.reason)


def _sentence(scope: str, limit: Decimal, spent: Decimal, reserved: Decimal, needs: Decimal) -> str:
    whose = "The daily limit" if scope == WORKSPACE else "The destination's daily limit"
    return (
        f"{whose} of {shown(limit)} credits is reached: "
        f"{shown(spent)} spent, {shown(reserved)} reserved, this batch needs {shown(needs)}"
    )


def shown(credits: Decimal) -> str:
    """`5,000` or `12.50`: no decimals where there are none."""
    return f"{credits:,.0f}" if credits == credits.to_integral_value() else f"{credits:,.2f}"


def to_cents(credits: Decimal) -> int:
    """Hundredths of a credit, rounded up. Raises ValueError for what is no amount."""
    if not credits.is_finite() or not 0 <= credits < LARGEST:
        raise ValueError(f"{credits} is no amount of credits")
    return int((credits / HUNDREDTH).to_integral_value(ROUND_UP))


def from_cents(cents: int) -> Decimal:
    return Decimal(cents) * HUNDREDTH


def day_of(moment: datetime) -> date:
    """The calendar day in `TIME_ZONE` (whatever zone a page has activated)."""
    return moment.astimezone(timezone.get_default_timezone()).date()


def end_of(day: date) -> datetime:
    """The midnight on which the day turns."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=timezone.get_default_timezone())


def named(scopes: Iterable[Scope]) -> dict[str, Decimal | None]:
    """Each scope once, with its strictest limit; the workspace always counts, named or not."""
    found: dict[str, Decimal | None] = {WORKSPACE: None}
    for scope in scopes:
        before = found.get(scope.name)
        limits = [limit for limit in (before, scope.limit) if limit is not None]
        found[scope.name] = min(limits) if limits else None
    return found
