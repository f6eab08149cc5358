"""Deleting a job: gone for people at once, its rows and its file in the background."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from clayops.base import queues
from jobs.models import ENDED, Job, JobState, NotPossible, RunState, Submission

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


def remove(job: Job, by: "User | None" = None) -> bool:
    """Delete it: gone for people at once, its rows and file a little later. The ledger stays.

    Raises `NotPossible` while it is under way. False where it was deleted before.
    """
    if why := why_kept(job):
        raise NotPossible(f"{job.name} is not deleted. {why}")

    with transaction.atomic():
        if not job.stored.filter(state=job.state).update(deleted_at=timezone.now()):
            return False
        job.note("deleted", f"Deleted, with {job.row_count:,} rows and the file", by)
        queues.soon("work", "jobs.tasks.erase", job.pk)
    return True
