"""The daily limits that people set."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings

from budget import breaker
from budget.models import LimitChange
from budget.terms import HUNDREDTH, LARGEST, WORKSPACE, shown

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def current_limit(scope: str = WORKSPACE) -> Decimal:
    """Credits a day; `DAILY_CREDIT_LIMIT` until a person sets one."""
    newest = LimitChange.objects.filter(scope=scope).values_list("new", flat=True).first()
    return Decimal(settings.DAILY_CREDIT_LIMIT) if newest is None else newest


def set_limit(credits: Decimal, by: "User | None", note: str = "", scope: str = WORKSPACE) -> None:
    """Put a new daily limit in force, on record; the breaker lets work ask again. Raises ValueError."""
    newest = LimitChange.objects.filter(scope=scope).values_list("new", flat=True).first()
    old = current_limit() if newest is None and scope == WORKSPACE else newest
    record_change(old, credits, by, note, scope)


def record_change(old: Decimal | None, new: Decimal, by: "User | None", note: str, scope: str) -> None:
    """As `set_limit`, for a scope whose limit is kept elsewhere: `old` is the one it had, None for none."""
    new = checked(new)
    LimitChange.objects.create(scope=scope, old=old, new=new, by=by, note=note[:500])
    breaker.close(scope, f"The daily limit is {shown(new)} credits from now on", by)


def checked(credits: Decimal) -> Decimal:
    """The amount with two decimals. Raises ValueError with a sentence for people."""
    if not credits.is_finite() or credits < 0:
        raise ValueError("The limit must be a number of credits, zero or more")
    if credits >= LARGEST:
        raise ValueError(f"The limit must be below {shown(LARGEST)} credits")
    rounded = credits.quantize(HUNDREDTH)
    if rounded != credits:
        raise ValueError("The limit may have two decimals at most")
    return rounded
