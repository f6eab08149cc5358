"""What a run really cost: what its results tell, and the destination's price where they do not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from budget import credits as budget
from budget.credits import Basis
from budget.terms import HUNDREDTH
from jobs.models import Batch, Destination, Outcome, Row, RunState, Submission

MOST = Decimal(10_000)
"""A row that says it cost more says nonsense."""
SAMPLE = 500
"""A new price is suggested from so many rows that told theirs."""
RUNS = 200
"""Further back than so many runs nobody looks for them."""


def told(result: Mapping[str, Any], output: str) -> Decimal | None:
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
        credits = Decimal(str(value).strip()[:40])
        fits = credits.is_finite() and 0 <= credits <= MOST
        return credits.quantize(HUNDREDTH) if fits else None
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
    return budget.Purpose(
        destination=job.destination_id,
        job=job.pk,
        person=job.started_by_id or job.created_by_id,
        rows=rows,
        label=f"{job.name}, batch {batch.number}",
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


def _basis(submission: Submission) -> Basis:
    if not submission.reported:
        return Basis.ESTIMATED
    return Basis.REPORTED if submission.reported >= len(submission.row_ids) else Basis.PARTLY


# -- what a row costs, by what came back ----------------------------------------------------------
@dataclass(frozen=True)
class Told:
    """What the last rows of a destination said they cost."""

    rows: int
    average: Decimal
    """Credits a row, with two decimals."""
    highest: Decimal


def last_told(destination: Destination) -> Told | None:
    """From its last 500 rows that told it; None where none did."""
    found = _last_rows(destination)
    if not found:
        return None
    average = (sum(found, Decimal(0)) / len(found)).quantize(HUNDREDTH)
    return Told(len(found), average, max(found))


def _last_rows(destination: Destination) -> list[Decimal]:
    runs = Submission.objects.filter(destination=destination, reported__gt=0)
    runs = runs.filter(created_at__gte=destination.routine_since).order_by("-finished_at")
    wanted: list[int] = []
    told_by = 0
    for ids, reported in runs.values_list("row_ids", "reported")[:RUNS].iterator(chunk_size=50):
        wanted += ids
        told_by += reported
        if told_by >= SAMPLE:
            break
    rows = Row.objects.filter(pk__in=wanted, credits__isnull=False).order_by("-enriched_at", "-pk")
    return [credits for credits in rows.values_list("credits", flat=True)[:SAMPLE] if credits is not None]
