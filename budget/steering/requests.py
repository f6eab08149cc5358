"""Asking for more credits, and the answers; all on record."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from budget import limits
from budget.models import LimitRequest
from budget.steering.limits import one_at_a_time, set_limit
from budget.terms import WORKSPACE

if TYPE_CHECKING:
    from django.contrib.auth.models import User

State = LimitRequest.State
MOST_OPEN = 3
"""Requests of one person that may wait for an answer at the same time."""


def ask(credits: Decimal, why: str, by: "User", scope: str = WORKSPACE) -> LimitRequest:
    """Ask for so many credits more. Raises ValueError with a sentence for people."""
    limit = limits.limit_of(scope).amount
    why = why.strip()[:500]
    if limit is None:
        raise ValueError("There is no limit here that could be raised")
    if not why:
        raise ValueError("Say what the credits are for")
    if credits.is_finite() and credits <= 0:
        raise ValueError("Ask for more than zero credits")
    credits = limits.checked(credits, "The amount")
    limits.checked(credits + limit, "The limit with it")
    with transaction.atomic():
        # Whoever presses the button twice asks once.
        get_user_model().objects.select_for_update().get(pk=by.pk)
        waiting = LimitRequest.objects.filter(by=by, state=State.OPEN)
        if waiting.filter(scope=scope, credits=credits, why=why).exists():
            raise ValueError("You have asked for exactly this already; it waits for an answer")
        if waiting.count() >= MOST_OPEN:
            raise ValueError(
                f"{MOST_OPEN} requests of yours wait already. Withdraw one to ask for something else"
            )
        return LimitRequest.objects.create(scope=scope, credits=credits, why=why, by=by)


def grant(request: LimitRequest, by: "User", answer: str = "") -> bool:
    """Raise the limit in force by what was asked for, until midnight. False where it was answered already.

    Raises ValueError, with a sentence for people, where the limit would be absurd; then it stays open.
    """
    with one_at_a_time(request.scope):
        if not _answer(request, State.GRANTED, by, answer):
            return False
        now_in_force = limits.limit_of(request.scope).amount
        if now_in_force is not None:  # else there is no limit any more: nothing to raise
            note = f"Asked for by {request.by or 'somebody'}: {request.why}"
            request.change = set_limit(
                now_in_force + request.credits, by, note, request.scope, today_only=True
            )
            request.save(update_fields=["change"])
    return True


def decline(request: LimitRequest, by: "User", answer: str = "") -> bool:
    """Leave the limit as it is. False where it was answered already."""
    return _answer(request, State.DECLINED, by, answer)


def withdraw(request: LimitRequest, by: "User") -> bool:
    """Whoever asked needs it no more. False where it was answered already."""
    return _answer(request, State.WITHDRAWN, by, "")


def _answer(request: LimitRequest, state: "LimitRequest.State", by: "User", answer: str) -> bool:
    still = LimitRequest.objects.filter(pk=request.pk, state=State.OPEN)
    now = timezone.now()
    if not still.update(state=state, decided_by=by, decided_at=now, answer=answer.strip()[:500]):
        return False
    request.refresh_from_db()
    return True
