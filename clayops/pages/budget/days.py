"""Days beside each other: what each one used, the limit that was in force, and which ones reached it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Min, Sum
from django.urls import reverse
from django.utils import timezone

from budget.day_lines import COUNTED, ZERO
from budget.models import Breaker, BreakerEvent, Entry, EntryState, LimitChange
from budget.terms import HUNDREDTH, WORKSPACE, day_of, end_of
from clayops.base import charts
from clayops.base.wording import num

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
        return self._before(end_of(day), day, scope)

    def at(self, moment: datetime, scope: str = WORKSPACE) -> Decimal | None:
        """The one in force at that moment, whatever came later on the day."""
        return self._before(moment, day_of(moment), scope)

    def begins(self, scope: str = WORKSPACE) -> date | None:
        """The day of the first change; None where nobody ever made one."""
        changes = self._changes[scope]
        return day_of(changes[-1].at) if changes else None

    def _before(self, end: datetime, day: date, scope: str) -> Decimal | None:
        changes = self._changes[scope]
        for change in changes:
            if change.at < end and change.day in {None, day}:
                return change.new
        if changes:
            return changes[-1].old
        return Decimal(settings.DAILY_CREDIT_LIMIT) if scope == WORKSPACE else None


@dataclass(frozen=True)
class Stopped:
    """When a batch was refused on a day, and by which limit."""

    at: datetime
    limit: Decimal

    def __str__(self) -> str:
        return f"stopped at {num(self.limit)} at {timezone.localtime(self.at):%H:%M}, raised later"


@dataclass(frozen=True)
class DayUsed:
    """A day in the row of days."""

    day: date
    spent: Decimal
    reserved: Decimal
    limit: Decimal | None
    """The last one of the day; None before there was one to speak of."""
    mark: str
    """`stopped` (reached that limit), `warned` (passed a warning level of it) or empty."""
    column: charts.Column
    mark_at: str
    """Above which height the mark stands."""
    limit_at: str
    """Where its limit lies in the drawing; empty where that is above it."""
    label: str
    """The date, under the bars that have one."""
    minor: bool
    """Whether that is left out where there is little room."""
    before: Stopped | None = None
    """It reached a limit that was raised later on the day."""

    @property
    def used(self) -> Decimal:
        return self.spent + self.reserved

    @property
    def url(self) -> str:
        return reverse("budget-day", args=[self.day])

    @property
    def title(self) -> str:
        held = f", {num(self.reserved)} reserved" if self.reserved else ""
        of = "" if self.limit is None else f" of {num(self.limit)}"
        word = {"stopped": " · reached the limit", "warned": " · passed a warning level"}.get(self.mark, "")
        before = f" · {self.before}" if self.before else ""
        return f"{self.day:%a %-d %b}: {num(self.spent)} spent{held}{of}{word}{before}"


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
    """The days up to `last`, in four queries however many lines they have."""
    dates = [last - timedelta(days=back) for back in reversed(range(count))]
    sums, history = _sums(dates), LimitHistory([WORKSPACE])
    stops, begins = _stops(dates[0], history), min(_first_used() or last, history.begins() or last)
    limits = [(history.on(day) or ZERO) if day >= begins else None for day in dates]
    most = max((float(spent + held) for spent, held in sums.values()), default=0.0)
    top = _top(most, max((float(limit) for limit in limits if limit), default=0.0))
    stacks = [[("spent", float(sums[day][0])), ("reserved", float(sums[day][1]))] for day in dates]
    bars = charts.columns(stacks, top, filled=0.7)
    each = []
    for day, limit, column in zip(dates, limits, bars, strict=True):
        shown, used = limit is not None and limit <= top, sum(sums[day])
        stopped, before = _stopped(stops[day], limit or ZERO)
        each.append(
            DayUsed(
                day,
                *sums[day],
                limit,
                _mark(used, limit or ZERO, warn_levels, stopped=stopped),
                column,
                mark_at=charts.height_of(float(max(used, limit or ZERO) if shown else used), top),
                limit_at=charts.height_of(float(limit or ZERO), top) if shown else "",
                label=f"{day:%-d %b}" if _is_labelled(day, 2) else "",
                minor=not _is_labelled(day, 4),
                before=before,
            )
        )
    return Days(each, top, above=now if (now := limits[-1]) is not None and now > top else None)


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


def _first_used() -> date | None:
    first: date | None = Entry.objects.aggregate(first=Min("day"))["first"]
    return first


def _stops(first: date, history: LimitHistory) -> dict[date, list[Stopped]]:
    """When a batch was refused by the workspace's limit: the last one may not fit below it."""
    opened = BreakerEvent.objects.filter(
        scope=WORKSPACE,
        state=Breaker.State.OPEN,
        kind=Breaker.Kind.LIMIT,
        at__gte=end_of(first - timedelta(days=1)),
    )
    found: dict[date, list[Stopped]] = defaultdict(list)
    for at in opened.order_by("pk").values_list("at", flat=True):
        found[day_of(at)].append(Stopped(at, history.at(at) or ZERO))
    return found


def _stopped(stops: Sequence[Stopped], limit: Decimal) -> tuple[bool, Stopped | None]:
    """Whether the day's last limit refused a batch; else the stop at a lower one, before that was raised."""
    if not stops:
        return False, None
    if any(stop.limit >= limit for stop in stops):
        return True, None
    return False, stops[-1]


def _mark(used: Decimal | int, limit: Decimal, warn_levels: Sequence[int], *, stopped: bool) -> str:
    if stopped or (used and used >= limit):
        return "stopped"
    return "warned" if used and warn_levels and used * 100 >= limit * warn_levels[0] else ""


def _top(most: float, limit: float) -> float:
    above = limit > most * FAR_ABOVE and most > 0
    return charts.round_top(most if above else max(most, limit))
