"""Providers' own helpers: outcomes by their letters, and a clock."""

from datetime import UTC, datetime, timedelta

from providers import choosing, health, recording
from providers.models import Provider, State
from providers.terms import Attempt, Evidence, Outcome
from providers.waterfall import Choice, of_names

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def attempts(
    letters: str, name: str = "hunter", evidence: Evidence = Evidence.CHOSEN, claim: int = 0
) -> list[Attempt]:
    return [Attempt(name, Outcome.of(letter), evidence=evidence, claim=claim) for letter in letters]


def feed(
    letters: str, name: str = "hunter", now: datetime = NOON, evidence: Evidence = Evidence.CHOSEN
) -> None:
    recording.record(attempts(letters, name, evidence), now)


def probed(letters: str, now: datetime, choice: Choice | None = None) -> None:
    """The results of a batch that probed it, the last one where none is named, are home."""
    claim = row().claim if choice is None else choice.claims["hunter"]
    recording.record(attempts(letters, "hunter", Evidence.PROBE, claim), now, {"hunter": claim})


def state(name: str = "hunter") -> State:
    return health.health(name).state


def choose(*names: str, now: datetime = NOON, patience: timedelta = timedelta(0)) -> Choice:
    return choosing.choose(of_names(names), now, patience)


def probe(now: datetime, name: str = "hunter", patience: timedelta = timedelta(0)) -> bool:
    """Whether a batch chosen now is a probe of the provider."""
    return choose(name, now=now, patience=patience).probes == [name]


def exclude(name: str = "hunter") -> None:
    feed("x" * 20, name)


def row(name: str = "hunter") -> Provider:
    return Provider.objects.get(name=name)
