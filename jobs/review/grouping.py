"""Letters that match a filter, by cause: counted by the database, in few queries however many there are."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from jobs.models import NEEDS_A_PERSON, Cause, Charge
from jobs.models.deadletter import DeadLetterQuerySet
from jobs.review.advice import advice

DAYS = 14
MOST = 200
"""So many causes are listed; who has more narrows the filter."""


@dataclass
class Group:
    """A cause, and the letters of it that match."""

    cause: Cause
    first: datetime
    last: datetime
    """When the first of them was made, and when one failed last."""
    letters: int = 0
    rows: int = 0
    again: int = 0
    """Rows that a retry would send: those of letters that have their rows."""
    charged: dict[str, int] = field(default_factory=dict)
    """Letters by charge, without what is none."""
    days: list[int] = field(default_factory=lambda: [0] * DAYS)
    """Letters a day, today last."""

    @property
    def credits(self) -> Decimal:
        """What sending them again costs at most, as the destination's price is now."""
        return self.cause.destination.cost_of(self.again)

    @property
    def charges(self) -> list[str]:
        """The dearest first."""
        return [charge for charge in reversed(Charge.values) if charge in self.charged]

    @property
    def advice(self) -> str:
        return advice(self.cause.text, self.cause.http_status, self.charged)

    @property
    def bars(self) -> list[tuple[int, int, int]]:
        """Of a drawing 16 high: where each day's bar begins from the left and the top, and its height."""
        most = max(*self.days, 1)
        heights = [max(round(count / most * 16), 2) if count else 1 for count in self.days]
        return [(place * 5, 16 - height, height) for place, height in enumerate(heights)]

    @property
    def days_told(self) -> str:
        """The drawing in words."""
        recent = sum(self.days)
        if not recent:
            return f"No new letter in the last {DAYS} days"
        busiest = max(range(DAYS), key=lambda place: (self.days[place], place))
        ago = DAYS - 1 - busiest
        day = {0: "today", 1: "yesterday"}.get(ago, f"{ago} days ago")
        letters = "1 new letter" if recent == 1 else f"{recent:,} new letters"
        return f"{letters} in the last {DAYS} days, most of them {day}: {self.days[busiest]:,}"


@dataclass
class Groups:
    """Those with the most rows first, and what all of them come to."""

    shown: list[Group]
    causes: int
    letters: int
    rows: int
    credits: Decimal

    @property
    def more(self) -> int:
        """Causes that are not listed."""
        return self.causes - len(self.shown)


def grouped(letters: DeadLetterQuerySet) -> Groups:
    """In three queries."""
    found = sorted(_counted(letters), key=lambda group: (-group.rows, group.cause.pk))
    shown = found[:MOST]
    if shown:
        _add_days(letters, shown)
    return Groups(
        shown,
        len(found),
        sum(group.letters for group in found),
        sum(group.rows for group in found),
        sum((group.credits for group in found), Decimal(0)),
    )


def _counted(letters: DeadLetterQuerySet) -> Iterable[Group]:
    with_rows = Q(state__in=NEEDS_A_PERSON)
    parts = list(
        letters.order_by()
        .values("group", "charge")
        .annotate(
            letters=Count("pk"),
            all_rows=Sum("size"),
            again=Sum("size", filter=with_rows, default=0),
            first=Min("created_at"),
            last=Max("seen_at"),
        )
    )
    causes = Cause.objects.select_related("destination", "note_by")
    known = causes.in_bulk([part["group"] for part in parts])
    groups: dict[int, Group] = {}
    for part in parts:
        new = Group(known[part["group"]], part["first"], part["last"])
        group = groups.setdefault(part["group"], new)
        group.first, group.last = min(group.first, part["first"]), max(group.last, part["last"])
        group.letters += part["letters"]
        group.rows += part["all_rows"]
        group.again += part["again"]
        group.charged[part["charge"]] = part["letters"]
    return groups.values()


def _add_days(letters: DeadLetterQuerySet, groups: Iterable[Group]) -> None:
    by_cause = {group.cause.pk: group for group in groups}
    today = timezone.localdate()
    start = timezone.localtime() - timedelta(days=DAYS)
    recent = letters.filter(created_at__gt=start, group__in=by_cause).order_by()
    a_day = recent.annotate(day=TruncDate("created_at")).values("group", "day").annotate(n=Count("pk"))
    for pk, day, count in a_day.values_list("group", "day", "n"):
        place = _place(day, today)
        if 0 <= place < DAYS:
            by_cause[pk].days[place] = count


def _place(day: date, today: date) -> int:
    return DAYS - 1 - (today - day).days
