"""Deleting a job: gone for people at once, its rows and its file in the background."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from clayops.base import queues
from clayops.people import rights
from clayops.people.rights import DISCARD_LETTERS as DISCARD
from jobs.models import ENDED, Ended, Job, JobState, NotPossible, RunState, Submission
from jobs.steering import endings

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def why_kept(job: Job) -> str:
    """Why it cannot be deleted now, and what to do; empty where it can."""
    if job.state not in {JobState.DRAFT, *ENDED}:
        return "It is under way. Cancel it first."
    out = Submission.objects.filter(batch__job=job.pk)
    if out.open().exists() or out.filter(run_state=RunState.OUT).exists():
        return "Rows of it are still at Clay. Wait until they are back."
    if job.state == JobState.CANCELLED and not job.ingested_at and not job.ingest_error:
        return "Its rows are still being put away. Try again in a moment."
    return ""


def needed(job: Job) -> tuple[str, ...]:
    """The rights that its end needs beside those on the job: those of what ends with it."""
    return (DISCARD,) if endings.open_letters(job).exists() else ()


def why_not(job: Job, by: "User | None") -> str:
    """Why this person may not delete it, as far as rights go; empty where they may. The shell may."""
    return rights.why_not(by, *needed(job)) if by else ""


def remove(job: Job, by: "User | None" = None) -> bool:
    """Delete it: gone for people at once, its rows and file a little later. The ledger stays, and a record.

    Raises `NotPossible` while it is under way, and where the person lacks the right of what ends with it.
    False where it was deleted before.
    """
    if why := why_kept(job):
        raise NotPossible(f"{job.name} is not deleted. {why}")

    with transaction.atomic():
        if why := why_not(job, by):
            raise NotPossible(f"{job.name} is not deleted: it has open dead letters. {why}")
        if not job.stored.filter(state=job.state).update(deleted_at=timezone.now()):
            return False
        endings.record_job(Ended.JOB_DELETED, job, by, job.row_count)
        job.note("deleted", f"Deleted, with {job.row_count:,} rows and the file", by)
        queues.soon("long", "jobs.tasks.erase", job.pk)
    return True
