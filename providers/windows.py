"""The windows in Redis: a hash and a list per provider, changed by scripts only, restored from the database.

Every change is one script, and so one round trip and one moment: the windows of a batch's providers change
together, in the order of arrival. Their answers carry the whole window, of which the database keeps a copy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

from clayops.base.redis import client, quick
from providers.models import COOL_DOWN, LEFT_OUT, Provider, State
from providers.terms import Attempt, Entry, Outcome

LUA = Path(__file__).parent / "lua"
SIZE = 100
"""Outcomes in a window."""
FEWEST = 20
"""With fewer, nothing is known."""
LONGEST_COOL_DOWN = timedelta(hours=1)
GOOD_PROBES = 5
"""Good outcomes in a row that bring an excluded provider back."""
FIELDS = (
    "state",
    "cool_down",
    "next_probe_at",
    "streak",
    "since",
    "emptied",
    "claim",
    "cooled",
    "out_requests",
    "out_errors",
    "version",
)
"""Of the hash, as `write` returns them."""
MARKS_KEPT = timedelta(days=2)
"""So long outcomes that come again under the same mark are known."""


@dataclass(frozen=True)
class Change:
    """One change of state, and the window's requests and errors at that moment."""

    old: State
    new: State
    requests: int
    errors: int


@dataclass(frozen=True)
class Window:
    """What is known of a provider."""

    entries: tuple[Entry, ...]
    """Oldest first."""
    state: State
    cool_down: timedelta
    next_probe_at: datetime | None
    streak: int
    since: datetime | None
    emptied_at: datetime | None
    """What was sent before does not count in it."""
    claim: int
    """The batch whose probes decide; 0 for none."""
    cooled_at: datetime | None
    """When the next probe is due once that batch's results are home."""
    left_with: tuple[int, int]
    """Requests and errors of the window when it last left the waterfall."""
    version: int
    changes: tuple[Change, ...] = field(default=(), compare=False)
    """What the script changed that this is the answer of."""

    @classmethod
    def of(cls, row: Provider) -> "Window":
        """The copy in the database."""
        entries = tuple(map(Entry.read, row.window.split()))
        is_of_old = row.state in LEFT_OUT and not row.left_requests
        return cls(
            entries,
            State(row.state),
            row.cool_down,
            row.next_probe_at,
            row.streak,
            row.since,
            row.emptied_at,
            row.claim,
            row.cooled_at,
            _figures(entries) if is_of_old else (row.left_requests, row.left_errors),
            row.version,
        )

    @property
    def letters(self) -> str:
        """Its outcomes, oldest first: `s` success, `e` empty, `x` error."""
        return "".join(entry.outcome.letter for entry in self.entries)

    @property
    def errors(self) -> int:
        return _figures(self.entries)[1]


def _figures(entries: Sequence[Entry]) -> tuple[int, int]:
    """Requests and errors."""
    return len(entries), sum(entry.outcome == Outcome.ERROR for entry in entries)


@dataclass(frozen=True)
class Verdict:
    """Whether a new batch uses a provider: `use`, `skip`, or `probe` (claimed by the caller)."""

    word: str
    left_with: tuple[int, int] = (0, 0)
    """Requests and errors of its window when it was left out."""
    window: Window | None = None
    """Of a provider that was claimed."""


def record(
    attempts: Mapping[Provider, Sequence[Attempt]],
    now: datetime,
    mark: str = "",
    settled: Mapping[str, int] | None = None,
) -> list[Window]:
    """Put outcomes, oldest first, into the windows of their providers; the windows in the same order.

    `settled` are claims, by the provider's name, of which nothing more will come.
    Nothing, and no windows, where outcomes of the same `mark` are in already. Raises RedisError.
    """
    known_for = int(MARKS_KEPT.total_seconds())
    limits = [SIZE, FEWEST, _seconds(COOL_DOWN), _seconds(LONGEST_COOL_DOWN), GOOD_PROBES]
    versions = [row.version for row in attempts]
    args: list[object] = [now.timestamp(), int(bool(mark)), known_for, *limits, *versions]
    for row, made in attempts.items():
        args += [len(made), (settled or {}).get(row.name, 0)]
        for attempt in made:
            args += [
                str(Entry.of(attempt, now.timestamp())),
                attempt.evidence.value,
                attempt.claim,
                attempt.sent_at,
            ]
    answer = _run("record", list(attempts), args, [f"clayops:providers-known:{mark}"])
    return [] if answer == ["known"] else [_window(each) for each in answer]


def choose(rows: Sequence[Provider], now: datetime, patience: timedelta) -> list[Verdict]:
    """What a new batch does with each provider. A probe that is due is claimed by this: nobody else probes
    until it is settled, or `patience` is over. Raises RedisError.
    """
    args = [now.timestamp(), patience.total_seconds(), *(row.version for row in rows)]
    return [_verdict(each) for each in _run("choose", rows, args)] if rows else []


def settle(claims: Mapping[Provider, int], now: datetime, *, sent: bool) -> list[Window | None]:
    """Let other batches probe: after the cool-down, or at once where it was not sent. None where a claim does
    not stand any more. Raises RedisError.
    """
    if not claims:
        return []
    args = [now.timestamp(), int(sent), *(row.version for row in claims), *claims.values()]
    answer = _run("settle", list(claims), args)
    return [None if each is None else _window(each) for each in answer]


def reset(row: Provider, now: datetime) -> Window:
    """Forget its outcomes. Raises RedisError."""
    return _window(_run("reset", [row], [now.timestamp(), row.version, _seconds(COOL_DOWN)])[0])


def read(rows: Sequence[Provider]) -> list[Window]:
    """Each provider's window, in one round trip; the copy where Redis has none. Raises RedisError, soon."""
    with quick().pipeline() as pipeline:  # hash and list of the same moment
        for row in rows:
            pipeline.hmget(key(row), *FIELDS)
            pipeline.lrange(f"{key(row)}:window", 0, -1)
        answers = cast("list[list[Any]]", pipeline.execute())
    return [
        Window.of(row) if None in have else _window([*have, " ".join(entries), []])
        for row, have, entries in zip(rows, answers[::2], answers[1::2], strict=True)
    ]


def key(row: Provider) -> str:
    return f"clayops:providers:{row.name}"


def forget(row: Provider) -> None:
    """The provider is no more. Raises RedisError."""
    client().delete(key(row), f"{key(row)}:window")


def _keys(rows: Sequence[Provider]) -> list[str]:
    return [part for row in rows for part in (key(row), f"{key(row)}:window")]


def _window(answer: Sequence[Any]) -> Window:
    state, cool_down, next_probe, streak, since, emptied, claim, cooled, *left, version, entries, changes = (
        answer
    )
    return Window(
        tuple(map(Entry.read, entries.split())),
        State(state),
        timedelta(seconds=float(cool_down)),
        _time(next_probe),
        int(streak),
        _time(since),
        _time(emptied),
        int(claim),
        _time(cooled),
        (int(left[0]), int(left[1])),
        int(version),
        tuple(
            Change(State(old), State(new), int(requests), int(errors))
            for old, new, requests, errors in zip(*[iter(changes)] * 4, strict=True)
        ),
    )


def _verdict(answer: Sequence[Any]) -> Verdict:
    match answer:
        case ["use"]:
            return Verdict("use")
        case ["skip", requests, errors]:
            return Verdict("skip", (int(requests), int(errors)))
    window = _window(answer[1])
    return Verdict("probe", window.left_with, window)


def _run(name: str, rows: Sequence[Provider], args: Sequence[object], keys: Sequence[str] = ()) -> list[Any]:
    while True:
        answer = cast("list[Any]", _script(name)([*keys, *_keys(rows)], args))
        if answer != ["unloaded"]:
            return answer
        for row in rows:
            _restore(row)


def _restore(row: Provider) -> None:
    row.refresh_from_db()
    window = Window.of(row)
    fields = {
        "state": row.state,
        "cool_down": _seconds(row.cool_down),
        "next_probe_at": _written(row.next_probe_at),
        "streak": row.streak,
        "requests": len(window.entries),
        "errors": window.errors,
        "since": _written(row.since),
        "emptied": _written(row.emptied_at),
        "claim": row.claim,
        "cooled": _written(row.cooled_at),
        "out_requests": window.left_with[0],
        "out_errors": window.left_with[1],
        "version": row.version,
    }
    entries = row.window.split()
    pairs = [part for pair in fields.items() for part in pair]
    _script("restore")(_keys([row]), [row.version, len(entries), *entries, *pairs])


def _time(written: str) -> datetime | None:
    return datetime.fromtimestamp(float(written), UTC) if written else None


def _written(at: datetime | None) -> str:
    return f"{at.timestamp():.3f}" if at else ""


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():g}"


def _script(name: str) -> Any:
    return client().register_script(_source(name))


@cache
def _source(name: str) -> str:
    return f"{(LUA / 'window.lua').read_text()}\n{(LUA / f'{name}.lua').read_text()}"
