"""The daily limits: which one is in force, and what a limit may be."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.utils import timezone

from budget.models import LimitChange
from budget.terms import HIGHEST_LIMIT, HUNDREDTH, WORKSPACE, Limit, day_of, shown


def in_force(scopes: Iterable[str], day: date) -> dict[str, Limit]:
    """The limit of each scope on `day`, in one query (two where one of them is for that day only)."""
    newest = LimitChange.objects.valid_on(day).filter(scope__in=(names := set(scopes))).newest_of_each()
    changes = {change.scope: change for change in newest}
    standing = _standing([name for name, change in changes.items() if change.day])
    return {name: _limit(name, changes.get(name), standing) for name in names}


def _standing(scopes: Sequence[str]) -> dict[str, Decimal | None]:
    if not scopes:
        return {}
    found = LimitChange.objects.filter(scope__in=scopes, day=None).newest_of_each()
    return dict(found.values_list("scope", "new"))


def _limit(scope: str, change: LimitChange | None, standing: dict[str, Decimal | None]) -> Limit:
    unset = Decimal(settings.DAILY_CREDIT_LIMIT) if scope == WORKSPACE else None
    if change is None:
        return Limit(unset, 0, standing=unset)
    if change.day is None:
        return Limit(change.new, change.pk, standing=change.new)
    return Limit(change.new, change.pk, for_today=True, standing=standing.get(scope, unset))


def limit_of(scope: str = WORKSPACE, day: date | None = None) -> Limit:
    """The limit of one scope, today unless another day is named."""
    return in_force([scope], day or day_of(timezone.now()))[scope]


def current_limit() -> Decimal:
    """The workspace's limit today; `DAILY_CREDIT_LIMIT` until a person sets one."""
    limit = limit_of().amount
    assert limit is not None, "the workspace always has a limit"  # noqa: S101
    return limit


def all_in_force(day: date) -> dict[str, Limit]:
    """The limit of every scope that ever had one of its own set."""
    return in_force(
        LimitChange.objects.valid_on(day).order_by().values_list("scope", flat=True).distinct(), day
    )


def parsed(text: str) -> Decimal:
    """The limit that a person typed, such as "12,500.50". Raises ValueError with a sentence for people."""
    try:
        return checked(Decimal(text.strip().replace(",", "").replace("_", "").replace(" ", "")))
    except InvalidOperation:
        raise ValueError(f"The limit must be a number of credits, not {text[:40]!r}") from None


def checked(credits: Decimal) -> Decimal:
    """The amount with two decimals. Raises ValueError with a sentence for people."""
    if not credits.is_finite() or credits < 0:
        raise ValueError("The limit must be a number of credits, zero or more")
    if credits > HIGHEST_LIMIT:
        raise ValueError(f"The limit must be at most {shown(HIGHEST_LIMIT)} credits a day")
    rounded = credits.quantize(HUNDREDTH)
    if rounded != credits:
        raise ValueError("The limit may have two decimals at most")
    return rounded
