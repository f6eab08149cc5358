"""The counters in Redis: one hash per day, made from the ledger, changed by scripts only.

Fields, amounts in hundredths of a credit: `r:<scope>` reserved, `s:<scope>` spent, `h:<holder>` an open
reservation (`q` seq, `a` amount, `t` when, `s` scopes, `u` unconfirmed), `l:<scope>` the limit in force
(`version:amount`, no amount for no limit), `#version` (one more with each change), `#loaded` (by whom) and
`#run`, the run of Redis that made it: without it, or in another run (one that crashed may come back without
its last second), the scripts refuse to work, the day is rebuilt from the ledger and the script runs again.

Why nothing that was counted is ever lost, whenever Redis is wiped or crashes: its line is in the ledger
(pending) before it is counted, and a rebuild stands only if no script could work since it began to read.

Why a rebuild lets nothing pass the limit: a pending line takes up its room, as its maker may have been told
that it is counted; but it is marked `u`: where its maker has not been told yet, it must fit before it counts.
"""

import json
import secrets
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, cast

import redis
from django.db.models import F, Max, QuerySet, Sum

from budget import limits
from budget.models import Entry, EntryState
from budget.terms import Bound, Limit, from_cents, sum_to_cents, to_cents
from clayops.base.redis import client, patient

LUA = Path(__file__).parent / "lua"
LIFE = timedelta(days=4)
LOCK_MILLISECONDS = 5_000
LONGEST_WAIT = 15.0
"""Seconds that a script waits for the rebuild that another process is doing."""


@dataclass(frozen=True)
class NoRoom:
    """The scope that refuses, its limit, and what is out against it, in credits."""

    scope: str
    limit: Decimal
    spent: Decimal
    reserved: Decimal


@dataclass(frozen=True)
class Held:
    """An open reservation as Redis knows it; `amount` in hundredths, `since` in seconds of the epoch."""

    holder: str
    seq: int
    amount: int
    since: float
    scopes: tuple[str, ...]
    unconfirmed: bool = False
    """Found pending in the ledger by a rebuild: it takes up room, but was not held against the limit."""


@dataclass(frozen=True)
class Snapshot:
    """All that Redis knows of a day, at one moment; sums in hundredths."""

    version: str
    held: dict[str, Held]
    reserved: dict[str, int]
    spent: dict[str, int]


def key(day: date) -> str:
    return f"clayops:budget:{day:%Y-%m-%d}"


# -- the scripts ----------------------------------------------------------------------------------
def reserve(
    day: date, holder: str, seq: int, credits: Decimal, bounds: Sequence[Bound], now: datetime
) -> NoRoom | None:
    """Count the holder against all bounds or none; once, however often it is asked. Raises RedisError."""
    args: list[object] = [holder, seq, to_cents(credits), now.timestamp()]
    for bound in bounds:
        args += [bound.name, bound.limit.version, _cents(bound.limit), to_cents(bound.floor)]
    answer = _run("reserve", day, args)
    if answer[0] == "counted":
        return None
    scope, (spent, reserved, limit) = bounds[int(answer[1]) - 1].name, answer[2:]
    return NoRoom(scope, *(from_cents(int(cents)) for cents in (limit, spent, reserved)))


def put_limit(day: date, scope: str, limit: Limit) -> None:
    """Let every reservation from now on keep to this limit, whatever was read before. Raises RedisError."""
    _script("limit")([key(day), f"{key(day)}:lock"], [scope, limit.version, _cents(limit)])


def _cents(limit: Limit) -> int | str:
    return "" if limit.amount is None else to_cents(limit.amount)


def close(day: date, holder: str, seq: int, spent: Decimal) -> None:
    """End the holder's reservation; harmless when that was done before. Raises RedisError."""
    _run("close", day, [holder, seq, to_cents(spent), ""])


def drop(day: date, holder: str, seq: int) -> None:
    """Forget a holder that was refused, where a rebuild has kept room for it meanwhile. Raises RedisError.

    What is counted stays: another one with the same name may have been granted in between.
    """
    _run("close", day, [holder, seq, 0, "1"])


def _run(name: str, day: date, args: Sequence[object]) -> Any:
    while True:
        answer = _script(name)([key(day)], args)
        if answer not in ("unloaded", ["unloaded"]):
            return answer
        load(day)


def _script(name: str) -> Any:
    """Patient, whoever waits; but nobody waits for what closes: where that fails, `reconcile` does it."""
    connection = client() if name == "close" else patient()
    return connection.register_script(_source(name))


@cache
def _source(name: str) -> str:
    return "".join((LUA / f"{part}.lua").read_text() for part in ("loaded", name))


# -- from the ledger ------------------------------------------------------------------------------
def load(day: date) -> None:
    """Make the day from the ledger unless it is there. Raises RedisError."""
    keys, until = [key(day), f"{key(day)}:lock"], time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until:
        token = secrets.token_hex(8)
        answer = _script("claim")(keys, [token, LOCK_MILLISECONDS])
        if answer == "loaded":
            return
        if answer == "busy":
            time.sleep(0.02)
        elif _script("load")(keys, [token, int(LIFE.total_seconds()), *_fields(day)]) == "done":
            return
    raise redis.TimeoutError("The day's credits could not be counted from the ledger in time")


def forget(day: date) -> None:
    """Throw the counters away: whoever needs them next makes them from the ledger. Raises RedisError.

    A rebuild that is under way has read what is old by now: it begins again.
    """
    patient().delete(key(day), f"{key(day)}:lock")


def _fields(day: date) -> list[str | int]:
    """The day's fields and values, from one statement: what is settled meanwhile is in it exactly once."""
    sums: dict[str, int] = defaultdict(int)
    fields: list[str | int] = []
    for scopes, amount, state, holder, seq, at in _counted(day):
        cents, settled = sum_to_cents(amount), state == EntryState.SETTLED
        for scope in scopes:
            sums[f"{'s' if settled else 'r'}:{scope}"] += cents
        if not settled:
            value = {"q": seq, "a": cents, "t": at.timestamp(), "s": scopes}
            if state == EntryState.PENDING:
                value["u"] = True
            fields += [f"h:{holder}", json.dumps(value)]
    for field, cents in sums.items():
        fields += [field, cents]
    for scope, limit in limits.all_in_force(day).items():
        fields += [f"l:{scope}", f"{limit.version}:{_cents(limit)}"]
    return fields


def _counted(day: date) -> "QuerySet[Entry, tuple[list[str], Decimal, str, str, int, datetime]]":
    """The settled lines summed up by scopes, and each open one: scopes, amount, state, holder, seq, since."""
    lines, columns = Entry.objects.of(day).order_by(), ("scopes", "amount", "as", "by", "number", "since")
    summed = (
        lines.settled()
        .values("scopes")
        .annotate(
            **{"amount": Sum("spent"), "as": Max("state"), "by": Max("holder"), "number": Max("seq")},
            since=Max("reserved_at"),
        )
    )
    each = lines.open().annotate(
        **{"amount": F("credits"), "as": F("state"), "by": F("holder"), "number": F("seq")},
        since=F("reserved_at"),
    )
    return summed.values_list(*columns).union(each.values_list(*columns), all=True)


def spent_in(day: date) -> dict[str, int]:
    """Hundredths spent on the day for each scope, as the ledger has it."""
    sums: dict[str, int] = defaultdict(int)
    groups = Entry.objects.of(day).settled().order_by().values_list("scopes").annotate(Sum("spent"))
    for scopes, spent in groups:
        for scope in scopes:
            sums[scope] += sum_to_cents(spent)
    return sums


# -- for comparing --------------------------------------------------------------------------------
def snapshot(day: date) -> Snapshot | None:
    """What Redis knows of the day; None where it knows nothing. Raises RedisError."""
    fields = cast("dict[str, str]", patient().hgetall(key(day)))
    if "#loaded" not in fields:
        return None
    found = Snapshot(_version(fields.pop("#loaded"), fields.pop("#version", None)), {}, {}, {})
    for field, value in fields.items():
        kind, _, name = field.partition(":")
        if kind == "h":
            held = json.loads(value)
            scopes, unconfirmed = tuple(held["s"]), held.get("u", False)
            found.held[name] = Held(name, held["q"], held["a"], held["t"], scopes, unconfirmed)
        elif kind in {"r", "s"}:
            (found.reserved if kind == "r" else found.spent)[name] = int(value)
    return found


def unchanged(day: date, since: Snapshot) -> bool:
    """Whether nothing was written since the snapshot was taken. Raises RedisError."""
    loaded, version = cast("list[str | None]", patient().hmget(key(day), "#loaded", "#version"))
    return _version(loaded, version) == since.version


def _version(loaded: str | None, version: str | None) -> str:
    return f"{loaded}.{version or 0}"
