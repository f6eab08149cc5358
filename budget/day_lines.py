"""A day's lines of the ledger, read once: whatever a page adds up from them agrees with itself."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from budget.models import Entry, EntryState

COUNTED = (EntryState.RESERVED, EntryState.SETTLED)
"""What is pending is not promised yet, what was released counts nothing."""
ZERO = Decimal(0)


class Line(NamedTuple):
    """A reservation that counts; amounts in credits."""

    reserved_at: datetime
    state: str
    basis: str
    credits: Decimal
    paid: Decimal | None
    rows: int
    destination: int | None
    job: int | None
    person: int | None
    label: str

    @property
    def spent(self) -> Decimal:
        return self.paid or ZERO if self.state == EntryState.SETTLED else ZERO

    @property
    def reserved(self) -> Decimal:
        return self.credits if self.state == EntryState.RESERVED else ZERO

    @property
    def used(self) -> Decimal:
        """What it counts against the limit."""
        return self.spent + self.reserved


FIELDS = (
    "reserved_at",
    "state",
    "basis",
    "credits",
    "spent",
    "rows",
    "destination",
    "job",
    "person",
    "label",
)


def of_day(day: date) -> list[Line]:
    """All that count against the day."""
    found = Entry.objects.of(day).filter(state__in=COUNTED).order_by()
    return [Line(*each) for each in found.values_list(*FIELDS)]


class Total:
    """What some lines add up to; `estimated` for all of them, `expected` for those that are settled."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.lines = self.rows = self.open = 0
        self.estimated = self.expected = self.spent = self.reserved = ZERO
        for line in lines:
            self.add(line)

    def add(self, line: Line) -> None:
        self.lines += 1
        self.rows += line.rows
        self.spent += line.spent
        self.reserved += line.reserved
        self.estimated += line.credits
        if line.state == EntryState.SETTLED:
            self.expected += line.credits
        else:
            self.open += 1

    def __add__(self, other: "Total") -> "Total":
        both = Total()
        for name in vars(both):
            setattr(both, name, getattr(self, name) + getattr(other, name))
        return both

    @property
    def used(self) -> Decimal:
        return self.spent + self.reserved

    @property
    def more(self) -> Decimal:
        """Credits that the estimate of what is settled was too low by; below zero where it was too high."""
        return self.spent - self.expected

    @property
    def less(self) -> Decimal:
        return -self.more
