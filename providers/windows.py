"""The windows in Redis: one small hash per provider, changed by scripts only, restored from the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

from clayops.redis import client
from providers.models import COOL_DOWN, Provider, State

SIZE = 100
"""Outcomes in a window."""
FEWEST = 20
"""With fewer, nothing is known."""
LONGEST_COOL_DOWN = timedelta(hours=1)
GOOD_PROBES = 5
"""Good outcomes in a row that bring an excluded provider back."""


@dataclass(frozen=True)
class Window:
    """What is known of a provider; outcomes as in `Provider.window`."""

    outcomes: str
    state: State
    cool_down: timedelta
    next_probe_at: datetime | None
    streak: int
    version: int

    @classmethod
    def of(cls, row: Provider) -> "Window":
        """The copy in the database."""
        state = State(row.state)
        return cls(row.window, state, row.cool_down, row.next_probe_at, row.streak, row.version)


@dataclass(frozen=True)
class Change:
    """A window after a script, and the states it went through: old, new, old, new …"""

    window: Window
    states: Sequence[str]


def record(row: Provider, outcomes: str, now: datetime) -> Change:
    """Put outcomes, oldest first, into the provider's window. Raises RedisError."""
    limits = [SIZE, FEWEST, _seconds(COOL_DOWN), _seconds(LONGEST_COOL_DOWN), GOOD_PROBES]
    answer = _run("record", row, [outcomes, now.timestamp(), *limits])
    return Change(_window(answer[:6]), answer[6:])


def probe(row: Provider, now: datetime) -> tuple[str, Change | None]:
    """`use`, `skip`, or `probe` (claimed by the caller, with what that changed). Raises RedisError."""
    answer = _run("probe", row, [now.timestamp()])
    return answer[0], Change(_window(answer[1:7]), answer[7:]) if len(answer) > 1 else None


def read(rows: Sequence[Provider]) -> list[Window]:
    """Each provider's window, in one round trip; the copy where Redis has none. Raises RedisError."""
    with client().pipeline(transaction=False) as pipeline:
        for row in rows:
            pipeline.hmget(key(row), "window", "state", "cool_down", "next_probe_at", "streak", "version")
        answers = cast("list[list[str | None]]", pipeline.execute())
    return [
        Window.of(row) if None in answer else _window(answer)
        for row, answer in zip(rows, answers, strict=True)
    ]


def key(row: Provider) -> str:
    return f"clayops:provider:{row.name}"


def _window(answer: Sequence[Any]) -> Window:
    window, state, cool_down, next_probe, streak, version = answer
    at = datetime.fromtimestamp(float(next_probe), UTC) if next_probe else None
    return Window(window, State(state), timedelta(seconds=float(cool_down)), at, int(streak), int(version))


def _run(name: str, row: Provider, args: Sequence[object]) -> list[Any]:
    while True:
        answer = cast("list[Any]", _script(name)([key(row)], args))
        if answer != ["unloaded"]:
            return answer
        _restore(row)


def _restore(row: Provider) -> None:
    row.refresh_from_db()
    at = f"{row.next_probe_at.timestamp():.3f}" if row.next_probe_at else ""
    fields = {
        "window": row.window,
        "state": row.state,
        "cool_down": _seconds(row.cool_down),
        "next_probe_at": at,
        "streak": row.streak,
        "version": row.version,
    }
    _script("restore")([key(row)], [part for field in fields.items() for part in field])


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():g}"


def _script(name: str) -> Any:
    return client().register_script(_source(name))


@cache
def _source(name: str) -> str:
    return (Path(__file__).parent / "lua" / f"{name}.lua").read_text()
