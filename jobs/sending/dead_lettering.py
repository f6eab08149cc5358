"""Rows that failed become dead letters; those that a person had sent again go back to where they were."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.utils import timezone

from jobs.models import (
    Cause,
    Charge,
    DeadLetter,
    EventKind,
    LetterState,
    Row,
    RowState,
    Submission,
    worst,
)


@dataclass(frozen=True)
class Failure:
    """Why rows failed: Clay's words or ours, what it may have cost, Clay's HTTP status where it answered."""

    text: str
    charge: Charge
    status: int | None = None


def bury(submission: Submission, rows: QuerySet[Row], failure: Failure) -> None:
    """Within the transaction that closes the submission, or brings its results home."""
    by_letter: dict[int | None, list[int]] = defaultdict(list)
    for pk, origin in rows.exclude(state=RowState.ENRICHED).values_list("pk", "retry_of"):
        by_letter[origin].append(pk)
    origins = DeadLetter.objects.in_bulk([pk for pk in by_letter if pk])
    for of, ids in by_letter.items():
        letter = _letter(submission, origins.get(of or 0), failure)
        there = Row.objects.filter(pk__in=ids).exclude(state=RowState.ENRICHED)
        count = there.update(state=RowState.DEAD, letter=letter, error=failure.text)
        DeadLetter.objects.filter(pk=letter.pk).update(size=F("size") + count)
        letter.note(
            EventKind.FAILED, failure.text, batch=submission.batch, charge=letter.charge, rows=sorted(ids)
        )


def _letter(submission: Submission, origin: DeadLetter | None, failure: Failure) -> DeadLetter:
    """The letter for rows of this failure: where they were before the retry, unless that has failed
    otherwise by now.
    """
    group = Cause.of(submission.destination_id, failure.text, failure.status)
    if origin is None:
        return _new(submission, group, failure, failure.charge)
    charge = worst(_charge_before(origin), failure.charge)
    if origin.state != LetterState.RETRYING:
        same = {"group": group, "charge": charge, "state": LetterState.OPEN}
        if origin.submission_id == submission.pk and DeadLetter.objects.filter(pk=origin.pk, **same).exists():
            return origin
        return _new(submission, group, failure, charge, origin)
    DeadLetter.objects.filter(pk=origin.pk).update(
        state=LetterState.OPEN,
        batch=submission.batch_id,
        submission=submission,
        group=group,
        cause=failure.text,
        charge=charge,
        size=0,
        attempts=F("attempts") + submission.attempt,
        approved_by=None,
        approved_at=None,
        seen_at=timezone.now(),
        version=F("version") + 1,
    )
    origin.refresh_from_db()
    return origin


def _charge_before(origin: DeadLetter) -> str:
    """The letter's charge when it was sent again, whatever failed of it since."""
    if origin.state == LetterState.RETRYING:
        return origin.charge
    retried = origin.events.filter(kind=EventKind.RETRIED).order_by("-pk").first()
    return retried.charge if retried else origin.charge


def _new(
    submission: Submission,
    group: Cause,
    failure: Failure,
    charge: Charge,
    parent: DeadLetter | None = None,
) -> DeadLetter:
    return DeadLetter.objects.create(
        job_id=submission.batch.job_id,
        batch_id=submission.batch_id,
        submission=submission,
        group=group,
        parent=parent,
        cause=failure.text,
        charge=charge,
        attempts=submission.attempt + (parent.attempts if parent else 0),
        assigned_to_id=parent.assigned_to_id if parent else None,
    )
