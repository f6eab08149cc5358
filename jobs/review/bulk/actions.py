"""One verb for many letters: the set is frozen when it is asked for, shown with its cost, then confirmed.

A worker does it, a letter and what became of it in one transaction, so that a crash repeats nothing. What
changed since the set was frozen (a letter failed anew, was edited, sent by somebody else) is left alone.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import OperationalError, transaction
from django.utils import timezone

from budget.terms import shown
from clayops.base import queues, redis, workers
from jobs.models import (
    BulkAction,
    BulkItem,
    BulkState,
    ItemOutcome,
    LetterState,
    NotPossible,
    Verb,
)
from jobs.models.deadletter import DeadLetterQuerySet
from jobs.review import rights, verbs
from jobs.review.bulk import items, stop
from jobs.review.bulk.preview import CHUNK, needs_note, preview
from jobs.sending import wake, workspace

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

SLICE_SECONDS = 45.0
LEASE_SECONDS = 10
ASK_EVERY = 0.2
"""Seconds between two letters that Clay is asked about."""
AT_ONCE = 50
"""Letters between two looks whether somebody pressed Stop, or the worker ends."""


# -- asking ---------------------------------------------------------------------------------------
def ask(
    verb: Verb,
    letters: DeadLetterQuerySet,
    by: "User | None",
    *,
    query: str = "",
    words: str = "",
    assignee: "User | None" = None,
    rows: Sequence[int] = (),
) -> BulkAction:
    """Freeze the set, of one letter these `rows` alone; nothing is done to it before `confirm`.

    Raises `NotPossible` for an empty one.
    """
    found = list(letters.order_by("pk").values_list("pk", "version"))
    if not found:
        raise NotPossible("No letter is left that this could be done to.")
    with transaction.atomic():
        bulk = BulkAction.objects.create(
            verb=verb, by=by, query=query[:2000], words=words[:500], assignee=assignee, letters=len(found)
        )
        made = (BulkItem(bulk=bulk, letter_id=pk, version=each, rows=list(rows)) for pk, each in found)
        BulkItem.objects.bulk_create(made, batch_size=CHUNK)
    seen = preview(bulk)
    bulk.rows, bulk.credits = seen.rows, seen.credits
    bulk.save(update_fields=["rows", "credits"])
    return bulk


def confirm(
    bulk: BulkAction, note: str = "", *, one_first: bool = False, even_if_nothing: bool = False
) -> None:
    """Let a worker do it. Raises `NotPossible` with what is missing; the second of two clicks is harmless."""
    bulk.refresh_from_db()
    if bulk.state != BulkState.ASKED:
        return
    seen = preview(bulk)
    if not (seen.letters or even_if_nothing):
        raise NotPossible("None of these letters can be treated so any more. Go back and look at them again.")
    if bulk.sends and seen.credits > bulk.credits:
        was, bulk.credits = bulk.credits, seen.credits
        bulk.save(update_fields=["credits"])
        raise NotPossible(
            f"It may cost {shown(seen.credits)} credits now, and not {shown(was)} as you were shown. "
            "Look at it again; nothing was sent."
        )
    if needs_note(bulk, seen) and not verbs.kept_note(note):
        what = "discarded" if bulk.verb == Verb.DISCARD else "paid for again"
        raise NotPossible(f"A note is needed: say why these rows may be {what}.")
    with transaction.atomic():
        going = {"state": BulkState.RUNNING, "started_at": timezone.now(), "note": verbs.kept_note(note)}
        going |= {"rows": seen.rows, "credits": seen.credits}
        asked = BulkAction.objects.filter(pk=bulk.pk, state=BulkState.ASKED)
        if asked.update(**going, one_first=one_first and bulk.sends):
            queues.soon("work", "jobs.tasks.review", bulk.pk)
    bulk.refresh_from_db()


# -- doing ----------------------------------------------------------------------------------------
def lease_name(pk: int) -> str:
    return f"clayops:lease:bulk:{pk}"


def run(pk: int, slice_seconds: float = SLICE_SECONDS) -> None:
    """Do what is left of it, for a bounded slice; the tick goes on with the rest."""
    with redis.lease(lease_name(pk), LEASE_SECONDS) as mine:
        if mine and _run(pk, time.monotonic() + slice_seconds):
            queues.soon("work", "jobs.tasks.review", pk)


def run_here(pk: int) -> None:
    """Do all of it in this process, but for what waits for a first row to come home."""
    while _run(pk, time.monotonic() + SLICE_SECONDS):
        pass


def _run(pk: int, until: float) -> bool:
    """Whether there is more to do at once."""
    try:
        return _go_on(pk, until)
    finally:
        if BulkAction.objects.filter(pk=pk, verb__in=[Verb.RETRY, Verb.APPROVE_RETRY]).exists():
            wake.wake()


def _go_on(pk: int, until: float) -> bool:
    bulk = BulkAction.objects.select_related("by", "assignee", "first").get(pk=pk)
    if why := _why_no_more(bulk):
        stop.stop_by_itself(bulk, why)
        return False
    if bulk.state == BulkState.TRYING and not items.first_is_home(bulk):
        return False
    while time.monotonic() < until and not workers.stopping():
        bulk.refresh_from_db()
        if bulk.state != BulkState.RUNNING:
            return False
        turn = list(bulk.items.filter(outcome="").select_related("letter").order_by("pk")[:AT_ONCE])
        if not turn:
            _finish(bulk)
            return False
        if bulk.one_first and bulk.first_id is None:
            items.send_one(bulk)
            continue
        for item in turn:
            if bulk.verb == Verb.CHECK and not _may_ask():
                return False
            _do(bulk, item)
            if time.monotonic() > until or workers.stopping():
                return True
    return True


def _why_no_more(bulk: BulkAction) -> str:
    """Why it must not go on: whoever began it lost the right meanwhile; empty where it may."""
    if bulk.by is None or (bulk.by.is_active and not rights.why_not(bulk.by, bulk.verb)):
        return ""
    return f"{bulk.by} may not do this any more"


def _may_ask() -> bool:
    """Whether Clay takes questions now; a little time between two of them is for the lanes."""
    return not workspace.seconds_to_wait() and workers.pause(ASK_EVERY)


def _do(bulk: BulkAction, item: BulkItem) -> None:
    """One that cannot be done for a reason nobody thought of must not stand in the way of the others."""
    try:
        items.do(bulk, item)
    except OperationalError:
        raise  # the database is busy: the tick goes on with it
    except Exception:
        logger.exception("letter %s of bulk action %s", item.letter_id, bulk.pk)
        items.keep(item, ItemOutcome.REFUSED, "It could not be done; the log of the worker says why")


def _finish(bulk: BulkAction) -> None:
    over = {"state": BulkState.DONE, "finished_at": timezone.now()}
    BulkAction.objects.filter(pk=bulk.pk, state=BulkState.RUNNING).update(**over)


# -- the tick -------------------------------------------------------------------------------------
def due() -> Iterator[int]:
    """Those to go on with: after a crash, a slice that was over, or a first row's way home."""
    for bulk in BulkAction.objects.under_way().select_related("first").order_by("pk"):
        waits = bulk.state == BulkState.TRYING and bulk.first and bulk.first.state == LetterState.RETRYING
        if not waits:
            yield bulk.pk


def forget_unconfirmed() -> None:
    """Sets that were frozen and not confirmed within a day."""
    old = timezone.now() - timedelta(days=1)
    asked = BulkAction.objects.filter(state=BulkState.ASKED, created_at__lt=old)
    for pk in asked.values_list("pk", flat=True)[:50]:
        BulkItem.objects.filter(bulk=pk).delete()
        BulkAction.objects.filter(pk=pk).delete()
