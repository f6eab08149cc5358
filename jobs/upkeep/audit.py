"""Proof that every row is accounted for: what `manage.py audit` checks, one finding a line."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from operator import itemgetter

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from jobs.models import (
    NEEDS_A_PERSON,
    UNSETTLED,
    Batch,
    BatchState,
    Charge,
    DeadLetter,
    EventKind,
    Job,
    JobState,
    LetterEvent,
    LetterState,
    Outcome,
    Proof,
    Row,
    RowState,
    RunState,
    Submission,
)
from jobs.upkeep import credit_audit

SHOWN = 20
A_MOMENT = timedelta(minutes=3)
"""The tick tries three times to store the rows of a job that was cancelled."""


def findings() -> Iterator[str]:
    """Everything that does not hold, naming the rows. Nothing, when all is well.

    Jobs that somebody deleted are being thrown away, a little at a time, and are not judged.
    """
    for job in Job.objects.shown().order_by("pk").iterator():
        yield from _counts(job)
        yield from _numbers(job)
    yield from _states()
    yield from _sent_twice()
    yield from _letters()
    yield from _proofs()
    yield from credit_audit.findings()


def _rows() -> QuerySet[Row]:
    """The rows of all jobs that are there for people."""
    return Row.objects.filter(job__deleted_at=None)


def _named(rows: QuerySet[Row]) -> str:
    """Row numbers, cut after a few."""
    numbers = [f"{job}:{number}" for job, number in rows.values_list("job_id", "number")[: SHOWN + 1]]
    more = " …" if len(numbers) > SHOWN else ""
    return ", ".join(numbers[:SHOWN]) + more


def _counts(job: Job) -> Iterator[str]:
    stored = job.rows.count()
    states = Counter(dict(job.rows.order_by().values_list("state").annotate(n=Count("pk"))))
    unknown = set(states) - set(RowState.values)
    if unknown:
        yield f"job {job.pk}: rows {_named(job.rows.filter(state__in=unknown))} are in no known state"
    if stored != job.ingested_rows:
        yield f"job {job.pk}: {stored} rows are stored, {job.ingested_rows} were read in"
    if job.ingested_at and stored != job.row_count:
        yield f"job {job.pk}: {stored} rows are stored, the file has {job.row_count}"
    if job.state in {JobState.RUNNING, JobState.PAUSED, JobState.DONE} and not job.ingested_at:
        yield f"job {job.pk}: is {job.state} although its file is not read in"
    if job.state == JobState.CANCELLED and not job.ingested_at and job.ingest_error and _is_old(job):
        yield f"job {job.pk}: is cancelled, but only {stored} of {job.row_count} rows are put away"
    if job.state == JobState.DONE and any(states[state] for state in UNSETTLED):
        yield f"job {job.pk}: is done, but rows {_named(job.rows.filter(state__in=UNSETTLED))} are not"


def _is_old(job: Job) -> bool:
    """Whether it ended longer than a moment ago."""
    return job.finished_at is None or job.finished_at < timezone.now() - A_MOMENT


def _numbers(job: Job) -> Iterator[str]:
    """Row numbers run from 1 without a gap."""
    last = job.rows.order_by("-number").values_list("number", flat=True).first() or 0
    if last != job.rows.count():
        yield f"job {job.pk}: row numbers have gaps (last {last})"


def _states() -> Iterator[str]:
    """What a row's state says must be borne out by its batch, its letter and its submissions."""
    checks = {
        "wait in no batch that waits": Q(state=RowState.WAITING) & ~Q(batch__state=BatchState.WAITING),
        "are dead without a dead letter": Q(state=RowState.DEAD, letter=None),
        "are in a dead letter although not dead": ~Q(state=RowState.DEAD) & Q(letter__isnull=False),
        "are enriched without a result": Q(state=RowState.ENRICHED, result__isnull=True),
        "are skipped without a reason": Q(state=RowState.SKIPPED, error=""),
        "took an earlier result, but are not enriched by it": Q(reused_from__isnull=False)
        & ~Q(state=RowState.ENRICHED, proof=Proof.NOT_SENT, enriched_at__isnull=False),
        "wait in a job that has ended": Q(
            state=RowState.WAITING, job__state__in=[JobState.CANCELLED, JobState.DONE]
        ),
    }
    for text, condition in checks.items():
        rows = _rows().filter(condition)
        if rows.exists():
            yield f"rows {_named(rows)} {text}"
    open_one = Submission.objects.open().filter(batch=OuterRef("batch"))
    sending = _rows().filter(state=RowState.SENDING).exclude(Exists(open_one))
    if sending.exists():
        yield f"rows {_named(sending)} are being sent by no submission"
    out = Submission.objects.filter(batch=OuterRef("batch"), run_state=RunState.OUT)
    lost = _rows().filter(state=RowState.IN_FLIGHT).exclude(Exists(out))
    if lost.exists():
        yield f"rows {_named(lost)} are in flight in no run"


def _sent_twice() -> Iterator[str]:
    """A row may have been sent again only after a refusal, or after a person sent it again: where Clay may
    have charged for it, with an approval.
    """
    taken = Submission.objects.filter(outcome__in=["", Outcome.ACCEPTED, Outcome.UNKNOWN])
    taken = taken.filter(batch__job__deleted_at=None).order_by("batch__job", "pk")
    lines = taken.values_list("batch__job", "batch", "row_ids").iterator()
    for _, sent in groupby(lines, key=itemgetter(0)):
        seen: set[int] = set()
        twice: set[int] = set()
        in_batch: dict[int, set[int]] = defaultdict(set)
        for _, batch, ids in sent:
            if again := seen.intersection(ids):  # a retry is good for one sending
                twice |= (again - _sent_again_by_a_person(batch)) | (again & in_batch[batch])
            in_batch[batch].update(ids)
            seen.update(ids)
        if twice:
            yield f"rows {_named(Row.objects.filter(pk__in=twice))} may have been sent twice"


def _sent_again_by_a_person(batch: int) -> set[int]:
    """Rows of the batch that somebody sent again, with an approval where one was needed."""
    whole = Batch.objects.get(pk=batch).whole  # a retry is told of the batch that it was cut off
    retried = LetterEvent.objects.filter(kind=EventKind.RETRIED, batch=whole)
    approved = Q(approval__kind=EventKind.APPROVED, approval__charge=F("charge"))
    allowed = retried.filter(Q(charge=Charge.NO) | approved)
    return {pk for ids in allowed.values_list("rows", flat=True) for pk in ids}


def _letters() -> Iterator[str]:
    """A letter has the rows it says it has, and none where it does not need a person."""
    counted = DeadLetter.objects.shown().order_by("pk").annotate(n=Count("rows"))
    wrong = counted.filter(state__in=NEEDS_A_PERSON).exclude(size=F("n"))
    for pk, size, n in wrong.values_list("pk", "size", "n")[:SHOWN]:
        yield f"letter {pk} says it has {size} rows, it has {n}"
    for pk in counted.filter(state__in=NEEDS_A_PERSON, n=0).values_list("pk", flat=True)[:SHOWN]:
        yield f"letter {pk} waits for a person, but has no rows"
    odd = counted.exclude(state__in=NEEDS_A_PERSON).filter(n__gt=0)
    for pk, state in odd.values_list("pk", "state")[:SHOWN]:
        yield f"letter {pk} is {state}, but has rows"
    under_way = Row.objects.filter(retry_of=OuterRef("pk"), state__in=UNSETTLED)
    idle = DeadLetter.objects.shown().filter(state=LetterState.RETRYING).exclude(Exists(under_way))
    for pk in idle.values_list("pk", flat=True)[:SHOWN]:
        yield f"letter {pk} is being sent again, but none of its rows is under way"


def _proofs() -> Iterator[str]:
    sent = _rows().filter(state__in=[RowState.IN_FLIGHT, RowState.ENRICHED], reused_from=None)
    sent = sent.exclude(proof=Proof.SENT)
    if sent.exists():
        yield f"rows {_named(sent)} were sent, but their proof does not say so"
    accepted = Submission.objects.filter(outcome=Outcome.ACCEPTED, run_id="")
    for submission in accepted[:SHOWN]:
        yield f"submission {submission.pk} was accepted without a run id"
    reserved = Submission.objects.filter(outcome="", closed_at__isnull=False)
    for submission in reserved[:SHOWN]:
        yield f"submission {submission.pk} is closed without an outcome"
