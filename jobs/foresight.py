"""What another limit would mean today: which jobs go on, which stop, how many rows, at most how many credits.

An estimate that follows what the lanes do: rows leave in whole batches, the jobs of a lane and the lanes take
turns, each destination keeps to its own limit, and the first batch that finds no room stops its lane (its
destination's limit) or all of them (the workspace's), as the breaker does.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, groupby, repeat

from django.db.models import Count, DecimalField, Q, QuerySet, Sum
from django.utils import timezone

from budget import breaker, limits
from budget.models import Breaker, Entry, EntryState
from budget.terms import WORKSPACE, Limit, day_of, destination_scope
from jobs.models import Batch, Hold, Job, JobState
from jobs.scopes import Scope

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
    def credits(self) -> Decimal:
        return self.price * self.rows


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
            used[name] = (used[name][0] + sums[0], used[name][1] + sums[1])
    return used


# -- what waits -----------------------------------------------------------------------------------
def waiting(scope: Scope) -> Iterator[Pile]:
    """What would leave if there were credits enough. A batch counts with the rows that it was cut with."""
    jobs = _jobs(scope).filter(destination__hold__in=["", Hold.BUDGET])
    found = {job.pk: job for job in jobs.select_related("destination")}
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
    return other.filter(batches__in=Batch.objects.to_send()).distinct().count()


# -- what leaves ----------------------------------------------------------------------------------
def leaving(piles: Iterable[Pile], room: Decimal, own: Rooms) -> Leaving:
    """Batch by batch, as the lanes would send them, until there is no room."""
    lanes = {pk: _in_turn(lane) for pk, lane in _grouped(piles, lambda pile: pile.destination)}
    rows: dict[int, int] = defaultdict(int)
    spent = Decimal(0)
    taken: dict[int, Decimal] = defaultdict(Decimal)
    while lanes:
        for destination, lane in list(lanes.items()):
            step = next(lane, None)
            if step is not None and spent + step.cost > room:
                return Leaving(rows, spent)
            if step is None or taken[destination] + step.cost > own.get(destination, ENDLESS):
                del lanes[destination]
                continue
            rows[step.job] += step.rows
            spent += step.cost
            taken[destination] += step.cost
    return Leaving(rows, spent)


@dataclass(frozen=True)
class _Step:
    """One batch in its turn."""

    job: int
    rows: int
    cost: Decimal


def _in_turn(lane: Iterable[Pile]) -> Iterator[_Step]:
    """The batches of a lane in their order: first by priority, then job by job in turns."""
    for _, piles in _grouped(lane, lambda pile: -pile.priority):
        queues = [_steps(pile) for pile in piles]
        while queues:
            for queue in list(queues):
                step = next(queue, None)
                if step is None:
                    queues.remove(queue)
                else:
                    yield step


def _steps(pile: Pile) -> Iterator[_Step]:
    sizes = chain.from_iterable(repeat(size, count) for size, count in pile.batches)
    return (_Step(pile.job, size, size * pile.price) for size in sizes)


def _grouped(piles: Iterable[Pile], by: Callable[[Pile], int]) -> list[tuple[int, list[Pile]]]:
    ordered = sorted(piles, key=lambda pile: (by(pile), pile.job))
    return [(value, list(group)) for value, group in groupby(ordered, key=by)]
