"""The daily limits: which one is in force, and what a limit may be."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

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


def all_in_force(day: date) -> dict[str, Limit]:
    """The limit of every scope that ever had one of its own set."""
    return in_force(
        LimitChange.objects.valid_on(day).order_by().values_list("scope", flat=True).distinct(), day
    )


def parsed(text: str, what: str = "The limit") -> Decimal:
    """The credits that a person typed, such as "12,500.50" or "12 500". Raises ValueError with a sentence.

    What two people may read in two ways ("12.500", "12,5") is refused rather than guessed.
    """
    typed = " ".join(text.split()).replace("\u2019", "'").replace("\u2212", "-")
    if not typed:
        raise ValueError(f"{what} is missing: type a number of credits, such as 12,500")
    if _PLAIN.fullmatch(typed):
        return checked(Decimal(_GROUP.sub("", typed)), what)
    if _PLAIN.fullmatch(typed.removeprefix("-")):
        raise ValueError(f"{what} must be zero or more")
    if _TWO_WAYS.fullmatch(typed):
        raise ValueError(_both_ways(typed, what))
    raise ValueError(f"{what} must be a number of credits, such as 12,500, not {text.strip()[:40]!r}")


_PLAIN = re.compile(
    r"(?:[0-9]+|[1-9][0-9]{0,2}(?:([, '_])[0-9]{3})(?:\1[0-9]{3})*)(?:\.[0-9]{0,2}|\.[0-9]{4,})?"
)
"""Groups of three, decimals after a point; three decimals look like a group."""
_GROUP = re.compile(r"[, '_]")
_TWO_WAYS = re.compile(r"[0-9]+(?:[., '_][0-9]+)+")


def _both_ways(typed: str, what: str) -> str:
    """What is wrong with digits whose commas and points do not tell groups from decimals."""
    if typed.count(".") == 1 and (whole_and_cents := re.fullmatch(r"([0-9, '_]+)\.([0-9]{3})", typed)):
        whole, cents = (_GROUP.sub("", part) for part in whole_and_cents.groups())
        if len(whole) > 3:
            return f"{what} may have two decimals at most"
        return f"{typed[:40]} can be read in two ways. Write {int(whole + cents)}, or {whole}.{cents[:2]}"
    if comma := re.fullmatch(r"([0-9. '_]+),([0-9]{1,2})", typed):
        whole = re.sub(r"[. '_]", "", comma[1])
        return f"Decimals go after a point here. Write {whole}.{comma[2]} instead of {typed[:40]}"
    return f"{typed[:40]} can be read in more than one way. Write it without commas, spaces or points"


def checked(credits: Decimal, what: str = "The limit") -> Decimal:
    """The amount with two decimals. Raises ValueError with a sentence for people."""
    if not credits.is_finite() or credits < 0:
        raise ValueError(f"{what} must be a number of credits, zero or more")
    if credits > HIGHEST_LIMIT:
        raise ValueError(f"{what} must be at most {shown(HIGHEST_LIMIT)} credits a day")
    rounded = credits.quantize(HUNDREDTH)
    if rounded != credits:
        raise ValueError(f"{what} may have two decimals at most")
    return rounded
