"""A provider's last 24 hours and 30 days, from its hourly totals."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from clayops.base import charts
from clayops.base.wording import whole_percent
from providers.models import Provider, ProviderHour
from providers.recording import hour_of

HOUR = timedelta(hours=1)
HOURS, DAYS = 24, 30


@dataclass
class Sums:
    """Outcomes of a stretch of time, and what is known of their costs and times."""

    success: int = 0
    empty: int = 0
    error: int = 0
    credits: Decimal = Decimal(0)
    priced: int = 0
    timed: int = 0
    latency_ms: int = 0

    def add(self, hour: ProviderHour) -> None:
        for name in ("success", "empty", "error", "credits", "priced", "timed", "latency_ms"):
            setattr(self, name, getattr(self, name) + getattr(hour, name))

    @property
    def requests(self) -> int:
        return self.success + self.empty + self.error

    @property
    def success_rate(self) -> str:
        return whole_percent((self.success + self.empty) / self.requests) if self.requests else "–"

    @property
    def hit_rate(self) -> str:
        good = self.success + self.empty
        return whole_percent(self.success / good) if good else "–"

    @property
    def credits_per_hit(self) -> Decimal | None:
        """What all of those cost that tell, by the hits among them; None where no hit tells."""
        return (self.credits / self.priced).quantize(Decimal("0.01")) if self.priced else None

    @property
    def latency(self) -> float | None:
        """The mean, in milliseconds: totals know no median."""
        return self.latency_ms / self.timed if self.timed else None


@dataclass(frozen=True)
class Stretch:
    """One hour, or one day, of the drawing."""

    begins: datetime
    name: str
    label: str
    """Under the column, where there is room."""
    minor: bool
    sums: Sums
    column: charts.Column

    @property
    def title(self) -> str:
        sums = self.sums
        return f"{self.name}: {sums.success} success, {sums.empty} empty, {sums.error} error"


@dataclass(frozen=True)
class History:
    kind: str
    """`hours` or `days`."""
    each: list[Stretch]
    top: float
    total: Sums = field(default_factory=Sums)

    @property
    def used(self) -> list[Stretch]:
        """Newest first, without those in which nothing happened."""
        return [one for one in reversed(self.each) if one.sums.requests]

    @property
    def half(self) -> float:
        return self.top / 2


def last_hours(row: Provider, now: datetime) -> History:
    """24 hours up to the present one."""
    begins = [hour_of(now) - HOUR * back for back in reversed(range(HOURS))]
    return _history("hours", begins, _hours(row, begins[0]), hour_of, _hour_names)


def last_days(row: Provider, now: datetime) -> History:
    """30 days of the product's time zone up to today."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    begins = [_midnight(today, back) for back in reversed(range(DAYS))]
    return _history("days", begins, _hours(row, begins[0]), _midnight_of, _day_names)


def _hours(row: Provider, since: datetime) -> list[ProviderHour]:
    return list(row.hours.filter(hour__gte=since))


def _midnight(today: datetime, back: int) -> datetime:
    day = today.date() - timedelta(days=back)
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001  made aware here


def _midnight_of(at: datetime) -> datetime:
    return _midnight(timezone.localtime(at), 0)


def _hour_names(at: datetime) -> tuple[str, str, bool]:
    local = timezone.localtime(at)
    return f"{local:%a %H:%M}", f"{local:%H:%M}" if local.hour % 3 == 0 else "", local.hour % 6 != 0


def _day_names(at: datetime) -> tuple[str, str, bool]:
    local = timezone.localtime(at)
    shown = local.date().toordinal() % 5 == 0
    return f"{local:%a %-d %b}", f"{local:%-d %b}" if shown else "", local.date().toordinal() % 10 != 0


def _history(
    kind: str,
    begins: Sequence[datetime],
    hours: Iterable[ProviderHour],
    beginning_of: Callable[[datetime], datetime],
    names: Callable[[datetime], tuple[str, str, bool]],
) -> History:
    sums: dict[datetime, Sums] = defaultdict(Sums)
    total = Sums()
    for hour in hours:
        sums[beginning_of(hour.hour)].add(hour)
        total.add(hour)
    top = charts.round_top_of_count(max(sums[at].requests for at in begins))
    stacks = [_stack(sums[at]) for at in begins]
    columns = charts.columns(stacks, top)
    each = [Stretch(at, *names(at), sums[at], column) for at, column in zip(begins, columns, strict=True)]
    return History(kind, each, top, total)


def _stack(sums: Sums) -> list[tuple[str, float]]:
    """From the bottom: what found something, what found nothing, what failed."""
    return [(name, float(getattr(sums, name))) for name in ("success", "empty", "error")]
