"""What people do to a job: rename, start, pause, resume, cancel, duplicate it, or throw a draft away.

`by` is who does it; None is the shell. What cannot be done raises `NotPossible`, and then nothing changes.
"""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from budget import breaker
from budget.models import Breaker
from clayops.people import rights
from jobs.intake import files
from jobs.intake.check import checking
from jobs.intake.rows import ingest
from jobs.models import (
    CANCELLED_UNSENT,
    BatchState,
    Ended,
    Hold,
    Job,
    JobState,
    NotPossible,
    RowState,
    SavedSetup,
    header_key,
)
from jobs.sending import completion, dead_lettering, wake
from jobs.steering import endings

if TYPE_CHECKING:
    from django.contrib.auth.models import User

COPIED = (
    *("file_name", "size", "sha256", "kind", "sheets"),
    *("encoding", "delimiter", "quote", "escape", "header", "skip", "sheet", "first_line", "columns"),
    *("row_count", "unreadable_count", "unreadable"),
    *("mapping", "constants", "cleanups", "leave_out", "reuse_results", "reuse_days"),
)
"""What a duplicate has of its job: the file as it is read, and the decisions; it is checked anew."""

MOST_EXPIRED = 100


def rename(job: Job, name: str, by: "User | None" = None) -> bool:
    """Call it something else; its file keeps its own name. False where it is called so already.

    Raises `NotPossible` for a name that is blank or too long.
    """
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise NotPossible("Give the job a name.")
    if len(name) > Job.NAME_LENGTH:
        raise NotPossible(f"The name has {len(name):,} characters; at most {Job.NAME_LENGTH} fit.")
    before = job.name
    if not job.stored.exclude(name=name).update(name=name, touched_at=timezone.now()):
        return False
    job.name = name
    job.note("renamed", f"Renamed from “{before}” to “{name}”", by)
    return True


def start(job: Job, by: "User | None" = None, trial_rows: int = 0, *, fits: bool = False) -> None:
    """Hand the draft to the workers. Raises `NotPossible` with what is missing; twice is harmless.

    With `trial_rows`, so many rows are sent first, and the job pauses; `fits` says that these are what
    the day's credits are enough for, rather than a few to look at.
    """
    if job.state != JobState.DRAFT:
        return
    if job.blocked:
        raise NotPossible(job.blocked)
    if trial_rows >= job.sendable_rows:
        trial_rows = 0  # a trial of everything is no trial
    decided = {"mapping": job.mapping, "constants": job.constants, "cleanups": job.cleanups}
    as_shown = job.stored.filter(state=JobState.DRAFT, checked=job.checked)
    with transaction.atomic():
        started: dict[str, Any] = {"started_at": timezone.now(), "started_by": by}
        started |= {"trial_rows": trial_rows, "trial_fits": fits and trial_rows > 0}
        if not as_shown.update(state=JobState.READY, **started):
            _refuse_if_changed(job)
            return
        job.refresh_from_db(fields=["state", *started])
        SavedSetup.objects.update_or_create(
            destination=job.destination, header=header_key(job.columns), defaults=decided
        )
        rows = "1 row" if job.sendable_rows == 1 else f"{job.sendable_rows:,} rows"
        job.note("started", f"Started: {rows} to {job.destination}{_first_rows(job)}", by)
        ingest.soon(job)


def _first_rows(job: Job) -> str:
    """What is said of a trial's rows in the history; empty without a trial."""
    if not job.trial_rows:
        return ""
    if job.trial_fits:
        return f", for now only the first {job.trial_rows:,}: so many fit into the day’s credits"
    return f", the first {job.trial_rows:,} as a trial"


def _refuse_if_changed(job: Job) -> None:
    if job.stored.filter(state=JobState.DRAFT).exists():
        raise NotPossible("The draft was changed meanwhile. Look at it again, then press Start.")


def pause(job: Job, by: "User | None" = None) -> None:
    """Send no further batch; runs that are out come home."""
    if job.move_to(JobState.PAUSED, since={JobState.RUNNING}):
        job.note("paused", "Paused", by)
        _give_way(job, "paused")


def resume(job: Job, by: "User | None" = None) -> None:
    """Let a paused job go on; one whose rows settled meanwhile is done."""
    if job.move_to(JobState.RUNNING, since={JobState.PAUSED}):
        job.note("resumed", "Resumed", by)
        wake.wake()
        completion.finish_if_settled(job)


def cancel(job: Job, by: "User | None" = None) -> int:
    """Discard the rows that have not been sent; what is at Clay is still collected. Returns how many.

    Raises `NotPossible` where letters end by it whose right the person lacks.
    """
    open_states = {JobState.DRAFT, JobState.READY, JobState.RUNNING, JobState.PAUSED}
    with transaction.atomic():
        if why := why_not_cancel(job, by):
            raise NotPossible(f"{job.name} is not cancelled: rows of dead letters wait in it. {why}")
        was_draft = job.state == JobState.DRAFT
        if not job.move_to(JobState.CANCELLED, since=open_states, finished_at=timezone.now()):
            return 0
        job.batches.filter(state=BatchState.WAITING).update(state=BatchState.FINISHED)
        again = job.rows.filter(state=RowState.WAITING, retry_of__isnull=False)
        retried = list(again.values_list("pk", flat=True))
        of_letters = again.values("retry_of").distinct().count()
        discarded = job.rows.filter(state=RowState.WAITING).update(
            state=RowState.DISCARDED, error=CANCELLED_UNSENT
        )
        dead_lettering.discarded_with_job(job, retried, by)
        if was_draft or not job.ingested_at:
            discarded += job.row_count - job.ingested_rows
        job.note("cancelled", f"Cancelled: {discarded:,} rows not sent", by)
        endings.record_job(Ended.JOB_CANCELLED, job, by, discarded, letters=of_letters)
    if not job.ingested_at:
        ingest.soon(job)  # the rest of the file is stored as discarded rows
    _give_way(job, "cancelled")
    job.count_again()
    return discarded


def why_not_cancel(job: Job, by: "User | None") -> str:
    """Why this person may not, as far as rights go: rows that dead letters sent again are discarded by it."""
    again = job.rows.filter(state=RowState.WAITING, retry_of__isnull=False)
    return rights.why_not(by, rights.DISCARD_LETTERS) if by and again.exists() else ""


def _give_way(job: Job, how: str) -> None:
    """Others wait no longer for the credits that its batch was refused; who is refused says so anew."""
    job.destination.refresh_from_db(fields=["hold", "hold_reason"])
    if job.destination.hold == Hold.BUDGET:
        why = f"{job.name}, which waited for credits, was {how}"
        breaker.close(job.destination.held_by, why, only=Breaker.Kind.LIMIT)
        wake.wake()


def duplicate(job: Job, by: "User | None" = None) -> Job:
    """A draft with the same file, read and set up in the same way; checked anew.

    Raises `NotPossible` where the file is gone, or its destination takes no uploads any more.
    """
    if job.destination.archived_at:
        raise NotPossible(f"{job.destination} is archived: it takes no new jobs. Bring it back first.")
    same = {name: getattr(job, name) for name in COPIED}
    copy = Job(
        **same, destination=job.destination, name=f"{job.name[: Job.NAME_LENGTH - 7]} (copy)", created_by=by
    )
    try:
        copy.file = files.copy_of(job)
    except (FileNotFoundError, ValueError):  # ValueError: it never had one
        raise NotPossible(f"The file of {job.name} is gone. Upload it again.") from None
    with transaction.atomic():
        copy.save()
        copy.note("uploaded", f"Copied from “{job.name}”", by)
    checking.check_soon(copy)
    return copy


def delete_draft(job: Job, by: "User | None" = None, *, recorded: bool = True) -> None:
    """Throw a draft and its file away, on record. Raises `NotPossible` for a job that was started."""
    drafts = Job.objects.filter(state=JobState.DRAFT)
    if not _throw_away(drafts, job.pk, Ended.DRAFT_DISCARDED if recorded else None, by):
        raise NotPossible("The job has been started; it can be cancelled, but its rows are kept.")


def expire_drafts(now: datetime) -> int:
    """Throw away drafts that nobody touched for 30 days, on record; at most 100 at once. Returns how many.

    Their pages said until when they are kept.
    """
    forgotten = Job.objects.forgotten(now)
    keys = list(forgotten.order_by("pk").values_list("pk", flat=True)[:MOST_EXPIRED])
    return sum(_throw_away(forgotten, pk, Ended.DRAFT_EXPIRED, None) for pk in keys)


def _throw_away(drafts: QuerySet[Job], pk: int, what: Ended | None, by: "User | None") -> bool:
    """End the draft where it is still one of these, with its file, on record as `what`; False elsewhere."""
    with transaction.atomic():
        job = drafts.select_for_update(of=("self",)).filter(pk=pk).first()
        if job is None:
            return False
        if what:
            endings.record_job(what, job, by, job.row_count)
        Job.objects.filter(pk=pk).delete()
        transaction.on_commit(partial(files.throw_away, job))
    return True
