"""Days beside each other: what each one used, the limit that was in force, and which ones reached it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Sum
from django.urls import reverse

from budget.models import Breaker, BreakerEvent, Entry, EntryState, LimitChange
from budget.terms import HUNDREDTH, WORKSPACE, day_of, end_of
from clayops import charts
from clayops.templatetags.look import num
from clayops.views.budget.counted import COUNTED, ZERO

SHOWN = 90
FAR_ABOVE = 5
"""A limit so many times what was ever used would press all bars flat: the scale ends below it."""


class LimitHistory:
    """Which limit was in force on which day, from the record of the changes.

    On a day it is the newest change that was made before the day ended and is a standing one or for that day.
    """

    def __init__(self, scopes: Iterable[str]) -> None:
        self._changes: dict[str, list[LimitChange]] = defaultdict(list)
        for change in LimitChange.objects.filter(scope__in=set(scopes)).order_by("-pk"):
            self._changes[change.scope].append(change)

    def on(self, day: date, scope: str = WORKSPACE) -> Decimal | None:
        """In credits; the last one of the day where it was changed; None for no limit."""
        changes, end = self._changes[scope], end_of(day)
        for change in changes:
            if change.at < end and change.day in {None, day}:
                return change.new
        if changes:
            return changes[-1].old
        return Decimal(settings.DAILY_CREDIT_LIMIT) if scope == WORKSPACE else None


@dataclass(frozen=True)
class DayUsed:
    """A day in the row of days."""

    day: date
    spent: Decimal
    reserved: Decimal
    limit: Decimal
    mark: str
    """`stopped` (reached the limit), `warned` (passed a warning level) or empty."""
    column: charts.Column
    mark_at: str
    """Above which height the mark stands."""
    limit_at: str
    """Where its limit lies in the drawing; empty where that is above it."""
    label: str
    """The date, under the bars that have one."""
    minor: bool
    """Whether that is left out where there is little room."""

    @property
    def used(self) -> Decimal:
        return self.spent + self.reserved

    @property
    def url(self) -> str:
        return reverse("budget-day", args=[self.day])

    @property
    def title(self) -> str:
        held = f", {num(self.reserved)} reserved" if self.reserved else ""
        word = {"stopped": " · reached the limit", "warned": " · passed a warning level"}.get(self.mark, "")
        return f"{self.day:%a %-d %b}: {num(self.spent)} spent{held} of {num(self.limit)}{word}"


@dataclass(frozen=True)
class Days:
    each: list[DayUsed]
    top: float
    above: Decimal | None
    """The limit of the last day, where it lies above the drawing."""

    @property
    def used(self) -> list[DayUsed]:
        """Newest first."""
        return [day for day in reversed(self.each) if day.used]

    @property
    def stopped(self) -> int:
        return sum(day.mark == "stopped" for day in self.each)

    @property
    def warned(self) -> int:
        return sum(day.mark == "warned" for day in self.each)

    @property
    def spent(self) -> Decimal:
        return sum((day.spent for day in self.each), ZERO)

    @property
    def half(self) -> float:
        return self.top / 2


def days(last: date, warn_levels: Sequence[int], count: int = SHOWN) -> Days:
    """The days up to `last`, in three queries however many lines they have."""
    dates = [last - timedelta(days=back) for back in reversed(range(count))]
    sums, history, stopped = _sums(dates), LimitHistory([WORKSPACE]), _stopped(dates[0])
    limits = [history.on(day) or ZERO for day in dates]
    top = _top(max((float(spent + held) for spent, held in sums.values()), default=0.0), float(max(limits)))
    stacks = [[("spent", float(sums[day][0])), ("reserved", float(sums[day][1]))] for day in dates]
    bars = charts.columns(stacks, top, filled=0.7)
    each = []
    for day, limit, column in zip(dates, limits, bars, strict=True):
        shown, used = limit <= top, sum(sums[day])
        each.append(
            DayUsed(
                day,
                *sums[day],
                limit,
                _mark(used, limit, warn_levels, stopped=day in stopped),
                column,
                mark_at=charts.height_of(float(max(used, limit) if shown else used), top),
                limit_at=charts.height_of(float(limit), top) if shown else "",
                label=f"{day:%-d %b}" if _is_labelled(day, 2) else "",
                minor=not _is_labelled(day, 4),
            )
        )
    return Days(each, top, above=limits[-1] if limits[-1] > top else None)


def _is_labelled(day: date, weeks: int) -> bool:
    """Whether it is the Monday of every second, third … week."""
    return day.weekday() == 0 and day.toordinal() // 7 % weeks == 0


def _sums(dates: Sequence[date]) -> dict[date, tuple[Decimal, Decimal]]:
    """Spent and reserved by day, in one query. SQLite adds floats up: rounded to what they are."""
    found: dict[date, tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
    lines = Entry.objects.filter(day__gte=dates[0], day__lte=dates[-1], state__in=COUNTED).order_by()
    grouped = lines.values_list("day", "state").annotate(Sum("spent"), Sum("credits"))
    for day, state, paid, asked in grouped:
        spent, held = found[day]
        if state == EntryState.SETTLED:
            spent = (paid or ZERO).quantize(HUNDREDTH)
        else:
            held = asked.quantize(HUNDREDTH)
        found[day] = spent, held
    return found


def _stopped(first: date) -> set[date]:
    """Days on which a batch was refused by the workspace's limit: the last one may not fit below it."""
    opened = BreakerEvent.objects.filter(
        scope=WORKSPACE,
        state=Breaker.State.OPEN,
        kind=Breaker.Kind.LIMIT,
        at__gte=end_of(first - timedelta(days=1)),
    )
    return {day_of(at) for at in opened.values_list("at", flat=True)}


def _mark(used: Decimal | int, limit: Decimal, warn_levels: Sequence[int], *, stopped: bool) -> str:
    if stopped or (used and used >= limit):
        return "stopped"
    return "warned" if used and warn_levels and used * 100 >= limit * warn_levels[0] else ""


def _top(most: float, limit: float) -> float:
    above = limit > most * FAR_ABOVE and most > 0
    return charts.round_top(most if above else max(most, limit))
