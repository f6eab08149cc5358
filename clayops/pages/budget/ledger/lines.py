"""The ledger's lines as pages show them, and their sums."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, IntegerField, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from budget.models import Basis, Entry, EntryState
from budget.models.ledger import EntryQuerySet
from budget.steering.corrections import may_be_decided
from budget.terms import HUNDREDTH
from jobs.models import Job

_COUNTS = Q(state__in=[EntryState.RESERVED, EntryState.SETTLED])
_UNKNOWN = Q(state=EntryState.SETTLED, basis=Basis.UNKNOWN)


@dataclass(frozen=True)
class Sums:
    """Over all lines of a filter, in credits; what was released, or is not reserved yet, does not count."""

    lines: int
    rows: int
    estimated: Decimal
    """What was set aside at first."""
    spent: Decimal
    reserved: Decimal
    """What is set aside now."""
    released: int
    pending: int
    unknown: int
    """Lines of which nobody knows whether Clay charged them."""
    unknown_credits: Decimal


def sums_of(found: EntryQuerySet) -> Sums:
    """In one query."""
    parts = {
        "lines": Count("pk", filter=_COUNTS),
        "rows": Coalesce(Sum("rows", filter=_COUNTS), 0, output_field=IntegerField()),
        "estimated": _sum("credits", _COUNTS),
        "spent": _sum("spent", Q(state=EntryState.SETTLED)),
        "reserved": _sum("credits", Q(state=EntryState.RESERVED)),
        "released": Count("pk", filter=Q(state=EntryState.RELEASED)),
        "pending": Count("pk", filter=Q(state=EntryState.PENDING)),
        "unknown": Count("pk", filter=_UNKNOWN),
        "unknown_credits": _sum("spent", _UNKNOWN),
    }
    found_sums = found.aggregate(**{f"sum_{name}": part for name, part in parts.items()})
    exact = {name: _exact(found_sums[f"sum_{name}"]) for name in parts}
    return Sums(**exact)


def _exact(value: Any) -> Any:
    """SQLite adds decimals in binary."""
    return value.quantize(HUNDREDTH) if isinstance(value, Decimal) else value


def _sum(field: str, only: Q) -> Coalesce:
    exact: DecimalField[Decimal, Decimal] = DecimalField(max_digits=20, decimal_places=2)
    return Coalesce(Sum(field, filter=only), Value(Decimal(0)), output_field=exact)


@dataclass(frozen=True)
class Line:
    """One line with the names of what it knows by number."""

    entry: Entry
    destination: str
    job_address: str
    """The list of its job's batches; empty where the job is gone."""

    @property
    def label(self) -> str:
        return self.entry.label or self.entry.holder

    @property
    def counts(self) -> bool:
        return self.entry.state in (EntryState.RESERVED, EntryState.SETTLED)

    @property
    def job_deleted(self) -> bool:
        return bool(self.entry.job) and not self.job_address

    @property
    def reserved(self) -> Decimal | None:
        """What is set aside now; None where nothing is."""
        return self.entry.credits if self.entry.state == EntryState.RESERVED else None

    @property
    def difference(self) -> Decimal:
        """How much more was spent than was set aside; negative for less."""
        spent = self.entry.spent
        return Decimal(0) if spent is None else spent - self.entry.credits

    @property
    def may_be_decided(self) -> bool:
        return may_be_decided(self.entry)


def lines_of(entries: Iterable[Entry], destinations: Mapping[int, str]) -> list[Line]:
    """With one query for the jobs of all of them."""
    entries = list(entries)
    wanted = {entry.job for entry in entries if entry.job}
    jobs = set(Job.objects.shown().filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    return [
        Line(
            entry,
            name_of(entry.destination, destinations),
            reverse("job-batches", args=[entry.job]) if entry.job in jobs else "",
        )
        for entry in entries
    ]


def name_of(destination: int | None, names: Mapping[int, str]) -> str:
    """A destination that is gone keeps its number."""
    return "" if destination is None else names.get(destination, f"destination {destination}")
