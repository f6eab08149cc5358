"""What results that came back tell about providers, read as a form says: one of them, and the last ones."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clayops.pages.frame.looks import Look, look
from jobs.models import Destination, Outcome, Row, RowState, Submission
from jobs.models.states import Means
from jobs.results import output_columns, provider_attempts
from jobs.results.provider_attempts import Reading, Reported
from providers.models import Provider
from providers.names import folded, label_of
from providers.terms import Attempt
from providers.terms import Outcome as Did
from providers.waterfall import Choice

LAST = 50
"""Results that are counted together."""
BROWSED = 20
"""Results that can be gone through."""
RUNS = 30


@dataclass(frozen=True)
class Sample:
    """A row with its result, and how it was sent."""

    row: Row
    choice: Choice
    place: int
    """Among the rows that were sent with it: 0, 1, 2 …"""

    @property
    def result(self) -> dict[str, Any]:
        return self.row.result if isinstance(self.row.result, dict) else {}

    def reported(self, how: Reading) -> Reported:
        return provider_attempts.reported(self.result, how, self.choice, self.place)


def last(destination: Destination) -> list[Sample]:
    """The newest results of the present routine, of the newest run first."""
    samples = list(_of_runs(destination))[:LAST]
    return samples or [Sample(row, Choice(), 0) for row in _rows(destination).order_by("-pk")[:LAST]]


def _rows(destination: Destination) -> Any:
    here = Row.objects.filter(job__destination=destination, job__deleted_at=None, state=RowState.ENRICHED)
    since = here.filter(enriched_at__gte=destination.routine_since, result__isnull=False)
    return since.select_related("job")


def _of_runs(destination: Destination) -> Iterator[Sample]:
    """By way of the runs that carried them: rows alone would have to be searched for, among a million."""
    runs = Submission.objects.filter(destination=destination, outcome=Outcome.ACCEPTED)
    runs = runs.filter(created_at__gte=destination.routine_since, batch__job__deleted_at=None)
    seen: set[int] = set()
    for run in runs.order_by("-pk").only("row_ids", "waterfall")[:RUNS]:
        if len(seen) >= LAST:
            return
        rows = {row.pk: row for row in _rows(destination).filter(pk__in=run.row_ids).order_by("number")}
        for place, pk in enumerate(run.row_ids):
            if pk in rows and pk not in seen:
                seen.add(pk)
                yield Sample(rows[pk], run.choice, place)


def of_row(destination: Destination, pk: int) -> Sample | None:
    """The row of that id; None where it is none of this destination's results."""
    row = _rows(destination).filter(pk=pk).first()
    if row is None:
        return None
    carried = row.carried_by()
    if not carried:
        return Sample(row, Choice(), 0)
    return Sample(row, carried[-1].choice, carried[-1].row_ids.index(row.pk))


# -- what the page shows --------------------------------------------------------------------------------
@dataclass(frozen=True)
class Given:
    """An output of the result, and what it is read as (empty where it is not read)."""

    name: str
    value: Any
    read_as: str


@dataclass(frozen=True)
class AttemptLine:
    """One provider's attempt, as the page shows it."""

    label: str
    attempt: Attempt

    @property
    def look(self) -> Look:
        return look("attempt", self.attempt.outcome.value)


@dataclass(frozen=True)
class Line:
    """How often one provider did what, in the last results."""

    label: str
    success: int
    empty: int
    error: int


@dataclass(frozen=True)
class Preview:
    """One result beside the mapping, and the last ones together."""

    sample: Sample | None
    how: Reading
    samples: Sequence[Sample]

    @cached_property
    def reported(self) -> Reported:
        return self.sample.reported(self.how) if self.sample else Reported()

    @cached_property
    def all_reported(self) -> list[Reported]:
        return [sample.reported(self.how) for sample in self.samples]

    # -- this result ------------------------------------------------------------------------------
    @property
    def outputs(self) -> list[Given]:
        read: dict[str, list[str]] = defaultdict(list)
        for path, word in _read_as(self.how):
            read[self._top(path)].append(word)
        return [Given(name, value, ", ".join(read[name])) for name, value in self._result.items()]

    @property
    def absent(self) -> list[str]:
        """What is read, and is not in this result."""
        return [path for path, _ in _read_as(self.how) if self._top(path) not in self._result]

    @property
    def is_odd(self) -> bool:
        """Whether the result has no outputs, but is not nothing either."""
        return self.sample is not None and not isinstance(self.sample.row.result, dict | None)

    @property
    def attempts(self) -> list[AttemptLine]:
        return [AttemptLine(self._label(each.provider), each) for each in self.reported.attempts]

    @property
    def _result(self) -> dict[str, Any]:
        return self.sample.result if self.sample else {}

    def _top(self, path: str) -> str:
        return path if path in self._result else next(iter(output_columns.keys(path)), path)

    # -- its neighbours ---------------------------------------------------------------------------
    @cached_property
    def _place(self) -> int | None:
        ids = [sample.row.pk for sample in self.samples[:BROWSED]]
        return ids.index(self.sample.row.pk) if self.sample and self.sample.row.pk in ids else None

    @property
    def newer(self) -> Row | None:
        if self._place is None:  # an old one, by its address: back to the newest
            return self.samples[0].row if self.samples else None
        return self.samples[self._place - 1].row if self._place else None

    @property
    def older(self) -> Row | None:
        if self._place is None or self._place + 1 >= len(self.samples[:BROWSED]):
            return None
        return self.samples[self._place + 1].row

    # -- the last ones together -------------------------------------------------------------------
    @property
    def telling(self) -> int:
        """How many of the last results told something."""
        return sum(bool(told.attempts) for told in self.all_reported)

    @property
    def silent(self) -> int:
        return len(self.all_reported) - self.telling

    @property
    def with_ignored(self) -> int:
        """How many hold something where an outcome should be, that is none."""
        return sum(bool(told.ignored) for told in self.all_reported)

    @property
    def lines(self) -> list[Line]:
        counted: dict[str, Counter[Did]] = defaultdict(Counter)
        for told in self.all_reported:
            for each in told.attempts:
                counted[folded(each.provider)][each.outcome] += 1
        return [
            Line(self._label(name), did[Did.SUCCESS], did[Did.EMPTY], did[Did.ERROR])
            for name, did in sorted(counted.items(), key=lambda one: -one[1].total())
        ]

    def _label(self, provider: str) -> str:
        return self._labels.get(folded(provider)) or label_of(provider)

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        """As people call them."""
        names = {
            folded(each.provider) for one in [self.reported, *self.all_reported] for each in one.attempts
        }
        return {row.name: row.label for row in Provider.objects.filter(name__in=names)}


def _read_as(how: Reading) -> Iterator[tuple[str, str]]:
    """Each path that is read, and as what."""
    if how.attempts_output:
        yield how.attempts_output, "list of attempts"
    for each in how.outputs:
        found = each["means"] == Means.FOUND
        yield each["output"], "who found it" if found else f"how {each['provider']} did"
