"""One verb for many letters: the set is frozen when it is asked for, shown with its cost, then confirmed.

A worker does it, a letter and what became of it in one transaction, so that a crash repeats nothing. What
changed since the set was frozen (a letter failed anew, was edited, sent by somebody else) is left alone.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from clayops import queues, redis, workers
from jobs.models import (
    BulkAction,
    BulkItem,
    BulkState,
    DeadLetter,
    ItemOutcome,
    LetterState,
    NotPossible,
    Verb,
)
from jobs.models.deadletter import DeadLetterQuerySet
from jobs.review import checking, verbs
from jobs.review.preview import CHANGED, CHUNK, needs_note, preview
from jobs.sending import lane

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

SLICE_SECONDS = 45.0
LEASE_SECONDS = 20
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
    with transaction.atomic():
        found = list(letters.order_by("pk").values_list("pk", "version"))
        if not found:
            raise NotPossible("No letter is left that this could be done to.")
        bulk = BulkAction.objects.create(
            verb=verb, by=by, query=query[:2000], words=words[:500], assignee=assignee, letters=len(found)
        )
        items = (BulkItem(bulk=bulk, letter_id=pk, version=each, rows=list(rows)) for pk, each in found)
        BulkItem.objects.bulk_create(items, batch_size=CHUNK)
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
    if needs_note(bulk, seen) and not verbs.said(note):
        what = "discarded" if bulk.verb == Verb.DISCARD else "paid for again"
        raise NotPossible(f"A note is needed: say why these rows may be {what}.")
    from jobs import tasks

    with transaction.atomic():
        going = {"state": BulkState.RUNNING, "started_at": timezone.now(), "note": verbs.said(note)}
        asked = BulkAction.objects.filter(pk=bulk.pk, state=BulkState.ASKED)
        if asked.update(**going, one_first=one_first and bulk.sends):
            queues.soon("work", tasks.review, bulk.pk)
    bulk.refresh_from_db()


def stop(bulk: BulkAction, by: "User | None") -> bool:
    """Leave the letters whose turn has not come as they are; False where it has ended already."""
    with transaction.atomic():
        return _stop(bulk.pk, by, f"Stopped by {by}" if by else "Stopped")


def _stop(pk: int, by: "User | None", reason: str) -> bool:
    over = {"state": BulkState.STOPPED, "finished_at": timezone.now(), "stopped_by": by}
    if not BulkAction.objects.under_way().filter(pk=pk).update(**over, stop_reason=reason[:1000]):
        return False
    left = {"outcome": ItemOutcome.LEFT, "text": "Stopped before its turn came"}
    BulkItem.objects.filter(bulk=pk, outcome="").update(**left)
    return True


# -- doing ----------------------------------------------------------------------------------------
def lease_name(pk: int) -> str:
    return f"clayops:lease:bulk:{pk}"


def run(pk: int, slice_seconds: float = SLICE_SECONDS) -> None:
    """Do what is left of it, for a bounded slice; the tick goes on with the rest."""
    with redis.lease(lease_name(pk), LEASE_SECONDS) as mine:
        if mine and _run(pk, time.monotonic() + slice_seconds):
            from jobs import tasks

            queues.soon("work", tasks.review, pk)


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
            lane.wake()


def _go_on(pk: int, until: float) -> bool:
    bulk = BulkAction.objects.select_related("by", "assignee", "first").get(pk=pk)
    if bulk.state == BulkState.TRYING and not _first_is_home(bulk):
        return False
    while time.monotonic() < until and not workers.stopping():
        bulk.refresh_from_db()
        if bulk.state != BulkState.RUNNING:
            return False
        items = list(bulk.items.filter(outcome="").order_by("pk")[:AT_ONCE])
        if not items:
            _finish(bulk)
            return False
        if bulk.one_first and bulk.first_id is None:
            _send_one(bulk)
            continue
        for item in items:
            _do(bulk, item)
            if time.monotonic() > until or workers.stopping():
                return True
    return True


def _finish(bulk: BulkAction) -> None:
    over = {"state": BulkState.DONE, "finished_at": timezone.now()}
    BulkAction.objects.filter(pk=bulk.pk, state=BulkState.RUNNING).update(**over)


def _do(bulk: BulkAction, item: BulkItem) -> None:
    """One letter, and what became of it. What is asked over the network is asked before, and may be again."""
    if bulk.verb == Verb.CHECK:
        _check(bulk, item)
        return
    with transaction.atomic():
        if _is_going(bulk) and BulkItem.objects.filter(pk=item.pk, outcome="").exists():
            _keep(item, *_outcome(bulk, item))


def _is_going(bulk: BulkAction) -> bool:
    """Whether nobody stopped it, nor can before this transaction ends."""
    mine = BulkAction.objects.select_for_update(of=("self",)).filter(pk=bulk.pk, state=BulkState.RUNNING)
    return mine.first() is not None


def _outcome(bulk: BulkAction, item: BulkItem) -> tuple[ItemOutcome, str]:
    try:
        with transaction.atomic():
            ACTS[Verb(bulk.verb)](_meant(bulk, item), bulk)
    except NotPossible as problem:
        return ItemOutcome.REFUSED, str(problem)
    return ItemOutcome.DONE, ""


def _meant(bulk: BulkAction, item: BulkItem) -> DeadLetter:
    """The letter as it was when the set was frozen, or the rows of it that are meant, in one of their own."""
    letter = DeadLetter.objects.with_places().get(pk=item.letter_id)
    if letter.version != item.version:
        raise NotPossible(CHANGED)
    if not item.rows:
        return letter
    part = verbs.split(letter, item.rows, bulk.by)
    BulkItem.objects.filter(pk=item.pk).update(letter=part, rows=[])
    return part


def _keep(item: BulkItem, outcome: ItemOutcome, text: str) -> None:
    BulkItem.objects.filter(pk=item.pk, outcome="").update(outcome=outcome, text=text[:500])


def _check(bulk: BulkAction, item: BulkItem) -> None:
    try:
        _keep(item, ItemOutcome.DONE, checking.check(_meant(bulk, item), bulk.by, bulk))
    except NotPossible as problem:
        _keep(item, ItemOutcome.REFUSED, str(problem))


def _approve(letter: DeadLetter, bulk: BulkAction) -> None:
    verbs.approve(letter, bulk.by, bulk.note, bulk)


def _retry(letter: DeadLetter, bulk: BulkAction) -> None:
    verbs.retry(letter, bulk.by, bulk.note, bulk)


def _approve_and_retry(letter: DeadLetter, bulk: BulkAction) -> None:
    if letter.needs_approval:
        verbs.approve(letter, bulk.by, bulk.note, bulk)
    verbs.retry(letter, bulk.by, bulk.note, bulk)


def _discard(letter: DeadLetter, bulk: BulkAction) -> None:
    verbs.discard(letter, bulk.by, bulk.note, bulk)


def _restore(letter: DeadLetter, bulk: BulkAction) -> None:
    verbs.restore(letter, bulk.by, bulk.note, bulk)


def _assign(letter: DeadLetter, bulk: BulkAction) -> None:
    verbs.assign(letter, bulk.by, bulk.assignee, bulk)


ACTS: dict[Verb, Callable[[DeadLetter, BulkAction], None]] = {
    Verb.APPROVE: _approve,
    Verb.RETRY: _retry,
    Verb.APPROVE_RETRY: _approve_and_retry,
    Verb.DISCARD: _discard,
    Verb.RESTORE: _restore,
    Verb.ASSIGN: _assign,
}


# -- one first ------------------------------------------------------------------------------------
def _send_one(bulk: BulkAction) -> None:
    """Send one row of the first letter that may go, and wait for it."""
    for item in bulk.items.filter(outcome="").order_by("pk"):
        with transaction.atomic():
            if not _is_going(bulk):
                return
            outcome, text, part = _one_of(bulk, item)
            if part is None:
                _keep(item, outcome, text)
                continue
            BulkAction.objects.filter(pk=bulk.pk).update(state=BulkState.TRYING, first=part)
            if BulkItem.objects.filter(pk=item.pk, letter=part).exists():
                _keep(item, ItemOutcome.DONE, "Sent first")
            return


def _one_of(bulk: BulkAction, item: BulkItem) -> tuple[ItemOutcome, str, DeadLetter | None]:
    try:
        with transaction.atomic():
            letter = _meant(bulk, item)
            part = verbs.split(letter, letter.row_ids()[:1], bulk.by)
            ACTS[Verb(bulk.verb)](part, bulk)
    except NotPossible as problem:
        return ItemOutcome.REFUSED, str(problem), None
    return ItemOutcome.DONE, "", part


def _first_is_home(bulk: BulkAction) -> bool:
    """Go on where the first row was enriched, stop where it was not; False while it is under way."""
    first = bulk.first
    if first is None:
        _stop(bulk.pk, None, "The letter with the first row is gone. Nothing else was sent.")
        return False
    if first.state == LetterState.RETRYING:
        return False
    if first.state == LetterState.RESOLVED:
        trying = BulkAction.objects.filter(pk=bulk.pk, state=BulkState.TRYING)
        return bool(trying.update(state=BulkState.RUNNING))
    if first.state == LetterState.DISCARDED:
        reason = f"The first row was discarded (letter {first.pk}). Nothing else was sent."
    else:
        reason = f"The first row failed again: {first.cause} Nothing else was sent."
    with transaction.atomic():
        _stop(bulk.pk, None, reason)
    return False


# -- the tick -------------------------------------------------------------------------------------
def start_due() -> None:
    """Go on with what a crash, or a slice that was over, left undone; and forget what nobody confirmed."""
    from jobs import tasks

    for pk in _due():
        if redis.client().exists(lease_name(pk)):
            continue
        if redis.client().set(f"{lease_name(pk)}:started", "1", nx=True, ex=LEASE_SECONDS):
            queues.soon("work", tasks.review, pk)


def _due() -> Iterable[int]:
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
