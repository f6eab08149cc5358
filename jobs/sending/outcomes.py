"""How a submission ends, and what that makes of its rows, its credits and its batch.

Each function is one short transaction around a conditional update: done twice, it changes nothing more.
"""

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from budget import credits as budget
from jobs.models import (
    CANCELLED_UNSENT,
    UNSETTLED,
    Batch,
    BatchState,
    Charge,
    Job,
    JobState,
    Outcome,
    Proof,
    Row,
    RowState,
    RunState,
    Submission,
)
from jobs.sending import completion, dead_lettering, tracking
from providers import choosing

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FIRST_POLL = 1.5
"""Seconds from sending to the first question for results."""


def jittered(seconds: float) -> float:
    """±20 %, so that what failed together does not come back together."""
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311


def _close(submission: Submission, outcome: Outcome, message: str, status: int | None) -> bool:
    """Give the submission its outcome, once."""
    open_one = Submission.objects.filter(pk=submission.pk, outcome="")
    return bool(
        open_one.update(outcome=outcome, message=message[:1000], http_status=status, closed_at=timezone.now())
    )


def lock_job(submission: Submission) -> Job:
    """Before anything else of a transaction that ends an attempt: results, people's verbs and other attempts
    of the job wait for it, and it for them.
    """
    return Job.objects.locked().get(pk=submission.batch.job_id)


def _rows(submission: Submission, *states: RowState) -> QuerySet[Row]:
    return Row.objects.filter(pk__in=submission.row_ids, batch=submission.batch_id, state__in=states)


def accept(submission: Submission, run_id: str, timeout: timedelta) -> None:
    """Clay has the rows: they are in flight until its results come home.

    Where the sender had been taken for dead meanwhile, its rows come back from their dead letter.
    """
    now = timezone.now()
    answer = {
        "outcome": Outcome.ACCEPTED,
        "message": "",
        "http_status": 202,
        "closed_at": now,
        "run_id": run_id,
        "run_state": RunState.OUT,
        "next_poll_at": now + timedelta(seconds=FIRST_POLL),
        "timeout_at": submission.created_at + timeout,
    }
    with transaction.atomic():
        lock_job(submission)
        unsettled = Submission.objects.filter(pk=submission.pk, outcome__in=["", Outcome.UNKNOWN])
        if not unsettled.update(**answer):
            return
        letters = list(submission.letters.all())
        fields = {"state": RowState.IN_FLIGHT, "proof": Proof.SENT, "letter": None, "error": ""}
        _rows(submission, RowState.SENDING).update(**fields)
        dead = _rows(submission, RowState.DEAD).filter(letter__in=letters)
        dead.exclude(edited_at__gt=submission.created_at).update(**fields)  # what was edited goes by itself
        Batch.objects.filter(pk=submission.batch_id).update(state=BatchState.IN_FLIGHT)
        for letter in letters:
            dead_lettering.recount(letter, "Clay has its rows after all: they are in flight")
        if letters:
            Job.objects.filter(pk=submission.batch.job_id, state=JobState.DONE).update(
                state=JobState.RUNNING, finished_at=None
            )
    submission.refresh_from_db()
    tracking.track(submission)
    completion.end_trial(submission.batch.job)


def put_back(submission: Submission, message: str, status: int | None) -> None:
    """Surely not taken, and no fault of the batch: it waits for its turn again, no attempt used up."""
    with transaction.atomic():
        lock_job(submission)
        if not _close(submission, Outcome.REFUSED, message, status):
            return
        _wait_again(submission)
        Batch.objects.filter(pk=submission.batch_id, attempts__gt=0).update(attempts=F("attempts") - 1)
    _give_back(submission)


def refuse(
    submission: Submission, message: str, status: int | None, backoff: timedelta, max_attempts: int
) -> None:
    """Surely not taken: again after the backoff, or a dead letter when the attempts are used up."""
    if submission.attempt >= max_attempts:
        refuse_for_good(submission, message, status)
        return
    with transaction.atomic():
        lock_job(submission)
        if not _close(submission, Outcome.REFUSED, message, status):
            return
        _wait_again(submission)
        Batch.objects.filter(pk=submission.batch_id).update(not_before=timezone.now() + backoff)
    _give_back(submission)


def _give_back(submission: Submission) -> None:
    """What Clay surely did not take: its credits and its probes are for others."""
    budget.release(submission.holder)
    choosing.give_back(submission.choice)


def _wait_again(submission: Submission) -> None:
    """The batch waits; rows of a job that was cancelled meanwhile are discarded."""
    job = lock_job(submission)
    rows = _not_sent(submission)
    if job.state == JobState.CANCELLED:
        ids = list(rows.values_list("pk", flat=True))
        rows.update(state=RowState.DISCARDED, error=CANCELLED_UNSENT)
        dead_lettering.discarded_with_job(job, ids, None)
        Batch.objects.filter(pk=submission.batch_id).update(state=BatchState.FINISHED)
    else:
        rows.update(state=RowState.WAITING)
        Batch.objects.filter(pk=submission.batch_id).update(state=BatchState.WAITING)


def _not_sent(submission: Submission) -> QuerySet[Row]:
    """The rows of a refused attempt, their proof as it was before it."""
    rows = _rows(submission, RowState.SENDING)
    rows.update(proof=Proof.NOT_SENT)
    for proof, ids in submission.proofs.items():
        rows.filter(pk__in=ids).update(proof=proof)
    return rows


def refuse_for_good(submission: Submission, cause: str, status: int | None) -> None:
    """Surely not taken and no use in trying again: a dead letter, charge `no`."""
    with transaction.atomic():
        lock_job(submission)
        if not _close(submission, Outcome.REFUSED, cause, status):
            return
        bury(submission, _not_sent(submission), cause, Charge.NO, status)
    _give_back(submission)
    _after(submission)


def unknown(submission: Submission, cause: str, status: int | None) -> None:
    """Clay may have taken and charged the rows: only a person sends them again. Credits count as spent."""
    with transaction.atomic():
        lock_job(submission)
        if not _close(submission, Outcome.UNKNOWN, cause, status):
            return
        bury(submission, _rows(submission, RowState.SENDING), cause, Charge.POSSIBLY, status)
    budget.settle(submission.holder, submission.credits, budget.Basis.UNKNOWN)
    choosing.lost(submission.choice)
    _after(submission)


def _after(submission: Submission) -> None:
    completion.end_trial(submission.batch.job)
    completion.finish_if_settled(submission.batch.job)


def give_up(submission: Submission, by: "User | None") -> bool:
    """Wait no longer for a run: its rows become a dead letter. Its results are still asked for, for a day.

    False where it is not out any more.
    """
    with transaction.atomic():
        lock_job(submission)
        out = Submission.objects.out().filter(pk=submission.pk)
        if not out.update(run_state=RunState.GIVEN_UP, finished_at=timezone.now()):
            return False
        submission.batch.job.note("given_up", f"Run {submission.run_id}: {_what_becomes_of(submission)}", by)
        cause = submission.message or "Given up: no result from Clay"
        bury(submission, _rows(submission, RowState.IN_FLIGHT), cause, Charge.POSSIBLY)
    budget.settle(submission.holder, submission.credits, budget.Basis.UNKNOWN)
    choosing.lost(submission.choice)
    completion.finish_if_settled(submission.batch.job)
    submission.refresh_from_db()
    tracking.track(submission)
    return True


def _what_becomes_of(submission: Submission) -> str:
    """Of the rows of a run that is given up, for the job's history."""
    if _rows(submission, RowState.IN_FLIGHT).exists():
        return "moved to dead letters"
    if Row.objects.filter(pk__in=submission.row_ids).exclude(state=RowState.ENRICHED).exists():
        return "not waited for any more, as none of its rows is out"
    return "not waited for any more, as its rows came home another way"


def bury(
    submission: Submission, rows: QuerySet[Row], cause: str, charge: Charge, status: int | None = None
) -> None:
    """Put rows of one batch into dead letters: one for those that go out for the first time; those that
    were sent again go back into the letters they came from. The batch is finished when nothing of it is out.
    """
    dead_lettering.bury(submission, rows, dead_lettering.Failure(cause[:1000], charge, status))
    finish_batch(submission.batch_id)


def finish_batch(batch_id: int) -> None:
    """Close the batch when none of its rows waits, is under way, or is out."""
    if not Row.objects.filter(batch=batch_id, state__in=UNSETTLED).exists():
        Batch.objects.filter(pk=batch_id).update(state=BatchState.FINISHED)


def clear_up(destination_id: int, lease: str) -> int:
    """Close what dead senders left without an outcome: their rows may have been sent. Returns how many.

    Whoever holds the lane's `lease` calls this: every other sender of the lane has lost its own.
    """
    left = Submission.objects.open().filter(destination=destination_id).exclude(runner=lease)
    cleared = 0
    for submission in left.select_related("batch__job"):
        unknown(submission, "The worker died while sending; the rows may have been sent", None)
        cleared += 1
    return cleared
