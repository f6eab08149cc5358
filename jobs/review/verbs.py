"""What a person does with one letter. Each verb is one short transaction that begins with the job's lock.

Whoever calls has checked that the person may do it (`jobs.review.rights`). Each raises `NotPossible`, with
what to do instead, and then changes nothing. None as `by` is the shell.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from budget.terms import shown
from clayops.base.wording import plural
from jobs.models import (
    NEEDS_A_PERSON,
    Batch,
    BatchState,
    Charge,
    DeadLetter,
    EventKind,
    Job,
    JobState,
    LetterEvent,
    LetterState,
    NotPossible,
    Outcome,
    ReviewPolicy,
    Row,
    RowState,
)
from jobs.sending.dead_lettering import part_of
from jobs.sending.load import cut

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from jobs.models import BulkAction

UNDO = timedelta(days=30)
"""So long a discarded letter can be restored."""
NOTE_LENGTH = 2000
ROWS = "row,rows"


@contextmanager
def locked(letter: DeadLetter) -> Iterator[DeadLetter]:
    """The letter as it is now, while nobody else changes it, its rows or its job."""
    with transaction.atomic():
        job = Job.objects.locked().filter(pk=letter.job_id).first()
        if job is None or job.deleted_at:
            raise NotPossible("Its job has been deleted.")
        yield DeadLetter.objects.with_places().get(pk=letter.pk)


def refuse_unless_waiting(letter: DeadLetter) -> None:
    """Its rows must be in it."""
    if why := why_not_waiting(letter):
        raise NotPossible(why)


def why_not_waiting(letter: DeadLetter) -> str:
    """Why it has no rows that something could be done with; empty where it has."""
    if letter.state in NEEDS_A_PERSON:
        return ""
    return {
        LetterState.RETRYING: "It is being sent again already.",
        LetterState.RESOLVED: "It is resolved: all its rows came home.",
        LetterState.DISCARDED: "It is discarded. Restore it first.",
    }[LetterState(letter.state)]


def _rows(letter: DeadLetter) -> list[int]:
    """Ids of the rows that are in it now, and only those."""
    here = list(letter.rows.filter(state=RowState.DEAD).order_by("number").values_list("pk", flat=True))
    if not here:
        raise NotPossible("Its rows have left it. Look at it again.")
    return here


def _those(letter: DeadLetter, rows: Collection[int]) -> QuerySet[Row]:
    return Row.objects.filter(pk__in=rows, letter=letter, state=RowState.DEAD)


def kept_note(note: str) -> str:
    """What a person typed, fit to be kept."""
    return note.replace("\0", "").strip()[:NOTE_LENGTH]


# -- approve --------------------------------------------------------------------------------------
def approve(
    letter: DeadLetter, by: "User | None", note: str = "", bulk: "BulkAction | None" = None
) -> DeadLetter:
    """Sign off what sending it again may cost. A note is needed where it may have been charged."""
    with locked(letter) as mine:
        refuse_unless_waiting(mine)
        if mine.state == LetterState.APPROVED and not mine.is_dearer:
            raise NotPossible(f"{mine.approved_by or 'The shell'} has approved it already.")
        if mine.charge != Charge.NO and not kept_note(note):
            raise NotPossible("A note is needed: say why these rows may be paid for again.")
        _rows(mine)
        mine.state, mine.approved_by, mine.approved_at = LetterState.APPROVED, by, timezone.now()
        mine.approved_price = mine.job.destination.credits_per_row
        mine.save(update_fields=["state", "approved_by", "approved_at", "approved_price"])
        text = f"Approved: {shown(mine.credits)} credits at most"
        _note(mine, EventKind.APPROVED, text, by, note, bulk)
        return mine


def withdraw(letter: DeadLetter, by: "User | None", note: str = "") -> DeadLetter:
    """End its approval: it is open again."""
    with locked(letter) as mine:
        if mine.state != LetterState.APPROVED:
            raise NotPossible("It is not approved: there is nothing to withdraw.")
        mine.is_another()
        _note(mine, EventKind.WITHDRAWN, "Approval withdrawn", by, note)
        return DeadLetter.objects.with_places().get(pk=mine.pk)


# -- retry ----------------------------------------------------------------------------------------
def why_not_retry(letter: DeadLetter, by: "User | None", policy: ReviewPolicy) -> str:
    """Why this person may not send the letter again now; empty where nothing is in the way.

    Looks at the letter alone: what the person may do at all is `jobs.review.rights`.
    """
    if letter.job.destination.archived_at:
        return f"{letter.job.destination} is archived. Restore it on the page Destinations first."
    if letter.is_dearer:
        now, then = shown(letter.credits), shown((letter.approved_price or Decimal(0)) * letter.size)
        return f"It was approved at {then} credits at most, and may cost {now} now: approve it anew."
    if letter.needs_approval:
        return "Clay may have charged for it: it needs an approval first."
    if letter.state == LetterState.APPROVED and letter.charge != Charge.NO:
        return why_not_both(policy) if policy.four_eyes and letter.approved_by_id == by_id(by) else ""
    return ""


def by_id(by: "User | None") -> int | None:
    return by.pk if by else None


def why_not_both(policy: ReviewPolicy) -> str:
    """Why one person cannot approve and retry; empty where one can."""
    four = "Four eyes: whoever retries must not be who approved. Ask somebody else to retry it."
    return four if policy.four_eyes else ""


def retry(
    letter: DeadLetter, by: "User | None", note: str = "", bulk: "BulkAction | None" = None
) -> DeadLetter:
    """Put its rows into a batch that waits for the lane; of two who press at once, one does.

    The caller wakes the lanes (`wake.wake`); the tick would, a little later.
    """
    with locked(letter) as mine:
        refuse_unless_waiting(mine)
        if why := why_not_retry(mine, by, ReviewPolicy.load()):
            raise NotPossible(why)
        _open_job(mine.job)
        rows = _rows(mine)
        batch = _batch_for(mine, len(rows))
        again = {"state": RowState.WAITING, "batch": batch, "letter": None, "retry_of": mine, "error": ""}
        _those(mine, rows).update(**again)
        _cut_to_size(batch, mine.job)
        approval = _approval(mine)
        mine.state, mine.size = LetterState.RETRYING, len(rows)
        mine.save(update_fields=["state", "size"])
        text = f"Sent again: {plural(len(rows), ROWS)} in batch {batch.number:,}"
        more = {"batch": batch, "approval": approval, "rows": rows}
        _note(mine, EventKind.RETRIED, text, by, note, bulk, **more)
        return mine


def _approval(letter: DeadLetter) -> LetterEvent | None:
    """The sign-off that counts for the letter as it is now."""
    if letter.state != LetterState.APPROVED:
        return None
    return letter.events.filter(kind=EventKind.APPROVED).order_by("-pk").first()


def _open_job(job: Job) -> None:
    """Let a job that has ended go on, for these rows."""
    if job.state == JobState.CANCELLED and not job.ingested_at:
        raise NotPossible("The rows of its cancelled job are still being put away. Try again in a moment.")
    ended = Job.objects.filter(pk=job.pk, state__in=[JobState.DONE, JobState.CANCELLED])
    if ended.update(state=JobState.RUNNING, finished_at=None):
        job.note("retried", "Goes on: dead letters of it are sent again")


def _batch_for(letter: DeadLetter, rows: int) -> Batch:
    """A batch for them. Rows that Clay took before, and that failed one by one, share one: a thousand
    letters of one row each need not wait two seconds each. Those that Clay refused, or may have lost, go
    alone: they must not take others down with them.
    """
    job, size = letter.job, letter.job.destination.batch_size
    shares = letter.submission is not None and letter.submission.outcome == Outcome.ACCEPTED
    shares = shares and not letter.rows.filter(edits__isnull=False).exists()
    last = job.batches.order_by("-number").first()
    number = last.number + 1 if last else 1
    if shares and last and last.is_retry and last.state == BatchState.WAITING and not last.attempts:
        carried = last.events.filter(kind=EventKind.RETRIED, letter__group=letter.group_id)
        fits = carried.exists() and last.size + rows <= size and last.rows.count() == last.size
        if fits:
            Batch.objects.filter(pk=last.pk).update(size=last.size + rows)
            return last
    in_trial = job.trial_batches > 0
    return Batch.objects.create(job=job, number=number, size=rows, is_retry=True, in_trial=in_trial)


def _cut_to_size(batch: Batch, job: Job) -> None:
    """Into as many as the destination takes at once now."""
    size = max(job.destination.batch_size, 1)
    while batch.size > size and cut(batch, size):
        batch = job.batches.order_by("-number")[0]


# -- discard and restore --------------------------------------------------------------------------
def discard(letter: DeadLetter, by: "User | None", note: str, bulk: "BulkAction | None" = None) -> DeadLetter:
    """Put its rows aside for good; can be undone for 30 days. A reason is needed."""
    if not kept_note(note):
        raise NotPossible("A reason is needed: say why these rows are not worth sending.")
    with locked(letter) as mine:
        refuse_unless_waiting(mine)
        rows = _rows(mine)
        why = f"Discarded: {kept_note(note)}"[:1000]
        aside = {"state": RowState.DISCARDED, "letter": None, "retry_of": mine, "error": why}
        _those(mine, rows).update(**aside)
        mine.state, mine.resolved_at = LetterState.DISCARDED, timezone.now()
        mine.save(update_fields=["state", "resolved_at"])
        _note(mine, EventKind.DISCARDED, f"Discarded: {plural(len(rows), ROWS)}", by, note, bulk, rows=rows)
        return mine


def restorable_until(letter: DeadLetter) -> datetime | None:
    """Until when the discarding can be undone; None for a letter that is not discarded."""
    if letter.state != LetterState.DISCARDED or letter.resolved_at is None:
        return None
    return letter.resolved_at + UNDO


def why_not_restore(letter: DeadLetter) -> str:
    """Why it stays discarded; empty where nothing is in the way."""
    until = restorable_until(letter)
    if until is None:
        return "It is not discarded: there is nothing to restore."
    if until < timezone.now():
        return "It was discarded more than 30 days ago. Upload the rows again instead."
    return ""


def restore(
    letter: DeadLetter, by: "User | None", note: str = "", bulk: "BulkAction | None" = None
) -> DeadLetter:
    """Undo the discarding: open again, with the rows that did not come home meanwhile."""
    with locked(letter) as mine:
        if why := why_not_restore(mine):
            raise NotPossible(why)
        rows = Row.objects.filter(pk__in=mine.row_ids(), state=RowState.DISCARDED, letter=None)
        count = rows.update(state=RowState.DEAD, letter=mine, error=mine.cause)
        mine.state = LetterState.OPEN if count else LetterState.RESOLVED
        mine.size, mine.resolved_at = count, None if count else mine.resolved_at
        mine.approved_by, mine.approved_at, mine.version = None, None, mine.version + 1
        mine.save(update_fields=["state", "size", "resolved_at", "approved_by", "approved_at", "version"])
        _note(mine, EventKind.RESTORED, f"Restored: {plural(count, ROWS)}", by, note, bulk)
        return mine


# -- apart, assign, comment -----------------------------------------------------------------------
def split(letter: DeadLetter, rows: Collection[int], by: "User | None") -> DeadLetter:
    """Take some of its rows into a letter of their own; the letter itself where that is all of them."""
    with locked(letter) as mine:
        refuse_unless_waiting(mine)
        here = _rows(mine)
        chosen = [pk for pk in here if pk in set(rows)]
        if not chosen:
            raise NotPossible("None of these rows is in the letter any more. Look at it again.")
        if len(chosen) == len(here):
            return mine
        part = part_of(mine, len(chosen))
        _those(mine, chosen).update(letter=part)
        mine.size = len(here) - len(chosen)
        mine.save(update_fields=["size"])
        _note(mine, EventKind.SPLIT, f"{plural(len(chosen), ROWS)} taken apart into letter {part.pk}", by)
        _note(part, EventKind.SPLIT, f"Taken apart from letter {mine.pk}: {plural(len(chosen), ROWS)}", by)
        if approval := _approval(mine):
            _note(part, EventKind.APPROVED, approval.text, approval.by, approval.note, at=approval.at)
        return DeadLetter.objects.with_places().get(pk=part.pk)


def assign(
    letter: DeadLetter, by: "User | None", to: "User | None", bulk: "BulkAction | None" = None
) -> DeadLetter:
    """Say whose it is; None for nobody's."""
    with locked(letter) as mine:
        if mine.assigned_to_id == by_id(to):
            raise NotPossible(f"It is {to}’s already." if to else "It is nobody’s already.")
        mine.assigned_to = to
        mine.save(update_fields=["assigned_to"])
        _note(mine, EventKind.ASSIGNED, f"Assigned to {to}" if to else "Assigned to nobody", by, "", bulk)
        return mine


def comment(letter: DeadLetter, by: "User | None", text: str) -> LetterEvent:
    """Say something to it."""
    if not kept_note(text):
        raise NotPossible("Write something first.")
    with locked(letter) as mine:
        return _note(mine, EventKind.COMMENT, "Comment", by, text)


def _note(
    letter: DeadLetter,
    kind: EventKind,
    text: str,
    by: "User | None",
    note: str = "",
    bulk: "BulkAction | None" = None,
    **more: object,
) -> LetterEvent:
    return letter.note(kind, text, by, note=kept_note(note), bulk=bulk, charge=letter.charge, **more)
