"""Where the bars of a drawing stand. Pure geometry, in percent: the browser stretches it to any width."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10

THIN = 0.6
"""Percent: what is not nothing stays visible."""
ROUND = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
"""Tops of a scale that people read at a glance, times a power of ten."""
BEYOND = 1.03
"""A gauge goes on a little behind its end, so that the end is seen as one."""
ROOM_FOR_A_LABEL = 12.0
"""Percent of a phone's width that "80 %" takes."""


@dataclass(frozen=True)
class Box:
    """A rectangle of a drawing; `tone` is a class of the style sheet."""

    tone: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Column:
    """A bar of stacked parts, the lowest first, in a slot as high as the drawing."""

    slot: Box
    parts: list[Box]
    middle: str
    """Where its label stands."""
    end: str
    """Where the next slot begins."""
    top: str
    """Where its highest part ends."""


@dataclass(frozen=True)
class Tick:
    """A thin mark across a gauge; the label is empty where there is no room for one."""

    x: str
    percent: int
    label: str
    anchor: str


@dataclass(frozen=True)
class Gauge:
    """Parts beside each other on the way to an end that stops them."""

    parts: list[Box]
    ahead: Box | None
    """From where the parts end to where they are expected to end."""
    track: str
    """How long the track is: as far as the end."""
    end: str
    end_anchor: str
    ticks: list[Tick]


def percent(share: float) -> str:
    return f"{share:.2f}%"


def round_top(most: float) -> float:
    """The next number above that reads well as the top of a scale; 1 for nothing."""
    if most <= 0:
        return 1.0
    power: float = 10.0 ** floor(log10(most))
    return next((step * power for step in ROUND if step * power >= most), 10 * power)


def round_top_of_count(most: int) -> float:
    """The same for what is counted: half of it, which stands beside the scale as well, is a whole number."""
    top = round_top(max(most, 2))
    while top % 2:
        top = round_top(top + 1)
    return top


def columns(
    stacks: Sequence[Iterable[tuple[str, float]]], top: float, filled: float = 0.72, least: float = 1.5
) -> list[Column]:
    """A column for each stack of (tone, amount), over the whole width; `top` is the amount at the top edge.

    `filled` is the part of a slot that its bar takes, `least` the height in percent of the smallest part.
    """
    wide = 100 / max(len(stacks), 1)
    return [_column(index * wide, wide, stack, top, filled, least) for index, stack in enumerate(stacks)]


def _column(
    x: float, wide: float, stack: Iterable[tuple[str, float]], top: float, filled: float, least: float
) -> Column:
    parts, floor_ = [], 100.0
    for tone, amount in stack:
        if amount > 0:
            high = min(max(amount / top * 100, least), floor_)
            floor_ -= high
            left, width = x + wide * (1 - filled) / 2, wide * filled
            parts.append(Box(tone, percent(left), percent(floor_), percent(width), percent(high)))
    slot = Box("slot", percent(x), "0%", percent(wide), "100%")
    return Column(slot, parts, percent(x + wide / 2), percent(x + wide), percent(floor_))


def height_of(amount: float, top: float) -> str:
    """Where a line at this amount lies, from the upper edge."""
    return percent(100 - min(max(amount / top, 0.0), 1.0) * 100)


def row(parts: Iterable[tuple[str, float]], whole: float) -> list[Box]:
    """Stretches beside each other; together at most the whole width."""
    boxes, x = [], 0.0
    for tone, amount in parts:
        if whole > 0 and amount > 0 and x < 100:
            width = min(max(amount / whole * 100, THIN), 100 - x)
            boxes.append(Box(tone, percent(x), "0%", percent(width), "100%"))
            x += width
    return boxes


def gauge(
    parts: Sequence[tuple[str, float]], end: float, expected: float, marks: Sequence[int] = ()
) -> Gauge:
    """`parts` (tone, amount) on the way to `end`; they are expected to reach `expected`; marks in percent."""
    used = sum(max(amount, 0.0) for _, amount in parts)
    whole = max(end, used) * BEYOND or 1.0
    stop = end / whole * 100
    return Gauge(
        parts=row(parts, whole),
        ahead=_ahead(used, min(expected, end), whole),
        track=percent(stop),
        end=percent(stop),
        end_anchor="end" if stop > 50 else "start",
        ticks=_ticks(marks, stop) if end > 0 else [],
    )


def _ahead(used: float, expected: float, whole: float) -> Box | None:
    if expected <= used:
        return None
    width = percent((expected - used) / whole * 100)
    return Box("ahead", percent(used / whole * 100), "0%", width, "100%")


def _ticks(marks: Sequence[int], stop: float) -> list[Tick]:
    """The first label says what the marks mean; one that would touch its neighbour is left out."""
    ticks: list[Tick] = []
    taken = -ROOM_FOR_A_LABEL
    for mark in marks:
        x = mark / 100 * stop
        label = "" if x - taken < ROOM_FOR_A_LABEL else f"{mark} %"
        if len(marks) == 1:
            label = f"warns at {mark} %"
        if label:
            taken = x
        ticks.append(Tick(percent(x), mark, label, "end" if x > 50 else "start"))
    return ticks
