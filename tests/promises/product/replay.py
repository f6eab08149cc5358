"""What the logs of many processes prove about the limit. Trusts no number of the engine's.

Each process appends lines to a log of its own: what it is about to do, and what it was told, with the time
(`time.monotonic`, the same clock for all processes of a machine). Of one that was killed in between, only
what it wrote is believed. Amounts are whole credits, times seconds.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

NEVER = float("inf")


@dataclass
class Grant:
    """A reservation that passed: when it was asked for and granted, for how much, and how it ended."""

    holder: str
    scopes: list[str]
    amount: int
    asked: float
    granted: float
    ends: float = NEVER
    """From here on only `remains` is surely still counted."""
    remains: int = 0


@dataclass(frozen=True)
class Change:
    """A limit: from somewhere between these two times on."""

    limit: int
    before: float
    after: float


@dataclass(frozen=True)
class Overshoot:
    """A grant that must not have been: so much was surely out or spent with it, and the limit was this."""

    holder: str
    counted: int
    limit: int


@dataclass(frozen=True)
class Verdict:
    """Of one scope."""

    overshoots: list[Overshoot]
    judged: int
    exact: int
    """Of them, judged against one limit alone: nobody was changing it while they asked."""
    closest: int
    """How many credits the tightest of those left free."""


def read(folder: Path) -> list[dict[str, Any]]:
    """The lines of all logs, by time. A killed process's last line may be cut short: it is left out."""
    texts = [path.read_text().splitlines(keepends=True) for path in folder.glob("*.log")]
    lines = [json.loads(line) for text in texts for line in text if line.endswith("\n")]
    return sorted(lines, key=lambda line: float(line["at"]))


def grants_of(lines: Iterable[dict[str, Any]]) -> list[Grant]:
    """The reservations that passed, in the order in which they were granted."""
    asked: dict[str, dict[str, Any]] = {}
    found: dict[str, Grant] = {}
    for line in lines:
        holder, at = line.get("holder", ""), line["at"]
        match line["event"]:
            case "asks":
                asked[holder] = line
            case "granted":
                ask = asked[holder]
                found[holder] = Grant(holder, ask["scopes"], ask["credits"], ask["at"], at)
            case "releases" | "settles":
                found[holder].ends, found[holder].remains = at, line.get("credits", 0)
    return list(found.values())


def changes_of(lines: Iterable[dict[str, Any]], scope: str) -> list[Change]:
    """The limits of a scope, in order. Who sets one dies with the test only: each has both of its lines."""
    mine = [line for line in lines if line.get("scope") == scope]
    before = [line for line in mine if line["event"] == "limits"]
    after = [line for line in mine if line["event"] == "limited"]
    return [Change(b["credits"], b["at"], a["at"]) for b, a in zip(before, after, strict=False)]


def judge(grants: Sequence[Grant], changes: Sequence[Change], scope: str = "") -> Verdict:
    """Hold each grant of the scope against the highest limit in force while it was asked for.

    Counted against it is what was granted before it began to ask, and was not given back, in whole or in
    part, before it was granted; and itself.
    """
    mine = sorted((grant for grant in grants if scope in grant.scopes), key=lambda grant: grant.granted)
    sums = _Sums(mine)
    overshoots, exact, closest = [], 0, 10**9
    for grant in mine:
        limits = _in_force(changes, grant)
        counted = sums.surely_out(grant) + grant.amount
        if counted > max(limits):
            overshoots.append(Overshoot(grant.holder, counted, max(limits)))
        if len(limits) == 1:
            exact, closest = exact + 1, min(closest, limits[0] - counted)
    return Verdict(overshoots, len(mine), exact, closest)


def _in_force(changes: Sequence[Change], grant: Grant) -> list[int]:
    """The limits that may have been in force at some time from its asking to its being granted."""
    first = bisect_right(changes, grant.asked, key=lambda change: change.after) - 1
    last = bisect_right(changes, grant.granted, key=lambda change: change.before)
    assert first >= 0, f"{grant.holder} asked before there was a limit"
    return [change.limit for change in changes[first:last]]


class _Sums:
    """Running sums over grants in the order of being granted, and in the order of their ends."""

    def __init__(self, grants: Sequence[Grant]) -> None:
        self.grants = grants
        self.granted = [grant.granted for grant in grants]
        self.taken = [0, *accumulate(grant.amount for grant in grants)]
        ended = sorted((grant for grant in grants if grant.ends < NEVER), key=lambda grant: grant.ends)
        self.ends = [grant.ends for grant in ended]
        self.back = [0, *accumulate(_back(grant) for grant in ended)]

    def surely_out(self, grant: Grant) -> int:
        began = bisect_left(self.granted, grant.asked)
        out = self.taken[began] - self.back[bisect_right(self.ends, grant.granted)]
        for other in self.grants[began : bisect_right(self.granted, grant.granted)]:
            if other.ends <= grant.granted:  # granted and over while this one was asked for: in neither sum
                out += _back(other)
        return out


def _back(grant: Grant) -> int:
    return grant.amount - grant.remains
