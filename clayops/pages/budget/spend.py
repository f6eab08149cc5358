"""What a day's credits were for: by destination, by job, by person, and how it is known what was spent."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter

from django.contrib.auth.models import User
from django.urls import reverse

from budget.day_lines import ZERO, Line, Total
from budget.models import Basis, EntryState
from clayops.base import charts
from clayops.pages.frame.ledger_links import NONE, ledger
from jobs.models import Destination, Job

SHOWN = 8
"""Parts that the budget page shows of each kind; the day's page shows all."""

BASES = {
    Basis.REPORTED: ("reported by Clay's results", "good"),
    Basis.PARTLY: ("partly reported, the rest estimated", "info"),
    Basis.ESTIMATED: ("estimated", "quiet"),
    Basis.DECIDED: ("decided by a person", "accent"),
    Basis.UNKNOWN: ("may have been charged", "warn"),
}
"""In words, and the tone they are drawn in; what is known best comes first."""
UNKNOWN = "Unknown"
BEFORE = "from before the ledger kept this"


@dataclass(frozen=True)
class Part:
    """What one destination, job or person used on a day."""

    kind: str
    key: int | None
    name: str
    total: Total
    day: date
    note: str = ""
    href: str = ""
    """Its own page; empty where it is gone."""
    limit: Decimal | None = None
    """A destination's own limit on that day."""

    @property
    def url(self) -> str:
        """Its lines in the ledger."""
        return self._ledger()

    @property
    def spent_url(self) -> str:
        return self._ledger(state=EntryState.SETTLED)

    @property
    def reserved_url(self) -> str:
        return self._ledger(state=EntryState.RESERVED)

    def _ledger(self, **only: object) -> str:
        return ledger(self.day, **{self.kind: NONE if self.key is None else self.key}, **only)

    @property
    def bar(self) -> list[charts.Box]:
        """How much of its own limit is used."""
        spent, reserved = float(self.total.spent), float(self.total.reserved)
        whole = max(float(self.limit or 0), spent + reserved)
        return charts.row([("spent", spent), ("reserved", reserved)], whole)


@dataclass(frozen=True)
class Parts:
    """The greatest parts of one kind, and what the `more` others add up to."""

    kind: str
    each: list[Part]
    more: int
    rest: Total

    @property
    def count(self) -> int:
        return len(self.each) + self.more


@dataclass(frozen=True)
class Known:
    """Spent credits of which the same is known."""

    words: str
    tone: str
    spent: Decimal
    url: str


@dataclass(frozen=True)
class Spend:
    """A day, taken apart in three ways; each adds up to `total`."""

    day: date
    total: Total
    destinations: Parts
    jobs: Parts
    people: Parts
    known: list[Known]

    @property
    def known_bar(self) -> list[charts.Box]:
        return charts.row([(each.tone, float(each.spent)) for each in self.known], float(self.total.spent))

    @property
    def url(self) -> str:
        return ledger(self.day)

    @property
    def spent_url(self) -> str:
        return ledger(self.day, state=EntryState.SETTLED)

    @property
    def reserved_url(self) -> str:
        return ledger(self.day, state=EntryState.RESERVED)


def spend(
    day: date, lines: Sequence[Line], limits: Mapping[int, Decimal], shown: int | None = SHOWN
) -> Spend:
    """`limits` are the destinations' own; of each kind so many parts are `shown` (None: all)."""
    return Spend(
        day,
        Total(lines),
        _destinations(day, lines, limits, shown),
        _jobs(day, lines, shown),
        _people(day, lines, shown),
        _known(day, lines),
    )


def used_by_destination(lines: Iterable[Line]) -> dict[int | None, Decimal]:
    """What counts against each destination's own limit."""
    return {key: total.used for key, total in _fold(lines, attrgetter("destination")).items()}


Key = int | None
Named = Callable[[Key, Total], Part]


def _destinations(
    day: date, lines: Sequence[Line], limits: Mapping[int, Decimal], shown: int | None
) -> Parts:
    totals = _fold(lines, attrgetter("destination"))
    there = dict(Destination.objects.filter(pk__in=_first(totals, shown)).values_list("pk", "name"))

    def named(pk: Key, total: Total) -> Part:
        if pk is None:
            return Part("destination", pk, UNKNOWN, total, day, BEFORE)
        if pk not in there:
            return Part("destination", pk, f"Destination {pk}", total, day, "deleted")
        href = reverse("destination-edit", args=[pk])
        return Part("destination", pk, there[pk], total, day, href=href, limit=limits.get(pk))

    return _parts("destination", totals, named, shown)


def _jobs(day: date, lines: Sequence[Line], shown: int | None) -> Parts:
    totals = _fold(lines, attrgetter("job"))
    wanted = _first(totals, shown)
    jobs = Job.objects.shown().filter(pk__in=wanted)
    there = {pk: (name, note) for pk, name, note in jobs.values_list("pk", "name", "destination__name")}
    labels = {line.job: line.label for line in lines}

    def named(pk: Key, total: Total) -> Part:
        if pk is None:
            return Part("job", pk, UNKNOWN, total, day, BEFORE)
        if pk not in there:
            kept = labels[pk].rpartition(", batch")[0] or labels[pk] or f"Job {pk}"
            return Part("job", pk, kept, total, day, "deleted")
        return Part("job", pk, there[pk][0], total, day, there[pk][1], reverse("job", args=[pk]))

    return _parts("job", totals, named, shown)


def _people(day: date, lines: Sequence[Line], shown: int | None) -> Parts:
    totals = _fold(lines, attrgetter("person"))
    there = dict(User.objects.filter(pk__in=_first(totals, shown)).values_list("pk", "username"))

    def named(pk: Key, total: Total) -> Part:
        if pk is None or pk not in there:
            return Part("person", pk, UNKNOWN, total, day, "from the shell, or an account that is gone")
        return Part("person", pk, there[pk], total, day)

    return _parts("person", totals, named, shown)


def _fold(lines: Iterable[Line], key: Callable[[Line], Key]) -> dict[Key, Total]:
    """What belongs together, the greatest first."""
    totals: dict[Key, Total] = {}
    for line in lines:
        totals.setdefault(key(line), Total()).add(line)
    return dict(sorted(totals.items(), key=lambda item: (-item[1].used, item[0] or 0)))


def _first(totals: Mapping[Key, Total], shown: int | None) -> list[int]:
    """The keys whose names are needed."""
    return [key for key in list(totals)[:shown] if key is not None]


def _parts(kind: str, totals: Mapping[Key, Total], named: Named, shown: int | None) -> Parts:
    found = list(totals.items())
    first, others = found[:shown], found[len(found[:shown]) :]
    rest = sum((total for _, total in others), Total())
    return Parts(kind, [named(key, total) for key, total in first], len(others), rest)


def _known(day: date, lines: Iterable[Line]) -> list[Known]:
    """What was spent, by how that is known; what is known best first."""
    spent: dict[str, Decimal] = {}
    for line in lines:
        if line.state == EntryState.SETTLED:
            spent[line.basis] = spent.get(line.basis, ZERO) + line.spent
    known = {basis: BASES[basis] for basis in BASES if basis in spent}
    return [
        Known(words, tone, spent[basis], ledger(day, basis=basis.value))
        for basis, (words, tone) in known.items()
    ]
