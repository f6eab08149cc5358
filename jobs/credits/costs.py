"""What a run really cost: what its results tell, and the destination's price where they do not."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery, Sum, Window

from budget import credits as budget
from budget.credits import Basis
from budget.models import Entry, EntryState
from budget.terms import HUNDREDTH
from jobs.models import Batch, Destination, EventKind, Job, Outcome, Row, RunState, Submission

MOST = Decimal(10_000)
"""A row that says it cost more says nonsense."""
SAMPLE = 500
"""A new price is suggested from so many rows that told theirs."""
NEAR = Decimal("0.05")
"""A price within so much of what rows cost is good enough."""
AT_ONCE = 20_000
"""Ids in one question to the database."""


def reported_credits(result: Mapping[str, Any], output: str) -> Decimal | None:
    """The credits that a result says its row cost, by the output of that name.

    None where it does not say, or says nonsense: the routine's owner composes it, and it may hold anything.
    What its providers' attempts name is a part of the cost only (each enrichment has its own), so it is no
    answer here.
    """
    return amount(result.get(output)) if output else None


def amount(value: object) -> Decimal | None:
    """Credits out of a cell: a number, or a text of one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        credits = Decimal(value if isinstance(value, int) else str(value).strip())
        fits = credits.is_finite() and 0 <= credits <= MOST
        return abs(credits.quantize(HUNDREDTH)) if fits else None
    except InvalidOperation:
        return None


def of_run(submission: Submission, reported: Mapping[int, Decimal], failed: Iterable[int]) -> Decimal:
    """What a finished run cost: `reported` by row, `failed` the rows that Clay says failed.

    A failed row costs nothing where the destination says that Clay does not charge misses; a row that did
    not come back may have been charged, and counts.
    """
    rows = submission.row_ids
    price = submission.credits / len(rows)
    free = set() if submission.destination.charges_misses else set(failed)
    spent = sum((reported.get(pk, Decimal(0) if pk in free else price) for pk in rows), Decimal(0))
    return spent.quantize(HUNDREDTH)


def purpose_of(batch: Batch, rows: int) -> budget.Purpose:
    """What the ledger keeps about the credits of a batch."""
    job = batch.job
    retried = batch.whole.events.filter(kind=EventKind.RETRIED).first() if batch.is_retry else None
    return budget.Purpose(
        destination=job.destination_id,
        job=job.pk,
        person=retried.by_id if retried else job.started_by_id or job.created_by_id,
        rows=rows,
        label=f"{job.name}, batch {batch.number}{', a retry' if retried else ''}",
    )


def settle(submission: Submission) -> None:
    """Close its reservation with what is known by now; harmless when repeated. Nothing while it is out."""
    holder, spent = submission.holder, submission.spent
    if submission.outcome == Outcome.REFUSED:
        budget.release(holder)
    elif submission.run_state == RunState.FINISHED:
        budget.settle(holder, submission.credits if spent is None else spent, _basis(submission))
    elif submission.outcome == Outcome.UNKNOWN or submission.run_state == RunState.GIVEN_UP:
        budget.settle(holder, submission.credits, Basis.UNKNOWN)


def settle_what_is_known() -> None:
    """Correct what was unknown and is known since: a crash came between a late result and its credits."""
    unknown = Entry.objects.filter(state=EntryState.SETTLED, basis=Basis.UNKNOWN)
    for late in Submission.objects.filter(run_state=RunState.FINISHED, holder__in=unknown.values("holder")):
        settle(late)


def _basis(submission: Submission) -> Basis:
    if not submission.reported:
        return Basis.ESTIMATED
    return Basis.REPORTED if submission.reported >= len(submission.row_ids) else Basis.PARTLY


# -- what a row costs, by what came back ----------------------------------------------------------
@dataclass(frozen=True)
class Reported:
    """What the last rows of a destination said they cost."""

    rows: int
    average: Decimal
    """Credits a row, with two decimals."""
    highest: Decimal


def last_reported(destination: Destination) -> Reported | None:
    """From its last 500 rows that told it; None where none did."""
    return reported_by([destination]).get(destination.pk)


def reported_by(destinations: Iterable[Destination]) -> dict[int, Reported]:
    """The same for many, by their ids, in as many questions to the database as for one."""
    carried = _last_carried(destinations)
    ids, credits = list(carried), dict[int, Decimal | None]()
    for start in range(0, len(ids), AT_ONCE):
        rows = Row.objects.order_by().filter(pk__in=ids[start : start + AT_ONCE], credits__isnull=False)
        credits |= dict(rows.values_list("pk", "credits"))
    found: dict[int, list[Decimal]] = defaultdict(list)
    for pk, there in carried.items():
        if (said := credits.get(pk)) is not None:
            found[there].append(said)
    return {pk: _average_of(each[:SAMPLE]) for pk, each in found.items()}


def _average_of(credits: Sequence[Decimal]) -> Reported:
    average = (sum(credits, Decimal(0)) / len(credits)).quantize(HUNDREDTH)
    return Reported(len(credits), average, max(credits))


def _last_carried(destinations: Iterable[Destination]) -> dict[int, int]:
    """Rows of the last runs that told enough, each with its destination; of the newest run first."""
    telling = Submission.objects.filter(reported__gt=0)
    here = telling.filter(destination=OuterRef("pk"), created_at__gte=OuterRef("routine_since"))
    oldest = here.order_by("-finished_at").values("finished_at")[SAMPLE - 1 : SAMPLE]
    found = Destination.objects.filter(pk__in=[each.pk for each in destinations]).order_by()
    recent = Q(pk__in=[])
    for pk, since, edge in found.annotate(edge=Subquery(oldest)).values_list("pk", "routine_since", "edge"):
        recent |= Q(destination=pk, created_at__gte=since, **({"finished_at__gte": edge} if edge else {}))
    so_far = Window(Sum("reported"), partition_by="destination", order_by=["-finished_at", "-pk"])
    runs = telling.order_by().filter(recent).annotate(before=so_far - F("reported")).filter(before__lt=SAMPLE)
    newest_first = runs.order_by("-finished_at", "-pk").values_list("destination", "row_ids")
    return {pk: there for there, ids in newest_first for pk in ids}


@dataclass(frozen=True)
class Price:
    """A destination's estimate beside what its rows told."""

    estimate: Decimal
    reported: Reported | None

    @property
    def better(self) -> Decimal | None:
        """A new estimate, where the present one is off; never zero, with which no limit would hold."""
        if self.reported is None or not self.reported.average:
            return None
        off = abs(self.reported.average - self.estimate) > self.estimate * NEAR
        return self.reported.average if off else None


# -- what a job costs, by the ledger --------------------------------------------------------------
WORDS = {
    Basis.REPORTED: "reported",
    Basis.PARTLY: "partly reported",
    Basis.ESTIMATED: "estimated",
    Basis.UNKNOWN: "may have been charged",
    Basis.DECIDED: "decided by a person",
}


@dataclass(frozen=True)
class Part:
    """Credits spent, and how that is known."""

    credits: Decimal
    words: str


@dataclass(frozen=True)
class JobCredits:
    """Credits of a job: estimated for all its rows, spent, and reserved just now."""

    estimate: Decimal
    reserved: Decimal
    by_basis: dict[Basis, Decimal]
    """What was spent, by how it is known; without what is nothing."""

    @property
    def spent(self) -> Decimal:
        return sum(self.by_basis.values(), Decimal(0))

    @property
    def parts(self) -> list[Part]:
        """The same, to be read out."""
        return [Part(credits, WORDS[basis]) for basis, credits in self.by_basis.items()]

    @property
    def limit(self) -> Decimal:
        """What a bar of them is drawn against."""
        return self.estimate


def of_job(job: Job) -> JobCredits:
    """From the ledger, which knows what it cost also when its batches went out again."""
    entries = Entry.objects.filter(job=job.pk).order_by()
    sums = entries.values_list("state", "basis").annotate(out=Sum("credits"), spent=Sum("spent"))
    reserved, by_basis = Decimal(0), dict.fromkeys(WORDS, Decimal(0))
    for state, basis, out, spent in sums:
        if state == EntryState.RESERVED:
            reserved += out
        elif state == EntryState.SETTLED:
            by_basis[Basis(basis or Basis.ESTIMATED)] += spent or Decimal(0)
    # SQLite adds in binary
    exact = {basis: credits.quantize(HUNDREDTH) for basis, credits in by_basis.items()}
    known = {basis: credits for basis, credits in exact.items() if credits}
    return JobCredits(job.estimated_cost, reserved.quantize(HUNDREDTH), known)
