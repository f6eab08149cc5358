"""How the amount of a line came about, in words."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from budget.models import Basis, Entry, EntryState
from clayops.base.wording import num, plural
from jobs.models import Row, RunState, Submission

MOST_AMOUNTS = 3
"""Of more different amounts than these only the sum is told."""


@dataclass(frozen=True)
class Cost:
    """Sentences that add up to the amount, and the rows that told their credits."""

    words: list[str]
    rows: list[Row] = field(default_factory=list)


def cost_of(entry: Entry, submission: Submission | None) -> Cost:
    """`47 rows told 2.30 credits each`, `3 rows × 2 estimated`."""
    if entry.state == EntryState.PENDING:
        return Cost(["It is being reserved at this moment, and not counted yet."])
    if entry.state == EntryState.RESERVED:
        return Cost([f"{_estimate(entry)}: set aside until it is known what became of the batch."])
    if entry.state == EntryState.RELEASED:
        return Cost([f"{_estimate(entry)}, given back: Clay surely did not charge them."])
    if entry.basis == Basis.UNKNOWN:
        return Cost(
            [f"{_estimate(entry)}. Nobody knows whether Clay charged them; until decided, all count."]
        )
    if entry.basis == Basis.DECIDED:
        return Cost([_decided(entry)])
    if submission is None or submission.run_state != RunState.FINISHED:
        return Cost([_without_rows(entry)])
    rows = _rows_that_told(submission)
    told = sum((row.credits or Decimal(0) for row in rows), Decimal(0))
    words = [*_told(rows), *_rest(entry, submission, len(rows), told)]
    return Cost(words, rows) if words else Cost([_without_rows(entry)])


def _estimate(entry: Entry) -> str:
    if not entry.rows:
        return f"{num(entry.credits)} credits, estimated"
    return f"{plural(entry.rows, 'row,rows')} × {num(entry.credits / entry.rows)} credits, estimated"


def _decided(entry: Entry) -> str:
    last = entry.corrections.select_related("by").first()
    who = last.by.get_username() if last and last.by else "A person"
    if not entry.spent:
        return f"{who} decided: Clay did not charge it. None of the {num(entry.credits)} credits count."
    share = "all" if entry.spent == entry.credits else f"{num(entry.spent)} of the"
    return f"{who} decided: Clay charged {share} {num(entry.credits)} credits."


def _without_rows(entry: Entry) -> str:
    """What the ledger alone can say: the rows are gone, or came home otherwise."""
    if entry.basis == Basis.ESTIMATED and entry.spent == entry.credits:
        return f"{_estimate(entry)}: Clay did not tell what they cost."
    if entry.basis == Basis.ESTIMATED:
        return f"{num(entry.spent)} of {num(entry.credits)} credits, estimated; rows that failed were free."
    part = "All" if entry.basis == Basis.REPORTED else "Some"
    return f"{part} of its {plural(entry.rows, 'row,rows')} told their credits: {num(entry.spent)} in all."


def _rows_that_told(submission: Submission) -> list[Row]:
    """Empty where these rows told it to another attempt as well: then which is whose is not known."""
    found = Row.objects.filter(pk__in=submission.row_ids, credits__isnull=False).select_related("job")
    rows = list(found.order_by("number"))
    return rows if len(rows) == submission.reported else []


def _told(rows: list[Row]) -> Iterator[str]:
    amounts = Counter(row.credits for row in rows if row.credits is not None)
    if len(amounts) > MOST_AMOUNTS:
        low, high, total = min(amounts), max(amounts), sum((row.credits or 0 for row in rows), Decimal(0))
        yield f"{plural(len(rows), 'row,rows')} told {num(low)} to {num(high)} credits, {num(total)} together"
        return
    for amount, count in sorted(amounts.items(), reverse=True):
        yield f"{plural(count, 'row,rows')} told {num(amount)} credits{' each' if count > 1 else ''}"


def _rest(entry: Entry, submission: Submission, told_by: int, told: Decimal) -> Iterator[str]:
    """Rows that did not tell: at the price, or free; nothing where that does not explain the amount."""
    silent = len(submission.row_ids) - told_by
    price = submission.credits / len(submission.row_ids)
    rest = (entry.spent or Decimal(0)) - told
    paid = int(rest / price) if price else silent
    if not silent or not 0 <= paid <= silent or paid * price != rest:
        return
    if paid:
        yield f"{plural(paid, 'row,rows')} × {num(price)} credits, estimated: Clay did not tell"
    if silent > paid:
        yield f"{plural(silent - paid, 'row,rows')} failed at Clay, which does not charge misses here: 0"
