"""One attempt at a reservation: into the ledger, counted in Redis (one round trip), confirmed."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

import redis
from django.db import transaction

from budget import breaker, counters, limits
from budget.models import Breaker, Entry, EntryState
from budget.terms import WORKSPACE, Bound, Purpose, Refused, day_of, end_of

logger = logging.getLogger(__name__)


def reserved_at_last(
    holder: str, credits: Decimal, scopes: Sequence[str], purpose: Purpose, now: datetime
) -> bool:
    """One round; False where somebody else came between and it is to be tried again."""
    entry = Entry.objects.filter(holder=holder).first()
    if entry is None or entry.state == EntryState.RELEASED:
        seq = entry.seq + 1 if entry else 1
        names = list(dict.fromkeys([WORKSPACE, *scopes]))
        fresh = Entry(holder=holder, seq=seq, day=day_of(now), scopes=names, credits=credits, reserved_at=now)
        fresh.is_for(purpose)
        return _write(fresh) and _count(fresh, now) and fresh.confirm()
    if entry.state == EntryState.SETTLED:
        raise ValueError(f"{holder} was settled: it cannot be reserved again")
    if entry.state == EntryState.RESERVED and entry.credits >= credits:
        return True
    if entry.state == EntryState.RESERVED:
        if entry.release(now):
            close_in_redis(entry, Decimal(0))
        return False
    if entry.credits != credits or entry.day != day_of(now):
        if entry.abandon(now):
            counters.forget(entry.day)  # its maker may live, and be told that it is counted: count anew
        return False
    return _count(entry, now) and entry.confirm()


def _write(entry: Entry) -> bool:
    """Put it into the ledger, pending. False where another one with this holder was faster."""
    if entry.seq == 1:
        Entry.objects.bulk_create([entry], ignore_conflicts=True)  # a faster one is found by `confirm`
        return True
    before = Entry.objects.filter(holder=entry.holder, seq=entry.seq - 1, state=EntryState.RELEASED)
    changed = (
        "seq",
        "day",
        "scopes",
        "credits",
        "reserved_at",
        "destination",
        "job",
        "person",
        "rows",
        "label",
    )
    values = {field: getattr(entry, field) for field in changed}
    return bool(before.update(**values, state=EntryState.PENDING, spent=None, basis="", closed_at=None))


def _count(entry: Entry, now: datetime) -> bool:
    """Count it in Redis. Raises Refused, with the breaker open and nothing left behind."""
    found = limits.in_force(entry.scopes, entry.day)
    stopped = breaker.standing({name: limit.amount for name, limit in found.items()}, now)
    _refuse_without_clay(stopped, entry, found[WORKSPACE].amount or Decimal(0), now)
    waited_for = [stop for stop in stopped if stop.may_fit(found[stop.scope].amount)]
    floors = {stop.scope: stop.needs or Decimal(0) for stop in waited_for}
    bounds = [Bound(name, found[name], floors.get(name, Decimal(0))) for name in entry.scopes]
    full = counters.reserve(entry.day, entry.holder, entry.seq, entry.credits, bounds, now)
    if full:
        raise _refusal(full, stopped, entry, now)
    breaker.room_again(waited_for, now)
    return True


def _refuse_without_clay(stopped: list[Breaker], entry: Entry, limit: Decimal, now: datetime) -> None:
    for stop in stopped:
        if stop.kind == Breaker.Kind.CLAY:
            _abandon(entry, now)
            spent, reserved = Entry.objects.of(entry.day).totals()
            raise Refused(stop.scope, limit, spent, reserved, entry.credits, end_of(entry.day), stop.reason)


def _refusal(full: counters.NoRoom, stopped: list[Breaker], entry: Entry, now: datetime) -> Refused:
    """The refusal, with the breaker open. What has room itself waits with what the breaker opened for."""
    _abandon(entry, now)
    fits = full.spent + full.reserved + entry.credits <= full.limit
    before = next((stop.reason for stop in stopped if fits and stop.scope == full.scope), "")
    reason = f"A larger batch waits for credits before this one. {before}" if before else ""
    refused = Refused(
        full.scope, full.limit, full.spent, full.reserved, entry.credits, end_of(entry.day), reason
    )
    breaker.open_for(refused, now)
    return refused


def _abandon(entry: Entry, now: datetime) -> None:
    """Redis has counted nothing, but a rebuild may have kept room for it meanwhile."""
    if entry.abandon(now):
        transaction.on_commit(
            partial(_try, entry, partial(counters.drop, entry.day, entry.holder, entry.seq))
        )


def close_in_redis(entry: Entry, spent: Decimal) -> None:
    """After the ledger, and after the transaction around it; what fails here, `reconcile` does later."""
    transaction.on_commit(
        partial(_try, entry, partial(counters.close, entry.day, entry.holder, entry.seq, spent))
    )


def _try(entry: Entry, do: Callable[[], None]) -> None:
    try:
        do()
    except redis.RedisError as error:
        logger.warning("%s is closed in the ledger, in Redis later: %s", entry.holder, error)
