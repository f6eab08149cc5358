"""The last 100 outcomes of a provider, as a bar of cells and in words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from clayops.base.charts import Box, percent
from providers.terms import Entry, Outcome
from providers.windows import SIZE

HIGH = {Outcome.SUCCESS: 100.0, Outcome.ERROR: 62.0, Outcome.EMPTY: 30.0}
"""Percent of the bar: outcomes are told by their height, not by their colour alone."""
FILLED = 0.74
"""The part of a cell's slot that is drawn."""
LATEST = 12
WORDS = {Outcome.SUCCESS: "success", Outcome.EMPTY: "empty", Outcome.ERROR: "error"}


@dataclass(frozen=True)
class Run:
    """Outcomes beside each other that are the same."""

    outcome: str
    count: int


@dataclass(frozen=True)
class OneOutcome:
    """One outcome for people."""

    outcome: Outcome
    entry: Entry

    @property
    def at(self) -> datetime | None:
        """None where it came from a version that did not keep it."""
        return datetime.fromtimestamp(self.entry.at, UTC) if self.entry.at else None

    @property
    def seconds(self) -> float | None:
        return None if self.entry.latency_ms is None else self.entry.latency_ms / 1000


@dataclass(frozen=True)
class Bar:
    """Cells from left to right, the newest at the right edge."""

    cells: list[Box]
    merged: list[Box]
    """The same without gaps, one box for those beside each other that are alike: for a bar that is small."""
    entries: str
    """As `providers.terms.Entry` writes them, for the script that reads single cells out."""
    count: int
    summary: str
    runs: list[Run]
    """Newest first."""
    latest: list[OneOutcome]


def bar(entries: Sequence[Entry]) -> Bar:
    outcomes = [entry.outcome for entry in entries]
    first = SIZE - len(outcomes)
    return Bar(
        cells=[_box(first + place, outcome, FILLED) for place, outcome in enumerate(outcomes)],
        merged=[_box(first + place, outcome, count) for place, outcome, count in _stretches(outcomes)],
        entries=" ".join(map(str, entries)),
        count=len(outcomes),
        summary=summary(outcomes),
        runs=[Run(WORDS[outcome], count) for _, outcome, count in _stretches(outcomes[::-1])],
        latest=[OneOutcome(entry.outcome, entry) for entry in list(reversed(entries))[:LATEST]],
    )


def _stretches(outcomes: Iterable[Outcome]) -> Iterator[tuple[int, Outcome, int]]:
    """Where outcomes that are alike begin, and how many they are."""
    place = 0
    for outcome, same in groupby(outcomes):
        count = len(list(same))
        yield place, outcome, count
        place += count


def _box(place: int, outcome: Outcome, cells: float) -> Box:
    wide, high = 100 / SIZE, HIGH[outcome]
    return Box(
        WORDS[outcome], percent(place * wide), percent(100 - high), percent(wide * cells), percent(high)
    )


def summary(outcomes: Iterable[Outcome]) -> str:
    """ "38 success, 50 empty, 12 error"."""
    found = list(outcomes)
    if not found:
        return "no outcome yet"
    return ", ".join(f"{found.count(outcome)} {word}" for outcome, word in WORDS.items())
