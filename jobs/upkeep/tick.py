"""The tick: every few seconds, what the database says is undone gets done, whatever messages were lost."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

import django_rq
from django.db.models import Exists, OuterRef
from django.utils import timezone

from budget import credits as budget
from clayops.base import queues, redis
from clayops.base.process_health import TICKED
from clayops.base.wording import duration
from jobs import notifying
from jobs.credits import costs
from jobs.intake import erasure
from jobs.intake.check import checking
from jobs.intake.rows import ingest
from jobs.models import UNSETTLED, AlertRecord, Job, JobState, Row, RowState, Submission, Trouble
from jobs.results import cells, polling, provider_outcomes
from jobs.review.bulk import actions
from jobs.sending import completion, lane, outcomes, tracking, wake
from jobs.upkeep import audit_runs

logger = logging.getLogger(__name__)

REPAIR_SECONDS = 20
RETRY_SECONDS = 60
EXPIRY_SECONDS = 3600
"""How often an intake that failed is tried again."""
MOST_ENDED = 200
"""So many empty runs are ended with one tick."""
ORPHAN_AGE = timedelta(seconds=60)


def tick() -> None:
    """One round. Each part is harmless when it is done twice."""
    redis.client().set(TICKED, time.time())
    parts: list[Callable[[], object]] = [
        tracking.rebuild,
        mark_stuck,
        end_empty_runs,
        wake.lift_budget_holds,
        start_lanes,
        start_ingests,
        start_checks,
        start_erasing,
        start_expiry,
        finish_jobs,
        end_trials,
        provider_outcomes.catch_up,
        provider_outcomes.lift_holds,
        cells.start_due,
        audit_runs.start_due,
        notifying.start_due,
        start_reviews,
    ]
    if redis.client().set("clayops:repair", "1", nx=True, ex=REPAIR_SECONDS):
        parts += [repair_credits, budget.reconcile, forget_alerts, actions.forget_unconfirmed]
    for part in parts:
        try:
            part()
        except Exception:  # what one part stumbles over must not keep the others from their work
            logger.exception("The tick's %s failed; the next tick tries again", part.__name__)


def mark_stuck() -> int:
    """Raise an alert for each run that is out for longer than its time."""
    now = timezone.now()
    late = Submission.objects.out().filter(pk__in=tracking.overdue(now), trouble="", timeout_at__lte=now)
    for submission in late.select_related("batch__job", "destination"):
        try:
            _mark_stuck(submission)
        except Exception:  # one that cannot be marked must not hide the others
            logger.exception("run %s cannot be marked as stuck", submission.run_id)
    return len(late)


def _mark_stuck(submission: Submission) -> None:
    if _is_empty(submission):
        outcomes.give_up(submission, None)
        return
    waited = (
        submission.timeout_at or timezone.now()
    ) - submission.created_at  # longer, where a person said so
    polling.trouble(submission, Trouble.STUCK, f"No result within {duration(waited)}")


def forget_alerts() -> None:
    AlertRecord.prune(timezone.now())


def end_empty_runs() -> None:
    """Wait no longer for runs in trouble whose rows all came home by another way, or were taken out."""
    waits = Row.objects.filter(batch=OuterRef("batch"), state=RowState.IN_FLIGHT)
    empty = Submission.objects.troubled().filter(~Exists(waits))
    for submission in empty.select_related("batch__job", "destination")[:MOST_ENDED]:
        outcomes.give_up(submission, None)


def _is_empty(submission: Submission) -> bool:
    """Whether none of its rows waits for it any more."""
    waiting = Row.objects.filter(batch=submission.batch_id, state=RowState.IN_FLIGHT)
    return not waiting.filter(pk__in=submission.row_ids).exists()


def start_ingests() -> None:
    """Start again what a crash, or a lost message, left between Start and rows in the database."""
    started = Job.objects.shown().filter(state__in=[JobState.READY, JobState.CANCELLED])
    undone = started.filter(ingested_at=None)
    if not redis.client().set("clayops:retry-ingests", "1", nx=True, ex=RETRY_SECONDS):
        undone = undone.filter(ingest_error="")
    is_busy = {queue: django_rq.get_queue(queue).count > 0 for queue in ("work", "long")}
    for job in undone:
        if is_busy[ingest.queue_of(job)]:
            continue  # its turn may yet come, and another message would only queue up behind it
        if not redis.client().exists(f"clayops:lease:ingest:{job.pk}"):
            ingest.soon(job)


def start_checks() -> None:
    """Have drafts checked whose check a crash, or a lost message, left undone."""
    undone = {checking.lease_name(draft.pk): draft.pk for draft in checking.undone()}
    _start_unless_leased("long", "jobs.tasks.check", undone)


def start_expiry() -> None:
    """Have drafts thrown away that nobody touched for a month; looked for once an hour."""
    if not redis.client().set("clayops:expire-drafts", "1", nx=True, ex=EXPIRY_SECONDS):
        return
    if Job.objects.forgotten(timezone.now()).exists():
        queues.soon("long", "jobs.tasks.expire_drafts")


def start_erasing() -> None:
    """Go on throwing deleted jobs away."""
    undone = Job.objects.filter(deleted_at__isnull=False).values_list("pk", flat=True)
    _start_unless_leased("long", "jobs.tasks.erase", {erasure.lease_name(pk): pk for pk in undone})


def start_reviews() -> None:
    """Go on with what somebody confirmed for many dead letters."""
    undone = {actions.lease_name(pk): pk for pk in actions.due()}
    _start_unless_leased("work", "jobs.tasks.review", undone, every=actions.LEASE_SECONDS)


def _start_unless_leased(
    queue: queues.Queue, task: str, undone: dict[str, int], every: int = RETRY_SECONDS
) -> None:
    """Put `task` on the queue for those whose lease nobody holds: each once in so many seconds at most.

    While other work waits in the queue theirs may be among it, and would only pile up.
    """
    if not undone or django_rq.get_queue(queue).count:
        return
    for lease, pk in undone.items():
        if redis.client().exists(lease):
            continue
        if redis.client().set(f"{lease}:started", "1", nx=True, ex=every):
            queues.soon(queue, task, pk)


def start_lanes() -> None:
    """Put a runner on the queue where a lane has work and nobody holds its lease."""
    waiting = [pk for pk in lane.with_work() if not redis.client().exists(f"clayops:lease:lane:{pk}")]
    if waiting and not django_rq.get_queue("lanes").count:
        queues.soon("lanes", "jobs.tasks.run_lanes")


def finish_jobs() -> None:
    """Close jobs whose last row settled just before a crash."""
    busy = Row.objects.filter(job=OuterRef("pk"), state__in=UNSETTLED)
    open_jobs = Job.objects.filter(state__in=[JobState.RUNNING, JobState.PAUSED], ingested_at__isnull=False)
    for job in open_jobs.filter(~Exists(busy)):
        completion.finish_if_settled(job)


def end_trials() -> None:
    """Pause jobs whose trial had left just before a crash."""
    for job in Job.objects.filter(state=JobState.RUNNING, trial_batches__gt=0):
        completion.end_trial(job)


def repair_credits() -> None:
    """Settle or release what a crash left reserved though its submission is closed, or never written."""
    holders = budget.open_holders("batch:", older_than=ORPHAN_AGE)
    submissions = {each.holder: each for each in Submission.objects.filter(holder__in=holders)}
    for holder in holders:
        if submission := submissions.get(holder):
            costs.settle(submission)
        else:
            budget.release_unused(holder, Submission.objects.filter(holder=holder).exists)
    costs.settle_what_is_known()
