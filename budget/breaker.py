"""Opening and closing the credit breaker. It is a row in the database: every change is on record."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from budget.models import Breaker, BreakerEvent
from budget.terms import WORKSPACE, Refused, day_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

OPEN, CLOSED = Breaker.State.OPEN, Breaker.State.CLOSED


def of(scope: str = WORKSPACE) -> Breaker:
    """The scope's breaker; a closed one, not saved, where it never opened."""
    return Breaker.objects.filter(scope=scope).first() or Breaker(scope=scope)


def standing(limits: dict[str, Decimal | None], now: datetime) -> list[Breaker]:
    """The breakers of these scopes that are open; those that no longer hold are closed on the way."""
    found = []
    for breaker in Breaker.objects.filter(scope__in=limits, state=OPEN):
        if why := breaker.stale_because(day_of(now), limits[breaker.scope]):
            close(breaker.scope, why, now=now, seen=breaker)
        else:
            found.append(breaker)
    return found


def open_for(refused: Refused, now: datetime) -> None:
    """A reservation was refused: open, unless it is open today for a reason as good.

    What may fit when others are done takes the place of what fits into no day, as all wait for that.
    """
    already = Q(state=OPEN, day__gte=day_of(now))
    if refused.needs <= refused.limit:
        already &= Q(kind=Breaker.Kind.CLAY) | Q(needs__lte=refused.limit)
    details: dict[str, Decimal | None] = {"needs": refused.needs, "limit": refused.limit}
    _open(refused.scope, Breaker.Kind.LIMIT, refused.reason, already, now, details)


def open_for_clay(reason: str, scope: str, now: datetime) -> None:
    """Clay has no credits left: open until the day turns or a person says otherwise."""
    already = Q(state=OPEN, day__gte=day_of(now), kind=Breaker.Kind.CLAY)
    _open(scope, Breaker.Kind.CLAY, reason, already, now, {"needs": None, "limit": None})


def _open(
    scope: str, kind: Breaker.Kind, reason: str, already: Q, now: datetime, details: dict[str, Decimal | None]
) -> None:
    if Breaker.objects.filter(already, scope=scope).exists():
        return
    reason = reason[:500]
    Breaker.objects.get_or_create(scope=scope)
    with transaction.atomic():
        changed = Breaker.objects.filter(scope=scope).exclude(already)
        values = {"state": OPEN, "kind": kind, "reason": reason, "since": now, "day": day_of(now)}
        if changed.update(**values, **details):
            BreakerEvent.objects.create(scope=scope, state=OPEN, kind=kind, reason=reason, at=now)


def close(
    scope: str,
    why: str,
    by: "User | None" = None,
    now: datetime | None = None,
    seen: Breaker | None = None,
    only: Breaker.Kind | None = None,
) -> bool:
    """Close it, on record. With `seen`, only where it has not been opened anew since that was read;
    with `only`, only where that is why it is open."""
    with transaction.atomic():
        found = Breaker.objects.filter(scope=scope, state=OPEN)
        if only is not None:
            found = found.filter(kind=only)
        if seen is not None:
            found = found.filter(since=seen.since, kind=seen.kind)
        kind = found.values_list("kind", flat=True).first()
        if kind is None or not found.update(
            state=CLOSED, kind="", reason="", since=None, day=None, needs=None, limit=None
        ):
            return False
        at = now or timezone.now()
        BreakerEvent.objects.create(scope=scope, state=CLOSED, kind=kind, reason=why[:500], by=by, at=at)
    return True


def room_again(breakers: Iterable[Breaker], now: datetime) -> None:
    """A reservation passed with room for what was refused: the breakers close by themselves."""
    for breaker in breakers:
        close(breaker.scope, "There is room again", now=now, seen=breaker)
