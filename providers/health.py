"""How well providers do, and which of them a new batch uses. Knows no job.

A provider with less than half of its last 100 requests good is left out of new batches, but for probes.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, cast

import redis
from django.db import transaction
from django.utils import timezone

from providers import windows
from providers.models import Pin, Provider, ProviderEvent, ProviderHour, State
from providers.windows import Change, Window

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

Pinned = Literal["", "in", "out"]


class Outcome(StrEnum):
    """What a provider did with one row. `empty`: it ran and found nothing, which is no failure."""

    SUCCESS = "success"
    EMPTY = "empty"
    ERROR = "error"


LETTERS = {Outcome.SUCCESS: "s", Outcome.EMPTY: "e", Outcome.ERROR: "x"}


@dataclass(frozen=True)
class Health:
    """How a provider stands. Rates are from 0 to 1, None where there was nothing to rate."""

    name: str
    requests: int
    success_rate: float | None
    """Without errors, of all."""
    hit_rate: float | None
    """With a find, of those without errors."""
    state: State
    pinned: Pinned
    outcomes: str
    """The last 100, oldest first: `s` success, `e` empty, `x` error."""
    next_probe_at: datetime | None
    pin_reason: str = ""


@dataclass(frozen=True)
class Choice:
    """A waterfall's providers for one batch, in its order and spelling."""

    use: list[str]
    """The probes among them."""
    skip: list[str]
    probes: list[str]


def record(provider: str, outcome: Outcome, now: datetime | None = None) -> None:
    """Record one outcome; see `record_many`."""
    record_many([(provider, outcome)], now)


def record_many(outcomes: Iterable[tuple[str, Outcome]], now: datetime | None = None) -> None:
    """Record outcomes, oldest first. With Redis away they count in the hours only (no error)."""
    now = now or timezone.now()
    letters: dict[str, str] = defaultdict(str)
    for provider, outcome in outcomes:
        letters[folded(provider)] += LETTERS[outcome]
    letters.pop("", None)
    for row in _rows(letters):
        ProviderHour.add(row, now, letters[row.name])
        try:
            _save(row, windows.record(row, letters[row.name], now), now)
        except redis.RedisError as error:
            logger.warning("Outcomes of %s are in its hours only: Redis is away (%s)", row, error)


def health(provider: str) -> Health:
    """How one provider stands; unknown where it has never been seen."""
    found = Provider.objects.filter(name=folded(provider))
    return next(iter(_healths(found)), _health(unseen := Provider(name=folded(provider)), Window.of(unseen)))


def all_health() -> list[Health]:
    """How all providers stand, by name."""
    return _healths(Provider.objects.all())


def choose(waterfall: Sequence[str], now: datetime | None = None) -> Choice:
    """Which providers a new batch uses. A probe that is due is claimed by this call. Raises RedisError."""
    now = now or timezone.now()
    verdicts = {row.name: _verdict(row, now) for row in _rows(map(folded, waterfall))}
    verdict = {name: verdicts.get(folded(name), "use") for name in waterfall}
    return Choice(
        use=[name for name in waterfall if verdict[name] != "skip"],
        skip=[name for name in waterfall if verdict[name] == "skip"],
        probes=[name for name in waterfall if verdict[name] == "probe"],
    )


def pin(provider: str, pinned: Pinned, by: "User | None", reason: str, now: datetime | None = None) -> None:
    """Always use a provider (`in`), never (`out`), or let its outcomes decide (empty). On record."""
    at, reason = now or timezone.now(), reason[:500]
    for row in _rows([folded(provider)]):
        with transaction.atomic():
            kept = reason if pinned else ""
            Provider.objects.filter(pk=row.pk).update(pinned=Pin(pinned), pin_reason=kept)
            ProviderEvent.objects.create(
                provider=row, kind="pin", old=row.pinned, new=pinned, reason=reason, by=by, at=at
            )


def folded(provider: str) -> str:
    """The name by which a provider is known, however it is spelled."""
    return " ".join(provider.split()).casefold()[:100]


def _rows(names: Iterable[str]) -> list[Provider]:
    """The providers of these names, made where they are new."""
    wanted = {name for name in names if name}
    found = list(Provider.objects.filter(name__in=wanted))
    if missing := wanted - {row.name for row in found}:
        Provider.objects.bulk_create([Provider(name=name) for name in missing], ignore_conflicts=True)
        found = list(Provider.objects.filter(name__in=wanted))
    return found


def _verdict(row: Provider, now: datetime) -> str:
    if row.pinned:
        return "use" if row.pinned == Pin.IN else "skip"
    verdict, change = windows.probe(row, now)
    if change:
        _save(row, change, now)
    return verdict


def _save(row: Provider, change: Change, now: datetime) -> None:
    """Keep a copy of the window, unless a newer one is there, and each change of state."""
    window = change.window
    Provider.objects.filter(pk=row.pk, version__lt=window.version).update(
        window=window.outcomes,
        state=window.state,
        cool_down=window.cool_down,
        next_probe_at=window.next_probe_at,
        streak=window.streak,
        version=window.version,
    )
    for old, new in zip(change.states[::2], change.states[1::2], strict=True):
        ProviderEvent.objects.create(
            provider=row, kind="state", old=old, new=new, reason=_why(State(old), State(new), window), at=now
        )


def _why(old: State, new: State, window: Window) -> str:
    match old, new:
        case State.PROBING, State.UNKNOWN:
            return f"{windows.GOOD_PROBES} good outcomes in a row"
        case State.PROBING, State.EXCLUDED:
            return "A probe failed"
        case _, State.PROBING:
            return "Its cool-down is over: one batch tries it"
        case _:
            rate = _rate(window.outcomes)
            return "" if rate is None else f"{rate:.0%} of its last {len(window.outcomes)} requests were good"


def _healths(rows: Iterable[Provider]) -> list[Health]:
    rows = list(rows)
    try:
        found = windows.read(rows)
    except redis.RedisError as error:
        logger.warning("Providers are shown as last saved: Redis is away (%s)", error)
        found = [Window.of(row) for row in rows]
    return [_health(row, window) for row, window in zip(rows, found, strict=True)]


def _health(row: Provider, window: Window) -> Health:
    good = window.outcomes.count("s") + window.outcomes.count("e")
    return Health(
        name=row.name,
        requests=len(window.outcomes),
        success_rate=_rate(window.outcomes),
        hit_rate=window.outcomes.count("s") / good if good else None,
        state=window.state,
        pinned=cast("Pinned", str(row.pinned)),
        outcomes=window.outcomes,
        next_probe_at=window.next_probe_at,
        pin_reason=row.pin_reason,
    )


def _rate(outcomes: str) -> float | None:
    return (len(outcomes) - outcomes.count("x")) / len(outcomes) if outcomes else None


__all__ = [
    "Choice",
    "Health",
    "Outcome",
    "Pinned",
    "State",
    "all_health",
    "choose",
    "folded",
    "health",
    "pin",
    "record",
    "record_many",
]
