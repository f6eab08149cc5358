"""What a provider did with one row, and how much that tells."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What a provider did with one row. `empty`: it ran and found nothing, which is no failure."""

    SUCCESS = "success"
    EMPTY = "empty"
    ERROR = "error"

    @property
    def letter(self) -> str:
        """As it stands in a window."""
        return _LETTERS[self]

    @classmethod
    def of(cls, letter: str) -> "Outcome":
        return _OUTCOMES[letter]


_LETTERS = {Outcome.SUCCESS: "s", Outcome.EMPTY: "e", Outcome.ERROR: "x"}
_OUTCOMES = {letter: outcome for outcome, letter in _LETTERS.items()}


class Evidence(StrEnum):
    """Why the row went to the provider, and so what its outcome decides about one that is left out.

    A probe's brings it back or not. Where nobody chose (the destination sends no lists, or it is pinned in)
    it goes on being used, so that its window decides. What was sent before it was left out comes late: it is
    counted, and decides nothing.
    """

    PROBE = "p"
    CHOSEN = "c"
    FREE = "f"


@dataclass(frozen=True)
class Attempt:
    """One provider asked about one row. `provider` in any spelling, `latency_ms` in milliseconds."""

    provider: str
    outcome: Outcome
    credits: Decimal | None = None
    """What it cost; None where nobody tells."""
    latency_ms: int | None = None
    error: str = ""
    """What went wrong, as the provider or Clay says it."""
    evidence: Evidence = Evidence.CHOSEN
    sent_at: float = 0.0
    """When the row was sent, in seconds of the epoch; 0 where nobody knows."""
    claim: int = 0
    """Which batch's probe it was, by `Choice.claims`; 0 for none."""

    def dumped(self) -> list[Any]:
        """As JSON; without the error's text."""
        credits = None if self.credits is None else str(self.credits)
        return [
            self.provider,
            self.outcome.letter,
            credits,
            self.latency_ms,
            self.evidence.value,
            self.sent_at,
            self.claim,
        ]

    @classmethod
    def loaded(cls, dumped: list[Any]) -> "Attempt":
        """Also of an older version, which knew no claims. Raises ValueError for what is none."""
        try:
            provider, letter, credits, latency_ms, evidence, sent_at, *claim = dumped
            price = None if credits is None else Decimal(credits)
            why = Evidence(evidence)
            return cls(str(provider), Outcome.of(letter), price, latency_ms, "", why, float(sent_at), *claim)
        except (TypeError, KeyError, ArithmeticError) as error:
            raise ValueError(f"no attempt: {dumped!r}") from error


@dataclass(frozen=True)
class Entry:
    """One outcome in a window; `at` in seconds of the epoch, when it arrived."""

    outcome: Outcome
    credits: Decimal | None
    latency_ms: int | None
    at: int

    def __str__(self) -> str:
        """As Redis has it: `s;1.5;340;1764086400`."""
        credits = "" if self.credits is None else plain(self.credits)
        return f"{self.outcome.letter};{credits};{_or_blank(self.latency_ms)};{self.at}"

    @classmethod
    def read(cls, text: str) -> "Entry":
        letter, credits, latency, at = text.split(";")
        price, took = Decimal(credits) if credits else None, int(latency) if latency else None
        return cls(Outcome.of(letter), price, took, int(at))

    @classmethod
    def of(cls, attempt: Attempt, at: float) -> "Entry":
        return cls(attempt.outcome, attempt.credits, attempt.latency_ms, int(at))


def plain(credits: Decimal) -> str:
    """Without zeros at its end, and never as 1E+2."""
    return f"{credits.normalize():f}"


def _or_blank(number: int | None) -> str:
    return "" if number is None else str(number)
