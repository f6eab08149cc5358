"""One attempt: confirm, POST, and write down what Clay's answer means (docs/architecture.md, the table)."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import OperationalError
from redis import RedisError

from budget import credits as budget
from budget.terms import NO_CLAY_CREDITS
from clayops.base import disk, workers
from clayops.clay import (
    Accepted,
    ClayError,
    Item,
    KeyRejected,
    NoCredits,
    NotSent,
    Rejected,
    TooFast,
    payload_bytes,
)
from jobs.models import ClayCircuit, Destination, Hold, Row, Submission
from jobs.sending import outcomes, workspace
from providers.waterfall import Choice

logger = logging.getLogger(__name__)

MAX_PAYLOAD = 100_000
MAX_ATTEMPTS = 5
FIRST_BACKOFF = 2.0
"""Seconds before the second attempt; doubles from there."""
RECORD_TRIES = 6


def make(submission: Submission, destination: Destination) -> None:
    """Send the submission's rows and close it with an outcome. What is written stays true under kill -9."""
    items = build_items(submission, destination)
    if cause := unsendable(items):
        _record(partial(outcomes.refuse_for_good, submission, cause, None))
        return
    if not Submission.objects.open().filter(pk=submission.pk).exists():
        logger.warning("%s was taken for dead and cleared up: it is not sent", submission)
        return
    _post(submission, destination, items)


def unsendable(items: list[Item]) -> str:
    """Why Clay could not take these items, or empty. Nothing of them has left."""
    try:
        size = payload_bytes(items, settings.CLAY_WEBHOOK_ID)
    except ValueError as error:
        return f"The rows cannot be sent: {error}"
    return f"The payload has {size:,} bytes; Clay takes {MAX_PAYLOAD:,}" if size > MAX_PAYLOAD else ""


def is_too_large(items: list[Item]) -> bool:
    """Whether fewer of them might go, where so many cannot."""
    try:
        return payload_bytes(items, settings.CLAY_WEBHOOK_ID) > MAX_PAYLOAD
    except ValueError:
        return False


def build_items(submission: Submission, destination: Destination) -> list[Item]:
    """What Clay gets: our row id as the item's id, the mapped cells, and the waterfall's lists."""
    rows = {row.pk: row for row in Row.objects.filter(pk__in=submission.row_ids).select_related("job")}
    return items_of([rows[pk] for pk in submission.row_ids], destination, submission.choice)


def items_of(rows: Iterable[Row], destination: Destination, choice: Choice) -> list[Item]:
    """The same for rows that are in the order in which they would be sent."""
    items = []
    for place, row in enumerate(rows):
        extras = destination.lists(*choice.lists(place)) if choice.use else {}
        if destination.reads_cells:
            extras[destination.row_id_input] = str(row.pk)
        items.append(Item(str(row.pk), {**row.job.inputs_of(row), **extras}))
    return items


def _post(submission: Submission, destination: Destination, items: list[Item]) -> None:
    try:
        accepted = workspace.clay().run(destination.routine_id, items, settings.CLAY_WEBHOOK_ID)
    except ClayError as error:
        _record(partial(_meaning_of, error, submission, destination))
    except ValueError as error:  # raised before anything leaves
        _record(partial(outcomes.refuse_for_good, submission, f"The rows cannot be sent: {error}", None))
    else:
        _record(partial(_accepted, accepted, submission, destination))
        workspace.heed(accepted.rate)


def _accepted(accepted: Accepted, submission: Submission, destination: Destination) -> None:
    outcomes.accept(submission, accepted.run_id, destination.timeout)
    ClayCircuit.success()
    destination.lift_hold(Hold.CLAY_DOWN, Hold.BUDGET)
    if not submission.choice.only_probes:
        destination.lift_hold(Hold.NO_PROVIDER)


def _meaning_of(error: ClayError, submission: Submission, destination: Destination) -> None:
    """The table "What each answer of Clay means", for everything but 202."""
    text, status = str(error), error.status
    match error:
        case NotSent():
            outcomes.refuse(submission, text, status, _backoff(submission), MAX_ATTEMPTS)
            ClayCircuit.failure(text)
        case TooFast():
            outcomes.put_back(submission, text, status)
            workspace.wait(error.retry_after or 1.0)
        case Rejected():
            outcomes.refuse_for_good(submission, text, status)
            ClayCircuit.success()
        case KeyRejected():
            destination.put_on_hold(Hold.KEY_REJECTED, text)
            outcomes.put_back(submission, text, status)
        case NoCredits():
            budget.open_breaker(NO_CLAY_CREDITS)
            destination.put_on_hold(Hold.BUDGET, NO_CLAY_CREDITS)
            outcomes.put_back(submission, text, status)
        case _:
            outcomes.unknown(submission, text, status)
            ClayCircuit.failure(text)


def _backoff(submission: Submission) -> timedelta:
    return timedelta(seconds=outcomes.jittered(FIRST_BACKOFF * 2 ** (submission.attempt - 1)))


def _record(write: Callable[[], None]) -> None:
    """Write an outcome, patiently: a database that is busy for a moment must not cost us a run id.

    Where the disk is full for as long as it takes, unless the worker is to stop.
    """
    left = RECORD_TRIES
    while True:
        try:
            return write()
        except (OperationalError, RedisError) as error:
            is_full = disk.is_about_room(error)
            left -= 0 if is_full else 1
            if not left or workers.stopping() or (isinstance(error, RedisError) and not is_full):
                raise
            why = "The disk is full" if is_full else "The database is busy"
            logger.warning("%s; the outcome is written again in a moment", why)
            time.sleep(1.0)
