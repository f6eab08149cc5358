"""The end of `test_credits`: what killed processes left is resolved, and every book is opened.

python -m tests.promises.product.credit_end LIMIT          migrates the database and sets a first limit
python -m tests.promises.product.credit_end SANDBOX_LOG    prints the books as JSON
"""

import json
import sys
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

import httpx

from tests.promises.product.credit_work import PRICE, SCOPES

Sums = dict[str, list[float]]
"""Credits spent and reserved, by scope."""


@dataclass
class Books:
    """What each of them says. `…_before` is what was found before anything was resolved."""

    ledger_before: Sums
    redis_before: Sums
    resolved: int
    pending: int
    ledger: Sums
    redis: Sums
    open_in_redis: int
    spent: dict[str, float]
    """Credits spent by holder, as the ledger has it."""


def prepare(limits: dict[str, int]) -> None:
    from django.core.management import call_command

    from budget import credits

    call_command("migrate", verbosity=0)
    for scope, limit in limits.items():
        credits.set_limit(Decimal(limit), None, scope=scope)


def executed(log: str) -> dict[str, int]:
    """Rows that the sandbox took, by holder; each of them once."""
    found: dict[str, int] = {}
    for item, times in httpx.get(log).json()["accepted"].items():
        assert times == 1, f"{item} was sent {times} times"
        holder = item.rpartition(":")[0]
        found[holder] = found.get(holder, 0) + 1
    return found


def resolve(rows: dict[str, int]) -> int:
    """Settle what the sandbox executed, release the rest, take back what was never confirmed."""
    from django.utils import timezone

    from budget import credits
    from budget.reconciling import UNDER_WAY

    holders = credits.open_holders()
    for holder in holders:
        if holder in rows:
            credits.settle(holder, Decimal(rows[holder] * PRICE))
        else:
            credits.release(holder)
    credits.reconcile(now=timezone.now() + 2 * UNDER_WAY)
    return len(holders)


def in_ledger(day: date) -> Sums:
    """Added up line by line."""
    from budget.models import Entry

    sums: Sums = {scope: [0.0, 0.0] for scope in SCOPES}
    for entry in Entry.objects.of(day):
        for scope in entry.scopes:
            sums[scope][0] += float(entry.spent or 0) if entry.state == "settled" else 0
            sums[scope][1] += float(entry.credits) if entry.state == "reserved" else 0
    return sums


def in_redis(day: date) -> Sums:
    from budget import counters

    counters.load(day)
    seen = counters.snapshot(day)
    assert seen is not None
    return {scope: [seen.spent.get(scope, 0) / 100, seen.reserved.get(scope, 0) / 100] for scope in SCOPES}


def books(log: str) -> Books:
    from budget import counters, credits
    from budget.models import Entry

    day = credits.today().day
    before = in_ledger(day), in_redis(day)
    resolved = resolve(executed(log))
    seen = counters.snapshot(day)
    lines = Entry.objects.of(day)
    assert not Entry.objects.exclude(day=day).exists(), "it took place on one day"
    return Books(
        *before,
        resolved=resolved,
        pending=lines.filter(state="pending").count(),
        ledger=in_ledger(day),
        redis=in_redis(day),
        open_in_redis=len(seen.held) if seen else -1,
        spent={entry.holder: float(entry.spent or 0) for entry in lines.settled()},
    )


if __name__ == "__main__":
    import django

    django.setup()
    if sys.argv[1].startswith("http"):
        print(json.dumps(asdict(books(sys.argv[1]))))
    else:
        prepare(json.loads(sys.argv[1]))
