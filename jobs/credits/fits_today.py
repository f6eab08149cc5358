"""What of a draft fits into the credits that are left today, and when the rest goes.

All of it is an estimate: rows have a price by the destination only, and other jobs share the day.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from budget import breaker, limits
from budget.models import Breaker, Entry, EntryState
from budget.terms import HUNDREDTH, WORKSPACE, Limit, day_of, destination_scope, end_of
from jobs.models import Batch, Hold, Job, JobState

NEEDS_A_PERSON = (Hold.PAUSED, Hold.KEY_REJECTED, Hold.WEBHOOK_FULL)
"""Jobs behind such a hold ask for no credits today."""
ZERO = Decimal(0)


@dataclass(frozen=True)
class Room:
    """Where one limit stands today, in credits."""

    scope: str
    limit: Decimal
    standing: Decimal | None
    """The limit of the days after; None for no limit."""
    used: Decimal
    spoken: Decimal = ZERO
    """What other jobs that are under way still want of it."""
    jobs: int = 0
    """So many of them."""
    stopped: str = ""
    """Why nothing is reserved today at all, though there may be room."""
    by_clay: bool = False
    """It is Clay that has no credits: no other limit would help."""

    @property
    def is_own(self) -> bool:
        """Whether it is the destination's own limit."""
        return self.scope != WORKSPACE

    @property
    def left(self) -> Decimal:
        return max(self.limit - self.used, ZERO)

    @property
    def free(self) -> Decimal:
        """What is left, less what is spoken for."""
        return max(self.limit - self.used - self.spoken, ZERO)

    def lacks(self, cost: Decimal) -> Decimal:
        """By how much it has to be raised for `cost` credits, in whole credits."""
        missing = cost + self.used + self.spoken - self.limit
        return max(missing.to_integral_value(ROUND_CEILING), ZERO)

    def days_for(self, cost: Decimal, batch: Decimal) -> int | None:
        """Days from tomorrow on until `cost` credits more have been spent; None where they never are.

        `batch` is what one batch costs: it goes whole or not at all.
        """
        if self.standing is None or cost <= 0:
            return 0
        a_day = self.standing // batch * batch
        if a_day <= 0:
            return None
        others = self.spoken if self.stopped else max(self.spoken - self.left, ZERO)
        return int(((cost + others) / a_day).to_integral_value(ROUND_CEILING))


@dataclass(frozen=True)
class Short:
    """A limit that would have to be higher today for all rows to fit."""

    room: Room
    by: Decimal

    @property
    def to(self) -> Decimal:
        return self.room.limit + self.by


@dataclass(frozen=True)
class Fit:
    """So many rows of a draft, at a price, in batches, under these limits."""

    rows: int
    price: Decimal
    batch: int
    """Rows of its batches."""
    rooms: Sequence[Room]
    """The workspace's first."""
    day: date

    @property
    def tightest(self) -> Room:
        """The limit that leaves the least room."""
        return min(self.rooms, key=lambda room: (not room.stopped, room.free))

    @property
    def stopped(self) -> str:
        """Why nothing is sent today at all; empty where something may be."""
        return self.tightest.stopped

    @property
    def fits(self) -> int:
        """Rows that there are credits for today."""
        if self.stopped:
            return 0
        return min(self.rows, int(self.tightest.free // self.price)) if self.price else self.rows

    @property
    def today(self) -> int:
        """Rows that leave today when all are started: batches go whole or not at all."""
        return self.rows if self.fits == self.rows else self.fits // self.batch * self.batch

    @property
    def later(self) -> int:
        return self.rows - self.today

    @property
    def left_over(self) -> int:
        """Rows that there are no credits for today."""
        return self.rows - self.fits

    @property
    def lowest(self) -> Decimal:
        """The lowest limit of the days after."""
        return min((room.standing for room in self.rooms if room.standing is not None), default=ZERO)

    @property
    def row_is_too_much(self) -> bool:
        """Whether one row alone costs more than a day's limit."""
        return self.price > self.lowest

    @property
    def batch_cost(self) -> Decimal:
        return self.price * self.batch

    @property
    def days(self) -> int | None:
        """Days after today that the rest takes; 0 where all go today, None where they never do."""
        each = [room.days_for(self.later * self.price, self.batch_cost) for room in self.rooms]
        known = [days for days in each if days is not None]
        return max(known, default=0) if len(known) == len(each) else None

    @property
    def resets_at(self) -> datetime:
        return end_of(self.day)

    @property
    def last_leave_at(self) -> datetime | None:
        """When the day begins on which the last rows leave; None for today, and for never."""
        return end_of(self.day + timedelta(days=self.days - 1)) if self.days else None

    @property
    def short(self) -> list[Short]:
        """The limits to raise so that all rows fit today; none where that would not help."""
        if self.fits == self.rows or any(room.by_clay for room in self.rooms):
            return []
        each = [Short(room, room.lacks(self.rows * self.price)) for room in self.rooms]
        return [short for short in each if short.by]


@dataclass(frozen=True)
class _Want:
    """Credits that another job still wants."""

    destination: int
    credits: Decimal


def fit_of(job: Job) -> Fit:
    """How a draft that is checked would fit into today."""
    there, rows, day = job.destination, job.sendable_rows, day_of(timezone.now())
    wants = _wants(job)
    places = {there.pk, *(want.destination for want in wants)}
    found = limits.in_force([WORKSPACE, *map(destination_scope, places)], day)
    used = _used(day)
    everywhere = _capped(wants, found, used)
    rooms = [_room(WORKSPACE, found[WORKSPACE], sum(used.values(), ZERO), everywhere, day)]
    if found[there.scope].amount is not None:
        here = [want for want in wants if want.destination == there.pk]
        rooms.append(_room(there.scope, found[there.scope], used.get(there.pk, ZERO), here, day))
    return Fit(rows, there.credits_per_row, max(min(there.batch_size, rows), 1), rooms, day)


def _room(scope: str, limit: Limit, used: Decimal, wants: Sequence[_Want], day: date) -> Room:
    amount, stop = limit.amount or ZERO, breaker.of(scope)
    stopped = stop.holds(day, amount, amount - used)
    return Room(
        scope,
        amount,
        limit.standing,
        used,
        sum((want.credits for want in wants), ZERO),
        len(wants),
        stop.reason if stopped else "",
        stopped and stop.kind == Breaker.Kind.CLAY,
    )


def left_today(places: Collection[int]) -> dict[int, Decimal]:
    """Credits that destinations may still use today by their own limits; without those that have none."""
    day = day_of(timezone.now())
    return _own_left(places, limits.in_force([*map(destination_scope, places)], day), _used(day))


def _own_left(
    places: Collection[int], found: Mapping[str, Limit], used: Mapping[int | None, Decimal]
) -> dict[int, Decimal]:
    return {
        pk: max(limit - used.get(pk, ZERO), ZERO)
        for pk in places
        if (limit := found[destination_scope(pk)].amount) is not None
    }


def _used(day: date) -> dict[int | None, Decimal]:
    """Credits spent and reserved by destination; None for what the ledger has without one."""
    counted = Entry.objects.of(day).exclude(state=EntryState.PENDING).counted()
    sums = counted.order_by().values_list("destination").annotate(n=Sum(Coalesce("spent", "credits")))
    return {pk: credits.quantize(HUNDREDTH) for pk, credits in sums}  # SQLite adds in binary


def _capped(wants: Sequence[_Want], found: dict[str, Limit], used: dict[int | None, Decimal]) -> list[_Want]:
    """No more today than each destination's own limit lets it have."""
    left = _own_left({want.destination for want in wants}, found, used)
    capped = []
    for want in wants:
        credits = min(want.credits, left.get(want.destination, want.credits))
        if want.destination in left:
            left[want.destination] -= credits
        if credits:
            capped.append(_Want(want.destination, credits))
    return capped


def _wants(job: Job) -> list[_Want]:
    """Of jobs that take turns with this one or go before it, also of those that are still being stored."""
    others = _others(job)
    waiting = Batch.objects.to_send().filter(job__in=others.filter(state=JobState.RUNNING))
    by_job = waiting.order_by().values_list("job", "job__destination", "job__destination__credits_per_row")
    found = [_Want(there, price * rows) for _, there, price, rows in by_job.annotate(total=Sum("size"))]
    stored = others.filter(state=JobState.READY).select_related("destination")
    for each in stored.defer("findings", "unreadable"):
        rows = min(each.trial_rows or each.sendable_rows, each.sendable_rows)
        found.append(_Want(each.destination_id, each.destination.cost_of(rows)))
    return [want for want in found if want.credits]


def _others(job: Job) -> QuerySet[Job]:
    behind = Q(destination=job.destination_id, priority__lt=job.priority)
    stopped = Q(destination__hold__in=NEEDS_A_PERSON)
    return Job.objects.shown().exclude(behind | stopped | Q(pk=job.pk))
