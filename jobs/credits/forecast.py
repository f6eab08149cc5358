"""What another limit would mean today: which jobs go on, which stop, how many rows, at most how many credits.

An estimate that follows what the lanes do: rows leave in whole batches, the jobs of a lane and the lanes take
turns, each destination keeps to its own limit, and the first batch that finds no room stops its lane (its
destination's limit) or all of them (the workspace's), as the breaker does.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.db.models import Count, DecimalField, Q, QuerySet, Sum
from django.utils import timezone

from budget import breaker, limits
from budget.models import Breaker, Entry, EntryState
from budget.terms import HUNDREDTH, WORKSPACE, Limit, day_of, destination_scope
from jobs.credits.scopes import Scope
from jobs.models import Batch, Hold, Job, JobState

ENDLESS = Decimal("Infinity")
Rooms = dict[int, Decimal]
"""Credits that each destination's own limit leaves today; none named: no limit of its own."""


@dataclass(frozen=True)
class Pile:
    """The batches of one job that wait."""

    job: int
    destination: int
    priority: int
    price: Decimal
    """Credits a row."""
    held: bool
    """The lane waits for credits."""
    batches: tuple[tuple[int, int], ...]
    """How many rows, and how many batches of that size; the largest first."""

    @property
    def rows(self) -> int:
        return sum(size * count for size, count in self.batches)

    @property
    def count(self) -> int:
        """How many batches."""
        return sum(count for _, count in self.batches)

    @property
    def credits(self) -> Decimal:
        return self.price * self.rows

    def first(self, batches: int) -> int:
        """Rows of the first so many of them."""
        rows = 0
        for size, count in self.batches:
            rows += size * min(count, batches)
            batches -= min(count, batches)
        return rows


@dataclass(frozen=True)
class Leaving:
    """Rows that leave today under a limit, by job, and what they are estimated to cost."""

    rows: Mapping[int, int]
    credits: Decimal

    @property
    def total(self) -> int:
        return sum(self.rows.values())


@dataclass(frozen=True)
class Meaning:
    """Today under the limit in force (`now`) and under another one (`then`); amounts in credits."""

    scope: Scope
    old: Limit
    new: Decimal | None
    spent: Decimal
    reserved: Decimal
    piles: tuple[Pile, ...]
    now: Leaving
    then: Leaving
    elsewhere: int
    """Jobs that wait for something else than credits, whatever the limit."""
    above: Decimal
    """Credits that the workspace's limit leaves today: a destination has no more, whatever its own."""
    clay_empty: bool
    """Clay itself reports no credits left: no limit of ours lets anything go on."""

    @property
    def used(self) -> Decimal:
        return self.spent + self.reserved

    @property
    def room(self) -> Decimal | None:
        """Credits that the new limit leaves today; negative below what is used, None for no limit."""
        return None if self.new is None else self.new - self.used

    @property
    def held(self) -> int:
        """Jobs that wait for credits now and go on."""
        return sum(pile.held for pile in self._further)

    @property
    def further(self) -> int:
        """Jobs that would run into the limit in force, and get further."""
        return len(self._further) - self.held

    @property
    def _further(self) -> list[Pile]:
        return [p for p in self.piles if self.then.rows.get(p.job, 0) > self.now.rows.get(p.job, 0)]

    @property
    def stopped(self) -> int:
        """Jobs of which fewer rows leave than under the limit in force."""
        return sum(self.then.rows.get(p.job, 0) < self.now.rows.get(p.job, 0) for p in self.piles)

    @property
    def more_rows(self) -> int:
        """Rows that go on; negative where rows stay that would have left."""
        return self.then.total - self.now.total

    @property
    def more_credits(self) -> Decimal:
        return self.then.credits - self.now.credits

    @property
    def waiting_rows(self) -> int:
        """Rows that want to leave, under whatever limit."""
        return sum(pile.rows for pile in self.piles)

    @property
    def waiting_credits(self) -> Decimal:
        return sum((pile.credits for pile in self.piles), Decimal(0))

    @property
    def left_behind(self) -> int:
        """Rows that stay for another day under the new limit."""
        return self.waiting_rows - self.then.total

    @property
    def enough(self) -> Decimal:
        """The limit under which all that waits may leave today, as far as this limit is concerned."""
        return self.used + self.waiting_credits


def meaning_of(new: Decimal | None, scope: Scope) -> Meaning:
    """What it means today to put this limit in force for `scope`."""
    day = day_of(timezone.now())
    piles = tuple(waiting(scope))
    names = {destination_scope(pile.destination) for pile in piles} | {WORKSPACE, scope.name}
    found = limits.in_force(names, day)
    used = used_today()
    stop = breaker.of()
    empty = stop.state == Breaker.State.OPEN and stop.kind == Breaker.Kind.CLAY and stop.day == day

    def under(changes: Mapping[str, Decimal | None]) -> Leaving:
        if empty:
            return Leaving({}, Decimal(0))
        amounts = {**{name: limit.amount for name, limit in found.items()}, **changes}
        room = {name: _room(amounts[name], used[name]) for name in names}
        own = {pile.destination: room[destination_scope(pile.destination)] for pile in piles}
        return leaving(piles, room[WORKSPACE], own)

    spent, reserved = used[scope.name]
    return Meaning(
        scope=scope,
        old=found[scope.name],
        new=new,
        spent=spent,
        reserved=reserved,
        piles=piles,
        now=under({}),
        then=under({scope.name: new}),
        elsewhere=_elsewhere(scope),
        above=_room(found[WORKSPACE].amount, used[WORKSPACE]),
        clay_empty=empty,
    )


def _room(limit: Decimal | None, used: tuple[Decimal, Decimal]) -> Decimal:
    return ENDLESS if limit is None else limit - used[0] - used[1]


def used_today() -> dict[str, tuple[Decimal, Decimal]]:
    """Credits spent and reserved today, from the ledger: by scope, each that was asked for."""
    amount = DecimalField(max_digits=20, decimal_places=2)
    spent = Sum("spent", filter=Q(state=EntryState.SETTLED), default=Decimal(0), output_field=amount)
    reserved = Sum("credits", filter=Q(state=EntryState.RESERVED), default=Decimal(0), output_field=amount)
    today = Entry.objects.of(day_of(timezone.now())).counted().order_by().values_list("destination")
    used: dict[str, tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for pk, *sums in today.annotate(spent_=spent, reserved_=reserved):
        for name in [WORKSPACE] if pk is None else [WORKSPACE, destination_scope(pk)]:
            spent_, reserved_ = (each.quantize(HUNDREDTH) for each in sums)  # SQLite adds in binary
            used[name] = (used[name][0] + spent_, used[name][1] + reserved_)
    return used


# -- what waits -----------------------------------------------------------------------------------
def waiting(scope: Scope) -> Iterator[Pile]:
    """What would leave if there were credits enough. A batch counts with the rows that it was cut with."""
    jobs = _jobs(scope).filter(destination__hold__in=["", Hold.BUDGET]).select_related("destination")
    found = {job.pk: job for job in jobs.defer("findings", "unreadable")}  # these may be long
    batches: dict[int, list[tuple[int, int]]] = defaultdict(list)
    running = [pk for pk, job in found.items() if job.state == JobState.RUNNING]
    sizes = Batch.objects.to_send().filter(job__in=running).order_by("-size").values_list("job", "size")
    for job, size, count in sizes.annotate(n=Count("pk")):
        batches[job].append((size, count))
    for job in found.values():
        cut = batches[job.pk] if job.state == JobState.RUNNING else _still_to_cut(job)
        if cut:
            held = job.state == JobState.RUNNING and job.destination.hold == Hold.BUDGET
            price = job.destination.credits_per_row
            yield Pile(job.pk, job.destination_id, job.priority, price, held, tuple(cut))


def _jobs(scope: Scope) -> QuerySet[Job]:
    jobs = Job.objects.filter(state__in=[JobState.READY, JobState.RUNNING])
    return jobs.filter(destination=scope.destination) if scope.destination else jobs


def _still_to_cut(job: Job) -> list[tuple[int, int]]:
    """The batches of a job whose rows are still being stored."""
    rows, size = job.trial_rows or job.sendable_rows, max(job.destination.batch_size, 1)
    return [(each, count) for each, count in ((size, rows // size), (rows % size, 1)) if each and count]


def _elsewhere(scope: Scope) -> int:
    other = _jobs(scope).exclude(destination__hold__in=["", Hold.BUDGET])
    return other.filter(batches__in=Batch.objects.to_send()).order_by().values("pk").distinct().count()


# -- what leaves ----------------------------------------------------------------------------------
def leaving(piles: Iterable[Pile], room: Decimal, own: Rooms) -> Leaving:
    """As the lanes would send them, a batch each and round by round, until there is no room.

    Rounds in which every lane has room are counted, not walked.
    """
    lanes = {pk: _Lane(tuple(lane)) for pk, lane in _grouped(piles, lambda pile: pile.destination)}
    going, batches = dict(lanes), dict.fromkeys(lanes, 0)

    def spent() -> Decimal:
        return sum((lane.cost(batches[pk]) for pk, lane in lanes.items()), Decimal(0))

    def fits(rounds: int) -> bool:
        costs = {pk: lane.cost(rounds) for pk, lane in going.items()}
        over = any(cost > own.get(pk, ENDLESS) for pk, cost in costs.items())
        return not over and before + sum(costs.values()) <= room

    rounds = 0
    while going:
        before = sum((lanes[pk].cost(batches[pk]) for pk in lanes.keys() - going.keys()), Decimal(0))
        rounds = _last(fits, rounds, max(lane.length for lane in going.values()))
        batches |= {pk: min(rounds, lane.length) for pk, lane in going.items()}
        going = {pk: lane for pk, lane in going.items() if lane.length > rounds}
        so_far = spent()
        for pk, lane in list(going.items()):  # the round in which not all of them have room
            then = lane.cost(rounds + 1)
            cost = then - lane.cost(rounds)
            if so_far + cost > room:
                going = {}
                break
            if then > own.get(pk, ENDLESS):
                del going[pk]
                continue
            so_far, batches[pk] = so_far + cost, rounds + 1
        rounds += 1
    rows = {job: n for pk, lane in lanes.items() for job, n in lane.rows(batches[pk]).items() if n}
    return Leaving(rows, spent())


def _last(true: Callable[[int], bool], low: int, high: int) -> int:
    """The highest number up to `high` for which it is true; `low` where it is true for none above."""
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if true(middle) else (low, middle - 1)
    return low


@dataclass(frozen=True)
class _Lane:
    """The batches of a destination in their order: first by priority, then job by job in turns."""

    piles: tuple[Pile, ...]

    @property
    def length(self) -> int:
        return sum(pile.count for pile in self.piles)

    def cost(self, batches: int) -> Decimal:
        """Credits of the first so many batches; of all where there are fewer."""
        rows = self.rows(batches)
        return sum((pile.price * rows.get(pile.job, 0) for pile in self.piles), Decimal(0))

    def rows(self, batches: int) -> dict[int, int]:
        """Their rows, by job."""
        found: dict[int, int] = {}
        for _, piles in _grouped(self.piles, lambda pile: -pile.priority):
            taken = _taken([pile.count for pile in piles], batches)
            batches -= sum(taken)
            found |= {pile.job: pile.first(n) for pile, n in zip(piles, taken, strict=True)}
        return found


def _taken(counts: Sequence[int], turns: int) -> list[int]:
    """How many of each are taken after so many turns, where each in its turn gives one while it has some."""
    each = _last(lambda n: sum(min(n, count) for count in counts) <= turns, 0, max(counts))
    taken = [min(each, count) for count in counts]
    left = turns - sum(taken)
    for index in [index for index, count in enumerate(counts) if count > each][:left]:
        taken[index] += 1
    return taken


def _grouped(piles: Iterable[Pile], by: Callable[[Pile], int]) -> list[tuple[int, list[Pile]]]:
    ordered = sorted(piles, key=lambda pile: (by(pile), pile.job))
    return [(value, list(group)) for value, group in groupby(ordered, key=by)]
