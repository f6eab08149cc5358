"""What was spent turns out to be another amount: the ledger is corrected, on record, and Redis follows."""

import logging
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import redis
from django.db import transaction

from budget import counters
from budget.models import Basis, Correction, Entry, EntryState
from budget.terms import from_cents, shown, to_cents

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

MOST = 10
"""Times what was reserved: more than that for one batch is a slip of the finger."""


def correct_unknown(entry: Entry, spent: Decimal, basis: Basis) -> bool:
    """What nobody knew is known now, from a late result. False where there was nothing unknown."""
    entry.refresh_from_db()
    if entry.state != EntryState.SETTLED or entry.basis != Basis.UNKNOWN:
        return False
    return _correct(entry, spent, basis, None, "A late result told it")


def may_be_decided(entry: Entry) -> bool:
    """Whether nobody but a person can say what it cost."""
    return entry.state == EntryState.SETTLED and entry.basis in {Basis.UNKNOWN, Basis.DECIDED}


def decide(entry: Entry, spent: Decimal, by: "User | None", note: str) -> bool:
    """A person says what something cost whose outcome nobody knows; may be said again, and otherwise.

    It counts for the day on which it was reserved. False where that was said already, or somebody was
    faster. Raises ValueError, with a sentence for people, for what is known from elsewhere, for an amount
    that makes no sense, and where the note is missing.
    """
    spent = from_cents(to_cents(spent))
    if not may_be_decided(entry):
        raise ValueError("What this cost is known already: there is nothing to decide")
    if spent > entry.credits * MOST:
        raise ValueError(f"At most {shown(entry.credits * MOST)} credits: {MOST} times what was reserved")
    if not note.strip():
        raise ValueError("Say how you know: it stays on record")
    return _correct(entry, spent, Basis.DECIDED, by, note)


def _correct(entry: Entry, spent: Decimal, basis: Basis, by: "User | None", note: str) -> bool:
    old, old_basis = entry.spent or Decimal(0), Basis(entry.basis)
    if (old, old_basis) == (spent, basis):
        return False
    with transaction.atomic():
        if not entry.correct(spent, basis):
            return False
        Correction.objects.create(
            entry=entry, old=old, new=spent, old_basis=old_basis, by=by, note=note[:500]
        )
        transaction.on_commit(partial(_recount, entry))
    entry.refresh_from_db()
    return True


def _recount(entry: Entry) -> None:
    """The day is counted anew by whoever needs it next: safe to do twice, unlike adding a difference."""
    try:
        counters.forget(entry.day)
    except redis.RedisError as error:
        logger.warning("%s is corrected in the ledger, in Redis later: %s", entry.holder, error)
