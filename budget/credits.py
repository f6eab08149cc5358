"""Credits: reserve before sending, settle or release afterwards. Knows no job: a holder is a name.

    reserve ─ in the ledger, pending ─ counted in Redis ─ confirmed in the ledger ─▶ work ─▶ settle or release

The ledger (the database) is the truth: a reservation is in it before it is counted in Redis, and closed in it
before it is closed in Redis. So Redis may be wiped at any moment and the limit still holds (see
`budget.counters`), and a reservation costs one round trip to Redis.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import redis
from django.db import transaction
from django.utils import timezone

from budget import breaker
from budget.limits import limit_of
from budget.models import Basis, Entry, EntryState
from budget.reconciling import Report, rebuild, reconcile
from budget.reserving import close_in_redis, reserved_at_last
from budget.steering.corrections import correct_unknown, decide
from budget.steering.limits import set_limit
from budget.terms import WORKSPACE, Day, Purpose, Refused, destination_scope, from_cents, to_cents
from budget.totals import on_day, today

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

TRIES = 30
NOTHING = Purpose()


def reserve(
    holder: str,
    credits: Decimal,
    scopes: Sequence[str] = (),
    purpose: Purpose = NOTHING,
    *,
    now: datetime | None = None,
) -> None:
    """Set `credits` aside for `holder` against every scope (the workspace always counts), or none of them.

    The same holder counts once, however often it is asked; after a release it is a new reservation. What
    is not counted because nothing limits it today is counted all the same: a limit may be set at noon.
    Raises Refused where there is no room, redis.RedisError when Redis is away (whatever was written
    of it until then is found and given back), ValueError for a settled holder or a wrong amount.
    """
    credits, now = from_cents(to_cents(credits)), now or timezone.now()
    for _ in range(TRIES):
        if reserved_at_last(holder, credits, scopes, purpose, now):
            return
    raise redis.RedisError(f"The credits of {holder} could not be reserved: others come between all the time")


def settle(
    holder: str,
    spent: Decimal | None = None,
    basis: Basis = Basis.ESTIMATED,
    *,
    now: datetime | None = None,
) -> None:
    """What was reserved is spent: all of it, or `spent` credits (fewer or more). Harmless when repeated.

    What was settled as unknown is corrected, on record, where `basis` says that it is known now.
    """
    entry = Entry.objects.filter(holder=holder).first()
    if spent is not None:
        spent = from_cents(to_cents(spent))
    if entry is None or entry.state == EntryState.RELEASED:
        logger.warning("Nothing to settle for %s: it has no reservation", holder)
    elif entry.settle(spent, basis, now or timezone.now()):
        close_in_redis(entry, entry.credits if spent is None else spent)
    elif basis != Basis.UNKNOWN:
        correct_unknown(entry, entry.credits if spent is None else spent, basis)


def hold(holder: str) -> bool:
    """Keep others from giving the holder's credits back until the current transaction ends.

    False where they are not reserved (any more): then nothing may be sent on them.
    """
    return Entry.objects.reserved().select_for_update().filter(holder=holder).first() is not None


def release_unused(holder: str, is_used: Callable[[], bool], *, now: datetime | None = None) -> bool:
    """Give a reservation back unless somebody uses it, or comes to do so at this moment (see `hold`)."""
    with transaction.atomic():
        if not hold(holder) or is_used():
            return False
        release(holder, now=now)
    return True


def release(holder: str, *, now: datetime | None = None) -> None:
    """Give a reservation back. Harmless when repeated, for an unknown holder, and after settling."""
    entry = Entry.objects.filter(holder=holder).first()
    if entry is not None and entry.release(now or timezone.now()):
        close_in_redis(entry, Decimal(0))


def open_holders(
    prefix: str = "", older_than: timedelta = timedelta(0), *, now: datetime | None = None
) -> list[str]:
    """Holders that are reserved, neither settled nor released, for at least `older_than`; oldest first."""
    since = (now or timezone.now()) - older_than
    found = Entry.objects.reserved().filter(holder__startswith=prefix, reserved_at__lte=since)
    return list(found.order_by("reserved_at").values_list("holder", flat=True))


def open_breaker(reason: str, scope: str = WORKSPACE, *, now: datetime | None = None) -> None:
    """Clay's 402: refuse all until the day turns, or `close_breaker`."""
    breaker.open_for_clay(reason, scope, now or timezone.now())


def close_breaker(by: "User | None" = None, note: str = "", scope: str = WORKSPACE) -> None:
    """Let reservations be tried again; it opens anew where there still is no room."""
    breaker.close(scope, note or "Closed by hand", by)


__all__ = [
    "Basis",
    "Day",
    "Purpose",
    "Refused",
    "Report",
    "close_breaker",
    "decide",
    "destination_scope",
    "hold",
    "limit_of",
    "on_day",
    "open_breaker",
    "open_holders",
    "rebuild",
    "reconcile",
    "release",
    "release_unused",
    "reserve",
    "set_limit",
    "settle",
    "today",
]
