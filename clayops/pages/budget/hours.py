"""A day hour by hour, by the hour in which credits were reserved.

Real hours from local midnight to local midnight: 23, 24 or 25 of them where clocks change, each named by what
the clock shows at its beginning.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from budget.day_lines import Line, Total
from clayops.base import charts
from clayops.base.wording import num
from clayops.pages.budget.ledger.filters import hours_of
from clayops.pages.frame.ledger_links import ledger


@dataclass(frozen=True)
class Hour:
    """One hour of a day and what was reserved in it."""

    index: int
    name: str
    """"14:00"; "02:00 CET" where the clock shows it twice."""
    until: str
    total: Total
    url: str
    column: charts.Column
    is_now: bool
    ahead: bool
    """It has not begun."""

    @property
    def label(self) -> str:
        """Under every third bar."""
        return "" if self.index % 3 or self.index == 24 else self.name[:5]

    @property
    def minor(self) -> bool:
        """Whether its label is left out where there is little room."""
        return self.index % 6 != 0

    @property
    def title(self) -> str:
        total = self.total
        held = f", {num(total.reserved)} reserved" if total.reserved else ""
        return f"{self.name} to {self.until}: {num(total.spent)} spent{held}"


@dataclass(frozen=True)
class Hours:
    """A day's hours and the scale they are drawn on."""

    each: list[Hour]
    top: float

    @property
    def used(self) -> list[Hour]:
        return [hour for hour in self.each if hour.total.lines]

    @property
    def half(self) -> float:
        return self.top / 2


def hours(day: date, lines: Iterable[Line], now: datetime) -> Hours:
    edges = [start for start, _ in hours_of(day)] + [hours_of(day)[-1][1]]
    totals = [Total() for _ in edges[1:]]
    for line in lines:
        totals[max(bisect_right(edges, line.reserved_at, hi=len(totals)) - 1, 0)].add(line)
    top = charts.round_top(max(float(total.used) for total in totals))
    stacks = [[("spent", float(total.spent)), ("reserved", float(total.reserved))] for total in totals]
    names = _names(edges)
    each = [
        Hour(
            index=index,
            name=names[index],
            until=names[index + 1],
            total=totals[index],
            url=ledger(day, hour=index),
            column=column,
            is_now=edges[index] <= now < edges[index + 1],
            ahead=edges[index] > now,
        )
        for index, column in enumerate(charts.columns(stacks, top))
    ]
    return Hours(each, top)


def _names(edges: list[datetime]) -> list[str]:
    """What the clock shows; with the name of the time where it shows the same twice."""
    local = [edge.astimezone(timezone.get_default_timezone()) for edge in edges]
    shown = [f"{each:%H:%M}" for each in local]
    twice = {text for text, count in Counter(shown[:-1]).items() if count > 1}
    return [
        f"{text} {each.tzname()}" if text in twice else text for text, each in zip(shown, local, strict=True)
    ]
