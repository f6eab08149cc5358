"""Rows that failed become dead letters; those that a person had sent again go back to where they were."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F, QuerySet
from django.utils import timezone

from jobs.models import (
    UNSETTLED,
    Cause,
    Charge,
    DeadLetter,
    EventKind,
    Job,
    LetterEvent,
    LetterState,
    Row,
    RowState,
    Submission,
    worst,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User


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


def recount(letter: DeadLetter, why: str = "All its rows came home") -> None:
    """Rows of it came home, or went: so many are left. With none left, or under way, it is resolved."""
    mine = DeadLetter.objects.filter(pk=letter.pk)
    if left := letter.rows.count():
        mine.waiting().update(size=left)
        return
    if Row.objects.filter(retry_of=letter, state__in=UNSETTLED).exists():
        mine.waiting().update(state=LetterState.RETRYING)
        return
    if mine.filter(state=LetterState.DISCARDED).exists():
        _came_home_late(letter)
        return
    over = {"state": LetterState.RESOLVED, "resolved_at": timezone.now()}
    if mine.exclude(state=LetterState.RESOLVED).update(**over):
        aside = Row.objects.filter(retry_of=letter, state=RowState.DISCARDED).exists()
        letter.note("resolved", "What was not discarded came home" if aside else why)


def _came_home_late(letter: DeadLetter) -> None:
    """Rows of it that were discarded have their results all the same."""
    aside = Row.objects.filter(retry_of=letter, state=RowState.DISCARDED).count()
    if aside:
        letter.note("late", f"Late results came: {aside:,} of its rows are still discarded")
        return
    DeadLetter.objects.filter(pk=letter.pk).update(state=LetterState.RESOLVED)
    letter.note("resolved", "Late results came: all its rows are home, though they were discarded")


# -- with a job that is cancelled --------------------------------------------------------------------------
def discarded_with_job(job: Job, rows: Collection[int], by: "User | None") -> None:
    """Rows that were to be sent again were discarded as their job was cancelled; inside its transaction.

    Their letter is discarded; where others of its rows are under way, or back in it, these are a part of it.
    """
    of: dict[int, list[int]] = {}
    again = Row.objects.filter(pk__in=rows, retry_of__isnull=False)
    for pk, origin in again.values_list("pk", "retry_of"):
        of.setdefault(origin, []).append(pk)
    under_way = Row.objects.filter(retry_of__in=of, state__in=UNSETTLED).values_list("retry_of", flat=True)
    busy, now, events = set(under_way), timezone.now(), []
    over = {"state": LetterState.DISCARDED, "resolved_at": now}
    whole = DeadLetter.objects.filter(pk__in=set(of) - busy, state=LetterState.RETRYING)
    done = list(whole.values_list("pk", flat=True))
    for letter in DeadLetter.objects.filter(pk__in=of):
        ids, text = of[letter.pk], "Discarded: its job was cancelled before its rows were sent again"
        here = letter if letter.pk in done else part_of(letter, len(ids), **over)
        if here != letter:
            Row.objects.filter(pk__in=ids).update(retry_of=here)
        events.append(
            LetterEvent(
                letter=here, kind=EventKind.DISCARDED, text=text, by=by, charge=letter.charge, rows=ids
            )
        )
    DeadLetter.objects.filter(pk__in=done).update(**over)
    LetterEvent.objects.bulk_create(events, batch_size=500)


def part_of(letter: DeadLetter, size: int, **fields: object) -> DeadLetter:
    """A letter of its own for some of its rows, otherwise the same."""
    part = DeadLetter.objects.get(pk=letter.pk)
    part.pk, part._state.adding, part.parent, part.size = None, True, letter, size
    for name, value in fields.items():
        setattr(part, name, value)
    part.save()
    return part
