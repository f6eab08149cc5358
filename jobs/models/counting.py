"""Rows by state, of a few jobs at once.

In a list that is made anew every two seconds a job of a million rows must not cost more than a small one:
what waits is added up from its batches, and what is in no other state is enriched.
"""

from collections import defaultdict
from collections.abc import Collection

from django.apps import apps
from django.db.models import CharField, Count, Q, QuerySet, Sum, Value

from jobs.models.destination import Kind
from jobs.models.row import Batch, BatchState, Row, RowState

LARGE = 10_000
"""Rows from which on a job of a list is not counted row by row."""
FEW = (RowState.SENDING, RowState.IN_FLIGHT, RowState.DEAD, RowState.DISCARDED, RowState.SKIPPED)
_STORED = "stored"

Counts = dict[int, dict[str, int]]


def exact(jobs: Collection[int]) -> Counts:
    """Each row counted, by job and state, in one query."""
    found: Counts = defaultdict(dict)
    for pk, state, count in _by_state(Row.objects.order_by().filter(job__in=jobs)):
        found[pk][state] = count
    return found


def quick(jobs: Collection[int]) -> Counts:
    """The same for large jobs, in one statement, so that all is of one moment.

    A batch that waits has `size` rows that wait, as nothing happens to some of them alone. But a late result
    may take a row out of a retry, and a table's webhook may have taken some: there rows are counted.
    """
    if not jobs:
        return {}
    waiting = Batch.objects.order_by().filter(job__in=jobs, state=BatchState.WAITING)
    is_whole = Q(is_retry=False, job__destination__kind=Kind.ROUTINE)
    rows, others = Row.objects.order_by(), waiting.exclude(is_whole)
    stored = apps.get_model("jobs", "Job").objects.order_by().filter(pk__in=jobs)
    parts = [
        waiting.filter(is_whole).values_list("job", _word(RowState.WAITING)).annotate(n=Sum("size")),
        _by_state(rows.filter(batch__in=others, state=RowState.WAITING)),
        _by_state(rows.filter(job__in=jobs, state__in=FEW)),
        stored.values_list("pk", _word(_STORED), "ingested_rows"),
    ]
    found: Counts = {pk: defaultdict(int) for pk in jobs}
    for pk, state, count in parts[0].union(*parts[1:], all=True):
        found[pk][state] += count
    for states in found.values():
        stored_rows = states.pop(_STORED, 0)
        states[RowState.ENRICHED] = max(stored_rows - sum(states.values()), 0)
    return found


def _by_state(rows: QuerySet[Row]) -> QuerySet[Row, tuple[int, str, int]]:
    return rows.values_list("job", "state").annotate(n=Count("pk"))


def _word(text: str) -> Value:
    return Value(text, output_field=CharField())
