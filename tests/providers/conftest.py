"""Providers' own helpers: outcomes by their letters, and a clock."""

from datetime import UTC, datetime, timedelta

from providers import health
from providers.health import Outcome, State

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OUTCOMES = {"s": Outcome.SUCCESS, "e": Outcome.EMPTY, "x": Outcome.ERROR}


def feed(letters: str, name: str = "hunter", now: datetime = NOON) -> None:
    health.record_many([(name, OUTCOMES[letter]) for letter in letters], now)


def state(name: str = "hunter") -> State:
    return health.health(name).state


def probe(now: datetime, name: str = "hunter") -> bool:
    """Whether a batch chosen now is a probe of the provider."""
    return health.choose([name], now).probes == [name]


def exclude(name: str = "hunter") -> None:
    feed("x" * 20, name)
