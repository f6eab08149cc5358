"""What another limit would mean, in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from budget.steering.limits import is_already
from budget.terms import shown
from jobs.credits.forecast import Meaning

MANY = 10
"""A limit so many times the present one, or so small a part of it, may be a slip of the finger."""


@dataclass(frozen=True)
class Point:
    """One sentence. `level` is its look: "bad" stops, "warn" may be a slip, "good" goes on."""

    level: str
    text: str


def points(meaning: Meaning, *, today_only: bool) -> list[Point]:
    """All that is to be said about it, what matters most first."""
    if is_already(meaning.old, meaning.new, today_only=today_only):
        return [Point("info", f"It is {_amount(meaning.new)} already.")]
    return [*_size(meaning), *_effect(meaning), *_rest(meaning), Point("info", _until(meaning, today_only))]


def _size(meaning: Meaning) -> Iterator[Point]:
    old, new = meaning.old.amount, meaning.new
    if new == 0:
        whom = f" to {meaning.scope}" if meaning.scope.destination else ""
        yield Point("bad", f"All sending{whom} stops.")
    elif old and new is not None and new > MANY * old:
        times = f"{(new / old).quantize(Decimal('0.1')):,f}".removesuffix(".0")
        yield Point("warn", f"That is {times} times the present limit of {shown(old)}.")
    elif old and new is not None and new * MANY < old:
        percent = f"{(new * 100 / old).quantize(Decimal('0.1')):,f}".removesuffix(".0")
        yield Point("warn", f"That is {percent} % of the present limit of {shown(old)}.")


def _effect(meaning: Meaning) -> Iterator[Point]:
    room = meaning.room
    if meaning.clay_empty:
        text = "Clay itself reports no credits left: whatever the limit, nothing is sent until Clay has some."
        yield Point("bad", text)
    elif room is not None and room <= 0:
        yield Point("bad", _nothing_new(meaning))
    elif meaning.more_rows > 0:
        yield Point("good", _goes_on(meaning))
    elif meaning.more_rows < 0:
        yield Point("warn", f"{_rows(meaning.then.total)} more can leave today{_comes_back(meaning)}.")
        stop = "stops" if meaning.stopped == 1 else "stop"
        jobs = _count(meaning.stopped, "job")
        yield Point("bad", f"{jobs} {stop} at it today: {_rows(-meaning.more_rows)} stay behind.")
    else:
        yield Point("info", _no_difference(meaning))


def _nothing_new(meaning: Meaning) -> str:
    if not meaning.used:
        return "Nothing is sent today."
    out = "; what is out comes back" if meaning.reserved else ""
    return f"Nothing new is sent today{out}. {shown(meaning.used)} credits are spent or reserved already."


def _goes_on(meaning: Meaning) -> str:
    held = _count(meaning.held, "held job") if meaning.held else ""
    further = f"{_count(meaning.further, 'job')} that would run into the limit" if meaning.further else ""
    who = " and ".join(part for part in (held, further) if part)
    rows, most = _rows(meaning.more_rows), shown(meaning.more_credits)
    return f"{who}, {rows} will go on, at most {most} credits."


def _comes_back(meaning: Meaning) -> str:
    return f"; {shown(meaning.reserved)} credits are out and come back" if meaning.reserved else ""


def _no_difference(meaning: Meaning) -> str:
    room = _left(meaning)
    if not meaning.waiting_rows:
        return f"No row waits for credits now.{room}"
    if not meaning.left_behind:
        most = shown(meaning.waiting_credits)
        return f"Nothing stops: {_rows(meaning.waiting_rows)} still to send, at most {most} credits.{room}"
    waiting, why = _rows(meaning.waiting_rows), _why_behind(meaning)
    if not meaning.then.total:
        return f"It makes no difference to the {waiting} that wait today: {why}.{room}"
    return (
        f"It makes no difference: {meaning.then.total:,} of the {waiting} that wait leave today, {why}.{room}"
    )


def _left(meaning: Meaning) -> str:
    """What may still be sent under it; a destination has no more than the workspace."""
    if meaning.room is None:
        return ""
    if meaning.scope.destination and meaning.above < meaning.room:
        return f" {shown(max(meaning.above, Decimal(0)))} credits are left today under the workspace’s limit."
    return f" {shown(meaning.room)} credits are left today under it."


def _why_behind(meaning: Meaning) -> str:
    """What keeps the rows that do not leave, or lets them go."""
    if meaning.new is not None and meaning.enough > meaning.new:
        return f"all go today with {shown(meaning.enough)}"
    other = "the workspace’s limit" if meaning.scope.destination else "a destination’s own limit"
    return f"{other} holds {'the others' if meaning.then.total else 'them'}"


def _rest(meaning: Meaning) -> Iterator[Point]:
    if meaning.left_behind and not meaning.clay_empty and not _said(meaning):
        behind, verb = _rows(meaning.left_behind), "waits" if meaning.left_behind == 1 else "wait"
        yield Point("info", f"{behind} still {verb}: {_why_behind(meaning).replace('the others', 'them')}.")
    if meaning.elsewhere:
        verb = "waits" if meaning.elsewhere == 1 else "wait"
        other = _count(meaning.elsewhere, "other job")
        yield Point("info", f"{other} {verb} for something else, whatever the limit.")


def _said(meaning: Meaning) -> bool:
    """Whether the effect tells of the rows that stay."""
    nothing_new = meaning.room is not None and meaning.room <= 0
    return meaning.more_rows < 0 or (not meaning.more_rows and not nothing_new)


def _until(meaning: Meaning, today_only: bool) -> str:
    if meaning.new is None:
        return "Only the workspace’s limit holds from now on."
    if today_only:
        return f"Until midnight (00:00), then {_amount(meaning.old.standing)} again."
    ends = ""
    if meaning.old.for_today:
        ends = f" The limit of {_amount(meaning.old.amount)} for today ends with it."
    return f"From now on, every day.{ends}"


def _amount(credits: Decimal | None) -> str:
    return "no limit" if credits is None else shown(credits)


def _rows(count: int) -> str:
    return _count(count, "row")


def _count(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
