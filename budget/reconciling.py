"""Redis against the ledger: what a crash left half done is found, and the day is counted anew.

Counting anew is always safe (see `budget.counters`), so nothing is patched: a day that differs, for a reason
other than work that is under way at this moment, is forgotten and made from the ledger.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import cast

from django.utils import timezone

from budget import counters
from budget.models import Entry, EntryState, Recount
from budget.terms import day_of, to_cents
from clayops.base.redis import client

logger = logging.getLogger(__name__)

UNDER_WAY = timedelta(seconds=60)
"""Younger than this, a difference may be work that is just being done."""
CHUNK = 500
LOOKED = "clayops:budget:looked"


@dataclass
class Report:
    """What was found and put right."""

    abandoned: int = 0
    """Reservations whose maker died before they were confirmed: given back."""
    recounted: list[Recount] = field(default_factory=list)
    """Days that were counted anew, since Redis and the ledger differed."""


def rebuild(now: datetime | None = None) -> None:
    """Count today and yesterday anew from the ledger. Raises RedisError."""
    for day in _days(now or timezone.now()):
        counters.forget(day)
        counters.load(day)


def reconcile(now: datetime | None = None) -> Report:
    """Give back what was never confirmed, and count days anew that differ, on record. Raises RedisError."""
    now = now or timezone.now()
    report = Report(abandoned=_abandon(now))
    for day in _days(now):
        if why := _lasting_difference(day, now):
            logger.warning("Credits of %s are counted anew: %s", day, why)
            counters.forget(day)
            report.recounted.append(Recount.objects.create(day=day, why=why[:500], at=now))
        counters.load(day)
    client().set(LOOKED, now.isoformat())
    return report


def last_look() -> datetime | None:
    """When Redis was last compared with the ledger; None where it is not known. Raises RedisError."""
    at = cast("str | None", client().get(LOOKED))
    return datetime.fromisoformat(at) if at else None


def _days(now: datetime) -> list[date]:
    """Today, and yesterday, whose last holders may be open."""
    today = day_of(now)
    return [today, today - timedelta(days=1)]


def _abandon(now: datetime) -> int:
    """Their days are counted anew: a maker that only stood still may go on, and be counted, right now."""
    found = Entry.objects.filter(state=EntryState.PENDING, reserved_at__lte=now - UNDER_WAY)
    abandoned = [entry.day for entry in found if entry.abandon(now)]
    for day in set(abandoned):
        counters.forget(day)
    return len(abandoned)


def _lasting_difference(day: date, now: datetime) -> str:
    """What differs, looked at twice: one look may fall between two statements of somebody's."""
    return _difference(day, now) and _difference(day, now)


def _difference(day: date, now: datetime) -> str:
    """In words what differs; empty where nothing does, or Redis was written to while we looked."""
    seen = counters.snapshot(day)
    if seen is None:
        return ""
    opened = {entry.holder: entry for entry in Entry.objects.of(day).open()}
    spent = counters.spent_in(day)
    closed = _closed(day, [holder for holder in seen.held if holder not in opened])
    found = next(_differences(seen, opened, closed, spent, now), "")
    return found if found and counters.unchanged(day, seen) else ""


def _closed(day: date, holders: Sequence[str]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for start in range(0, len(holders), CHUNK):
        part = Entry.objects.of(day).filter(holder__in=holders[start : start + CHUNK])
        found |= {entry.holder: entry for entry in part}
    return found


def _differences(
    seen: counters.Snapshot,
    opened: dict[str, Entry],
    closed: dict[str, Entry],
    spent: dict[str, int],
    now: datetime,
) -> Iterator[str]:
    for held in seen.held.values():
        if why := _oddity(held, opened.get(held.holder), closed.get(held.holder), now):
            yield why
    for entry in opened.values():
        if entry.state == EntryState.RESERVED and entry.holder not in seen.held:
            yield f"{entry.holder} is reserved, Redis does not know it"
    if _reserved_in(seen) != _without_zeros(seen.reserved):
        yield "the sum of what is reserved is wrong"
    if _without_zeros(_less_what_is_settling(spent, closed)) != _without_zeros(seen.spent):
        yield "the sum of what is spent is wrong"


def _oddity(held: counters.Held, opened: Entry | None, closed: Entry | None, now: datetime) -> str:
    """Why Redis should not hold this; empty where it should, or where that may be under way."""
    if opened and opened.seq == held.seq:
        same = to_cents(opened.credits) == held.amount
        return "" if same or _young(held.since, now) else f"{held.holder} is counted with another amount"
    if closed and closed.seq == held.seq and closed.closed_at:
        young = closed.closed_at > now - UNDER_WAY
        return "" if young else f"{held.holder} is {closed.state} in the ledger"
    return "" if _young(held.since, now) else f"{held.holder} is not in the ledger"


def _less_what_is_settling(spent: dict[str, int], closed: dict[str, Entry]) -> dict[str, int]:
    """What is settled in the ledger but still open in Redis is not among its sums yet."""
    sums = dict(spent)
    for entry in closed.values():
        if entry.state == EntryState.SETTLED and entry.spent:
            for scope in entry.scopes:
                sums[scope] = sums.get(scope, 0) - to_cents(entry.spent)
    return sums


def _young(since: float, now: datetime) -> bool:
    return since > (now - UNDER_WAY).timestamp()


def _reserved_in(seen: counters.Snapshot) -> dict[str, int]:
    sums: dict[str, int] = {}
    for held in seen.held.values():
        for scope in held.scopes:
            sums[scope] = sums.get(scope, 0) + held.amount
    return _without_zeros(sums)


def _without_zeros(sums: dict[str, int]) -> dict[str, int]:
    return {scope: cents for scope, cents in sums.items() if cents}
