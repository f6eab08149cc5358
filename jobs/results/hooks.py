"""Clay says that a run has finished: a hint to ask for its results now. Polling stays the fallback."""

import logging

from django.utils import timezone
from redis import RedisError

from clayops.base import queues, redis
from clayops.clay.signature import RunFinished
from jobs.models import Heard, HookDelivery, RunState, Submission

logger = logging.getLogger(__name__)

REPEATS_SECONDS = 600
"""A second call about a run within so long is a repeat. A later one asks once more, which is harmless."""


def take(call: RunFinished) -> Heard:
    """Do what a genuine call asks for, without waiting for Clay, and write down that it came."""
    heard = Heard.TEST if call.is_test else _run_finished(call.run_id)
    HookDelivery.note(heard, call.run_id)
    return heard


def _run_finished(run_id: str) -> Heard:
    is_first = _claim(run_id)
    if is_first is False:
        return Heard.REPEATED
    known = False
    try:
        known = _ask_now(run_id, enqueue=is_first is not None)
    finally:
        if not known and is_first:  # of no use so far: what comes later is no repeat
            _unclaim(run_id)
    return Heard.KNOWN if known else Heard.UNKNOWN


def _ask_now(run_id: str, enqueue: bool) -> bool:
    """Make the run due; False where there is none. One whose results are home needs no more asking."""
    runs = Submission.objects.filter(run_id=run_id)
    due = runs.filter(run_state__in=[RunState.OUT, RunState.GIVEN_UP])
    if not due.update(next_poll_at=timezone.now()):
        return runs.exists()
    if enqueue:
        queues.soon("results", "jobs.tasks.collect")
    return True


def _key(run_id: str) -> str:
    return f"clayops:hook:{run_id}"


def _claim(run_id: str) -> bool | None:
    """Whether this is the first call about the run; None where Redis is away, and nobody can tell."""
    try:
        return bool(redis.quick().set(_key(run_id), "1", nx=True, ex=REPEATS_SECONDS))
    except RedisError as error:
        logger.warning(
            "Whether Clay's call about %s is a repeat is not known: Redis is away (%s)", run_id, error
        )
        return None


def _unclaim(run_id: str) -> None:
    try:
        redis.quick().delete(_key(run_id))
    except RedisError:
        logger.info("The mark of Clay's call about %s stays until it expires", run_id)
