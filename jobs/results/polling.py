"""Asking Clay about the runs that are due: soon at first, then less often; what it answers is applied."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from django.db import connections
from django.utils import timezone

from clayops.base import redis, workers
from clayops.clay import ClayError, Finished, InProgress, KeyRejected, OddStatus, TooFast
from jobs.models import (
    Hold,
    RunState,
    Submission,
    Trouble,
)
from jobs.results import applying
from jobs.sending import outcomes, tracking, workspace

logger = logging.getLogger(__name__)

AT_ONCE = 8
"""Questions to Clay under way at the same time."""
PER_ROUND = 200
SLICE_SECONDS = 10.0
LEASE_SECONDS = 15
"""A dead collector is missed for so long. Two at once ask Clay twice, but apply once."""
BACKOFF = 1.5
LONGEST = 60.0
"""Seconds between two questions about one run, at most."""
LONGEST_GIVEN_UP = 600.0
"""The same for a run that nobody waits for: its result is taken, but may be late."""
RESULTS_KEPT = timedelta(days=1)
"""About how long Clay keeps results after a run has ended (Clay's agent plugin)."""


def collect(slice_seconds: float = SLICE_SECONDS) -> int:
    """Ask about every run that is due, for a bounded slice. Returns how many answers were applied."""
    with redis.lease("clayops:lease:collect", LEASE_SECONDS) as mine:
        return _collect(time.monotonic() + slice_seconds) if mine else 0


def _collect(until: float) -> int:
    answered = 0
    while time.monotonic() < until and not workers.stopping() and not workspace.seconds_to_wait():
        answered += poll_due(until)
        if not _soon() or not workers.pause(0.25):
            break
    return answered


def _soon() -> bool:
    """Whether a run becomes due within a moment."""
    return Submission.objects.due(timezone.now() + timedelta(seconds=1.5)).exists()


def poll_due(until: float) -> int:
    """Ask once about each run that is due, no later than `until` (`time.monotonic`). Returns how many answers
    were applied.
    """
    due = list(Submission.objects.due(timezone.now()).select_related("batch__job", "destination")[:PER_ROUND])
    if not due:
        return 0
    with ThreadPoolExecutor(min(AT_ONCE, len(due))) as pool:
        return sum(pool.map(partial(_poll_in_thread, until=until), due))


def _poll_in_thread(submission: Submission, until: float) -> int:
    if time.monotonic() > until or workers.stopping():
        return 0
    try:
        return poll(submission)
    except Exception:  # one run that cannot be applied must not keep the others from home
        logger.exception("run %s: its answer could not be taken", submission.run_id)
        _ask_again(submission)
        return 0
    finally:
        connections.close_all()


def poll(submission: Submission) -> int:
    """Ask Clay about one run now and apply what it says. 1 where it answered, 0 where it did not."""
    if workspace.seconds_to_wait():
        return 0
    try:
        answer = workspace.asking().results(submission.run_id)
    except ClayError as error:
        _no_answer(submission, error)
        return 0
    if submission.run_state == RunState.OUT or isinstance(answer, InProgress):
        submission.answered_at = timezone.now()  # of one that is given up, when it was last seen running
        Submission.objects.filter(pk=submission.pk).update(answered_at=submission.answered_at)
    _ask_again(submission)
    match answer:
        case InProgress(finished=finished):
            known = min(max(int(finished), 0), len(submission.row_ids))
            Submission.objects.filter(pk=submission.pk).update(run_finished=known)
            trouble_over(submission, Trouble.GONE, Trouble.ODD)
        case Finished(items=items):
            applying.apply(submission, items)
        case OddStatus(status=status):
            trouble(submission, Trouble.ODD, f"Clay answered a status we do not know: {status}")
    return 1


def _ask_again(submission: Submission) -> None:
    """Set the next question; none where Clay has its results no more."""
    now, mine = timezone.now(), Submission.objects.filter(pk=submission.pk)
    mine.update(polls=submission.polls + 1, polled_at=now)
    later = None if _is_over(submission, now) else now + _pause(submission, now)
    # unless Clay's own call, or a person, wanted it asked again meanwhile
    mine.filter(next_poll_at=submission.next_poll_at).update(next_poll_at=later)


def _pause(submission: Submission, now: datetime) -> timedelta:
    """Short at first, then longer, to a minute; the longer ago it was given up, the longer."""
    longest, seconds = LONGEST, outcomes.FIRST_POLL * BACKOFF ** min(submission.polls + 1, 20)
    if submission.run_state == RunState.GIVEN_UP and submission.finished_at:
        ago = (now - submission.finished_at).total_seconds()
        longest = seconds = min(max(ago / 10, LONGEST), LONGEST_GIVEN_UP)
    return timedelta(seconds=min(outcomes.jittered(min(seconds, longest)), longest))


def _is_over(submission: Submission, now: datetime) -> bool:
    """Whether a run that was given up must have ended longer ago than Clay keeps results."""
    if submission.run_state != RunState.GIVEN_UP:
        return False
    given_up = submission.finished_at or submission.created_at
    return now - max(given_up, submission.answered_at or given_up) > RESULTS_KEPT


def _no_answer(submission: Submission, error: ClayError) -> None:
    _ask_again(submission)
    if submission.run_state == RunState.GIVEN_UP and error.status == 404:
        Submission.objects.filter(pk=submission.pk).update(next_poll_at=None)
        return
    if isinstance(error, TooFast):
        workspace.wait(error.retry_after or 1.0)
    elif isinstance(error, KeyRejected):
        submission.destination.put_on_hold(Hold.KEY_REJECTED, str(error))
    elif error.status == 404:
        trouble(submission, Trouble.GONE, f"Clay does not know the run any more: {error}")
    elif error.status in {400, 402, 413, 422}:
        trouble(submission, Trouble.ODD, f"Clay refuses to tell about the run: {error}")
    else:
        logger.info("run %s: no answer, asked again later (%s)", submission.run_id, error)


def trouble(submission: Submission, kind: Trouble, text: str) -> None:
    """A run needs a person: an alert, once. Its rows stay in flight until somebody chooses."""
    fresh = Submission.objects.out().filter(pk=submission.pk).exclude(trouble=kind)
    if fresh.update(trouble=kind, trouble_since=timezone.now(), message=text[:1000]):
        submission.batch.job.note("trouble", f"Run {submission.run_id}: {text}")
        submission.refresh_from_db()
        tracking.track(submission)


def trouble_over(submission: Submission, *kinds: Trouble) -> None:
    """Clay made sense of the run again."""
    Submission.objects.filter(pk=submission.pk, trouble__in=kinds).update(trouble="", trouble_since=None)
