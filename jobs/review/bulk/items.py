"""One letter of a bulk action: the verb and what came of it are written together, or not at all."""

from collections.abc import Callable

from django.db import transaction

from jobs.models import (
    BulkAction,
    BulkItem,
    BulkState,
    DeadLetter,
    EventKind,
    ItemOutcome,
    LetterState,
    NotPossible,
    Outcome,
    Row,
    Submission,
    Verb,
)
from jobs.review import check_with_clay, verbs
from jobs.review.bulk.preview import CHANGED
from jobs.review.bulk.stop import stop_by_itself


def do(bulk: BulkAction, item: BulkItem) -> None:
    """What Clay is asked over the network is asked outside of a transaction, and may be asked again."""
    if bulk.verb == Verb.CHECK:
        _check(bulk, item)
        return
    with transaction.atomic():
        if _is_going(bulk) and BulkItem.objects.filter(pk=item.pk, outcome="").exists():
            keep(item, *_outcome(bulk, item))


def _is_going(bulk: BulkAction) -> bool:
    """Whether nobody stopped it, nor can before this transaction ends."""
    mine = BulkAction.objects.select_for_update(of=("self",)).filter(pk=bulk.pk, state=BulkState.RUNNING)
    return mine.first() is not None


def _outcome(bulk: BulkAction, item: BulkItem) -> tuple[ItemOutcome, str]:
    try:
        with verbs.locked(item.letter) as letter:
            ACTS[Verb(bulk.verb)](_meant(bulk, item, letter), bulk)
    except NotPossible as problem:
        return ItemOutcome.REFUSED, str(problem)
    return ItemOutcome.DONE, ""


def _meant(bulk: BulkAction, item: BulkItem, letter: DeadLetter) -> DeadLetter:
    """The letter as it was when the set was frozen, or the rows of it that are meant, in one of their own.

    `letter` is under its lock, so that nobody changes it before the verb is done.
    """
    if letter.version != item.version:
        raise NotPossible(CHANGED)
    if not item.rows:
        return letter
    part = verbs.split(letter, item.rows, bulk.by)
    BulkItem.objects.filter(pk=item.pk).update(letter=part, rows=[])
    return part


def keep(item: BulkItem, outcome: ItemOutcome, text: str) -> None:
    """Write down what became of it, once."""
    BulkItem.objects.filter(pk=item.pk, outcome="").update(outcome=outcome, text=text[:500])


def _check(bulk: BulkAction, item: BulkItem) -> None:
    try:
        with verbs.locked(item.letter) as letter:
            letter = _meant(bulk, item, letter)
        keep(item, ItemOutcome.DONE, check_with_clay.check(letter, bulk.by, bulk))
    except NotPossible as problem:
        keep(item, ItemOutcome.REFUSED, str(problem))


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
def send_one(bulk: BulkAction) -> None:
    """Send one row of the first letter that may go, and wait for it."""
    for item in bulk.items.filter(outcome="").order_by("pk"):
        with transaction.atomic():
            if not _is_going(bulk):
                return
            outcome, text, part = _one_of(bulk, item)
            if part is None:
                keep(item, outcome, text)
                continue
            BulkAction.objects.filter(pk=bulk.pk).update(state=BulkState.TRYING, first=part)
            if BulkItem.objects.filter(pk=item.pk, letter=part).exists():
                keep(item, ItemOutcome.DONE, "Sent first")
            return


def _one_of(bulk: BulkAction, item: BulkItem) -> tuple[ItemOutcome, str, DeadLetter | None]:
    try:
        with verbs.locked(item.letter) as letter:
            letter = _meant(bulk, item, letter)
            part = verbs.split(letter, letter.row_ids()[:1], bulk.by)
            ACTS[Verb(bulk.verb)](part, bulk)
    except NotPossible as problem:
        return ItemOutcome.REFUSED, str(problem), None
    return ItemOutcome.DONE, "", part


def first_is_home(bulk: BulkAction) -> bool:
    """Go on where the first row was enriched, stop where it was not; False while it is under way."""
    first = bulk.first
    if first is None:
        stop_by_itself(bulk, "The letter with the first row is gone")
        return False
    if first.state == LetterState.RETRYING:
        return False
    if first.state == LetterState.RESOLVED:
        again = {} if _was_sent(first) else {"first": None}  # a late result of an earlier run proves nothing
        trying = BulkAction.objects.filter(pk=bulk.pk, state=BulkState.TRYING)
        return bool(trying.update(state=BulkState.RUNNING, **again))
    if first.state == LetterState.DISCARDED:
        stop_by_itself(bulk, f"The first row was discarded (letter {first.pk})")
    else:
        stop_by_itself(bulk, f"The first row failed again: {first.cause.rstrip('.')}")
    return False


def _was_sent(first: DeadLetter) -> bool:
    """Whether Clay took its row after it was sent again."""
    retried = first.events.filter(kind=EventKind.RETRIED).order_by("-pk").first()
    row = Row.objects.filter(pk__in=first.row_ids()).first()
    if retried is None or row is None:
        return False
    carried = Submission.objects.carrying(row)
    return any(each.outcome == Outcome.ACCEPTED and each.created_at >= retried.at for each in carried)
