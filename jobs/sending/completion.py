"""How a job ends, or pauses, by itself: none of its rows waits any more, or its trial has left."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from jobs.models import UNSETTLED, Batch, BatchState, Job, JobState, RowState
from jobs.models.job import TRIAL_OVER


def finish_if_settled(job: Job) -> bool:
    """Close the job when no row is waiting, on its way or out."""
    with transaction.atomic():
        Job.objects.locked().filter(pk=job.pk).first()
        busy = job.rows.filter(state__in=UNSETTLED)  # nobody sends dead letters again in between
        if busy.exists() or not job.move_to(
            JobState.DONE, since={JobState.RUNNING, JobState.PAUSED}, finished_at=timezone.now()
        ):
            return False
    job.count_again()
    enriched, dead = job.counts[RowState.ENRICHED], job.counts[RowState.DEAD]
    job.note("done", f"Done: {enriched:,} enriched, {dead:,} in dead letters")
    return True


def end_trial(job: Job) -> None:
    """Pause when the trial's last batch has left; the rest goes with Resume."""
    within = Q(number__lte=OuterRef("trial_batches")) | Q(in_trial=True)
    left = Batch.objects.filter(within, job=OuterRef("pk"))
    busy = left.filter(state__in=[BatchState.WAITING, BatchState.SENDING])
    over = Job.objects.filter(~Exists(busy), pk=job.pk, state=JobState.RUNNING, trial_batches__gt=0)
    if over.update(state=JobState.PAUSED, trial_rows=0, trial_batches=0):
        what = "what fitted into the day’s credits is" if job.trial_fits else "the trial’s rows are"
        job.note("paused", f"{TRIAL_OVER}: {what} sent. Resume sends the rest")
