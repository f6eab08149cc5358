"""The record of what people ended or destroyed: who, when, what, how many rows, letters and credits."""

from decimal import Decimal
from typing import TYPE_CHECKING

from jobs.credits import costs
from jobs.models import DeadLetter, Ended, Ending, Job, LetterState
from jobs.models.deadletter import DeadLetterQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import User

CLOSED = [LetterState.RESOLVED, LetterState.DISCARDED]


def record(
    what: Ended,
    subject: str,
    by: "User | None",
    *,
    text: str = "",
    rows: int = 0,
    letters: int = 0,
    credits: Decimal = Decimal(0),
) -> Ending:
    """Write it down, inside the transaction of the act itself: there is none without its record."""
    return Ending.objects.create(
        what=what,
        subject=subject[:300],
        text=text[:1000],
        rows=rows,
        letters=letters,
        credits=credits,
        by=by,
        by_name=by.get_username() if by else "",
    )


def record_job(what: Ended, job: Job, by: "User | None", rows: int, letters: int | None = None) -> Ending:
    """The same for a job, with what was spent on it; its open letters, unless `letters` says how many end."""
    letters = open_letters(job).count() if letters is None else letters
    spent = costs.of_job(job).spent
    uploader = f"uploaded by {job.created_by}" if job.created_by else "uploaded from the shell"
    said = f"To {job.destination}, {uploader}"
    return record(
        what, f"{job.name} (job {job.pk})", by, text=said, rows=rows, letters=letters, credits=spent
    )


def open_letters(job: Job) -> DeadLetterQuerySet:
    """Those that wait for a person, or were sent again and may come back."""
    return DeadLetter.objects.filter(job=job.pk).exclude(state__in=CLOSED)
