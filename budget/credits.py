"""Credits: reserve before sending, settle or release afterwards. Knows no job: a holder is a name.

    reserve ─ counted in Redis ─ written in the ledger ─ confirmed in Redis ─▶ work ─▶ settle or release

The ledger (the database) is the truth. It is written before a reservation is confirmed and before it is
closed in Redis, so that Redis may be wiped at any moment and the limit still holds (see `budget.counters`).
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import redis
from django.db import transaction
from django.utils import timezone

from budget import breaker, counters
from budget.limits import current_limit, set_limit
from budget.models import Breaker, Entry, EntryState
from budget.reconciling import Report, rebuild, reconcile
from budget.terms import (
    WORKSPACE,
    Bound,
    Day,
    Refused,
    Scope,
    day_of,
    end_of,
    from_cents,
    named,
    to_cents,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

WARN_AT = Decimal("0.8")
TRIES = 30


def reserve(
    holder: str, credits: Decimal, scopes: Sequence[Scope] = (), *, now: datetime | None = None
) -> None:
    """Set `credits` aside for `holder` against every scope (the workspace always counts), or none of them.

    The same holder counts once: called again while it is reserved, this only makes sure that it is
    (one look into the ledger, one round trip to Redis); after a release it is a new reservation.
    Raises Refused where there is no room, redis.RedisError when Redis is away (whatever was written
    of it until then is found and given back), ValueError for a settled holder or a wrong amount.
    """
    credits, now = from_cents(to_cents(credits)), now or timezone.now()
    for _ in range(TRIES):
        if _reserved_at_last(holder, credits, scopes, now):
            return
    raise redis.RedisError(f"The credits of {holder} could not be confirmed: Redis is wiped again and again")


def settle(holder: str, spent: Decimal | None = None, *, now: datetime | None = None) -> None:
    """What was reserved is spent: all of it, or `spent` credits (fewer or more). Harmless when repeated."""
    entry = Entry.objects.filter(holder=holder).first()
    if spent is not None:
        spent = from_cents(to_cents(spent))
    if entry is None or entry.state == EntryState.RELEASED:
        logger.warning("Nothing to settle for %s: it has no reservation", holder)
    elif entry.settle(spent, now or timezone.now()):
        _close_in_redis(entry, entry.credits if spent is None else spent)


def release(holder: str, *, now: datetime | None = None) -> None:
    """Give a reservation back. Harmless when repeated, for an unknown holder, and after settling."""
    entry = Entry.objects.filter(holder=holder).first()
    if entry is not None and entry.release(now or timezone.now()):
        _close_in_redis(entry, Decimal(0))


def open_holders(
    prefix: str = "", older_than: timedelta = timedelta(0), *, now: datetime | None = None
) -> list[str]:
    """Holders that are reserved, neither settled nor released, for at least `older_than`; oldest first."""
    since = (now or timezone.now()) - older_than
    found = Entry.objects.reserved().filter(holder__startswith=prefix, reserved_at__lte=since)
    return list(found.order_by("reserved_at").values_list("holder", flat=True))


def today(now: datetime | None = None) -> Day:
    """Where today stands. From the database alone: it works, and is right, while Redis is away."""
    now = now or timezone.now()
    day, limit, stop = day_of(now), current_limit(), breaker.of()
    spent, reserved = Entry.objects.of(day).totals()
    stopped = stop.holds(day, limit, limit - spent - reserved)
    return Day(
        day=day,
        limit=limit,
        spent=spent,
        reserved=reserved,
        breaker="open" if stopped else "closed",
        reason=stop.reason if stopped else "",
        since=stop.since if stopped else None,
        resets_at=end_of(day),
        warning=spent + reserved >= limit * WARN_AT,
    )


def open_breaker(reason: str, scope: str = WORKSPACE, *, now: datetime | None = None) -> None:
    """Clay's 402: refuse all until the day turns, or `close_breaker`, or `set_limit`."""
    breaker.open_for_clay(reason, scope, now or timezone.now())


def close_breaker(by: "User | None" = None, note: str = "", scope: str = WORKSPACE) -> None:
    """Let reservations be tried again; it opens anew where there still is no room."""
    breaker.close(scope, note or "Closed by hand", by)


# -- one attempt at a reservation -----------------------------------------------------------------
def _reserved_at_last(holder: str, credits: Decimal, scopes: Sequence[Scope], now: datetime) -> bool:
    """One round; False where somebody else, or a wiped Redis, came between and it is to be tried again."""
    entry = Entry.objects.filter(holder=holder).first()
    if entry is None or entry.state == EntryState.RELEASED:
        seq = entry.seq + 1 if entry else 1
        fresh = Entry(holder=holder, seq=seq, day=day_of(now), credits=credits, reserved_at=now)
        return _count(fresh, scopes, now) and _write(fresh) and _confirm(fresh)
    if entry.state == EntryState.SETTLED:
        raise ValueError(f"{holder} was settled: it cannot be reserved again")
    if entry.credits < credits or (entry.state == EntryState.PENDING and entry.day != day_of(now)):
        release(holder, now=now)
        return False
    if entry.state == EntryState.RESERVED:
        return _still_counted(entry)
    return _count(entry, scopes, now) and _confirm(entry)


def _still_counted(entry: Entry) -> bool:
    if counters.verify(entry.day, entry.holder, entry.seq, entry.credits):
        return True
    logger.warning("Redis has lost the reservation of %s: its day is counted anew", entry.holder)
    counters.forget(entry.day)
    return False


def _count(entry: Entry, scopes: Sequence[Scope], now: datetime) -> bool:
    """Count it in Redis. Raises Refused, with the breaker open and nothing left behind."""
    limits = {name: current_limit(name) if limit is None else limit for name, limit in named(scopes).items()}
    stopped = breaker.standing(limits, now)
    _refuse_without_clay(stopped, entry, now)
    floors = {stop.scope: stop.needs or Decimal(0) for stop in stopped}
    bounds = [Bound(name, limit, floors.get(name, Decimal(0))) for name, limit in limits.items()]
    full = counters.reserve(entry.day, entry.holder, entry.seq, entry.credits, bounds, now)
    if full:
        raise _refusal(full, stopped, entry, now)
    breaker.room_again(stopped, now)
    entry.scopes = list(limits)
    return True


def _refuse_without_clay(stopped: list[Breaker], entry: Entry, now: datetime) -> None:
    for stop in stopped:
        if stop.kind == Breaker.Kind.CLAY:
            _abandon(entry, now)
            day = today(now)
            raise Refused(
                stop.scope, day.limit, day.spent, day.reserved, entry.credits, day.resets_at, stop.reason
            )


def _refusal(full: counters.NoRoom, stopped: list[Breaker], entry: Entry, now: datetime) -> Refused:
    """The refusal, with the breaker open. What has room itself waits with what the breaker opened for."""
    _abandon(entry, now)
    limit = full.bound.limit
    fits = full.spent + full.reserved + entry.credits <= limit
    reason = next((stop.reason for stop in stopped if fits and stop.scope == full.bound.name), "")
    refused = Refused(
        full.bound.name, limit, full.spent, full.reserved, entry.credits, end_of(entry.day), reason
    )
    breaker.open_for(refused, now)
    return refused


def _write(entry: Entry) -> bool:
    """Put it into the ledger, pending. False where another one with this holder was faster."""
    if entry.seq == 1:
        Entry.objects.bulk_create([entry], ignore_conflicts=True)  # a faster one is found by `_confirm`
        return True
    before = Entry.objects.filter(holder=entry.holder, seq=entry.seq - 1, state=EntryState.RELEASED)
    changes = {field: getattr(entry, field) for field in ("seq", "day", "scopes", "credits", "reserved_at")}
    return bool(before.update(**changes, state=EntryState.PENDING, spent=None, closed_at=None))


def _confirm(entry: Entry) -> bool:
    return counters.verify(entry.day, entry.holder, entry.seq, entry.credits) and entry.confirm()


def _abandon(entry: Entry, now: datetime) -> None:
    if entry.abandon(now):
        _close_in_redis(entry, Decimal(0))


def _close_in_redis(entry: Entry, spent: Decimal) -> None:
    """After the ledger, and after the transaction around it; what fails here, `reconcile` does later."""
    transaction.on_commit(partial(_try_to_close, entry, spent))


def _try_to_close(entry: Entry, spent: Decimal) -> None:
    try:
        counters.close(entry.day, entry.holder, entry.seq, spent)
    except redis.RedisError as error:
        logger.warning("%s is closed in the ledger, in Redis later: %s", entry.holder, error)


__all__ = [
    "Day",
    "Refused",
    "Report",
    "Scope",
    "close_breaker",
    "current_limit",
    "open_breaker",
    "open_holders",
    "rebuild",
    "reconcile",
    "release",
    "reserve",
    "set_limit",
    "settle",
    "today",
]
