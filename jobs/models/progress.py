"""How far many jobs are at once: a query or two for a list of them, not two for each.

In a list that is made anew every two seconds a job of a million rows must not cost more than a small one:
what waits is added up from its batches, and what is in no other state is enriched.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import CharField, Q, Sum, Value

from jobs.models.job import Job
from jobs.models.place import Place
from jobs.models.row import Batch, Row
from jobs.models.states import BatchState, Kind, RowState

LARGE = 10_000
"""Rows from which on a job of a list is not counted row by row."""
FEW = (RowState.SENDING, RowState.IN_FLIGHT, RowState.DEAD, RowState.DISCARDED, RowState.SKIPPED)
_STORED = "stored"

Counts = dict[int, dict[str, int]]


def look_up(jobs: Iterable[Job], *, each_row: bool = False) -> list[Job]:
    """The jobs with their counts and places at hand.

    Rows of large jobs are counted by their batches, unless `each_row`.
    """
    found = list(jobs)
    large = {job.pk for job in found if job.row_count >= LARGE and not each_row}
    states = exact({job.pk for job in found} - large) | quick(large)
    rivals = Batch.objects.rivals({job.destination_id for job in found if job.is_unfinished})
    for job in found:
        job.counts = job.counted(states.get(job.pk, {}))
        job.place = Place.among(rivals.get(job.destination_id, []), job.pk, job.priority)
    return found


def exact(jobs: Collection[int]) -> Counts:
    """Each row counted, by job and state, in one query."""
    found: Counts = defaultdict(dict)
    for pk, state, count in Row.objects.filter(job__in=jobs).by_state():
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
    rows, others = Row.objects.all(), waiting.exclude(is_whole)
    stored = Job.objects.order_by().filter(pk__in=jobs)
    parts = [
        waiting.filter(is_whole).values_list("job", _word(RowState.WAITING)).annotate(n=Sum("size")),
        rows.filter(batch__in=others, state=RowState.WAITING).by_state(),
        rows.filter(job__in=jobs, state__in=FEW).by_state(),
        stored.values_list("pk", _word(_STORED), "ingested_rows"),
    ]
    found: Counts = {pk: defaultdict(int) for pk in jobs}
    for pk, state, count in parts[0].union(*parts[1:], all=True):
        found[pk][state] += count
    for states in found.values():
        stored_rows = states.pop(_STORED, 0)
        states[RowState.ENRICHED] = max(stored_rows - sum(states.values()), 0)
    return found


def _word(text: str) -> Value:
    return Value(text, output_field=CharField())
