"""What one result tells about providers. Its owner composes it, it may hold anything: nothing here raises.

Three ways, of which the first that tells about a provider counts: the list of attempts, outputs that say how
one provider did, outputs that name the provider that found it. The last one knows no errors: who was asked
before the finder found nothing, and so did everybody where nobody is named.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from clayops.clay.answers import storable
from jobs.credits import costs
from jobs.models.states import Means
from jobs.results import output_columns
from providers import offering
from providers.names import LONGEST, folded
from providers.terms import Attempt, Outcome
from providers.waterfall import Choice

if TYPE_CHECKING:
    from jobs.models import Destination

MOST = 50
"""Attempts of one row that are read."""
LONGEST_LATENCY = 86_400_000
LONGEST_TEXT = 100_000
"""Characters of a list that comes as text."""
SHOWN = 60

WORDS = {
    Outcome.SUCCESS: ("success", "succeeded", "found", "hit", "complete", "completed", "ok"),
    Outcome.EMPTY: ("empty", "not_found", "not found", "no_result", "no result", "no data", "miss", "none"),
    Outcome.ERROR: ("error", "errored", "failed", "failure", "timeout", "timed_out", "rate_limited"),
}
"""How owners of routines say it; capitals do not matter."""
NOT_ASKED = (
    "",
    "skipped",
    "not_run",
    "not run",
    "pending",
    "queued",
    "running",
    "retry",
    "awaiting_callback",
)
_OUTCOME = {word: outcome for outcome, words in WORDS.items() for word in words}
_NO_NAME = {"", "[object object]", "null", "none", "undefined", "n/a", "-"}


@dataclass(frozen=True)
class Reading:
    """Where a destination's results tell about providers."""

    attempts_output: str
    """A path of `jobs.results.output_columns`; empty for none."""
    outputs: Sequence[Mapping[str, str]]
    """As in `Destination.provider_outputs`."""
    prices: Mapping[str, Decimal]
    """What a hit costs, by the provider's folded name, where the waterfall says so."""
    waterfall: Sequence[str]
    """Who is asked where no lists were sent."""
    by_label: Mapping[str, str] = field(default_factory=dict)
    """As of `providers.offering`: a result may say what people call it here."""

    @classmethod
    def of(cls, destination: "Destination") -> "Reading":
        steps = destination.steps
        prices = {folded(step.provider): step.credits for step in steps if step.credits is not None}
        asked = [step.provider for step in steps if step.on]
        where = destination.attempts_output, destination.provider_outputs
        return cls(*where, prices, asked, offering.by_label())

    def provider_in(self, value: Any) -> str:
        """The name of the provider that a value of a result means; empty for what is no name."""
        name = name_in(value)
        return self.by_label.get(folded(name), name)


@dataclass(frozen=True)
class Reported:
    """What a result tells, in the order in which the providers were asked."""

    attempts: list[Attempt] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    """What stands where an outcome should, and is none: sentences for people."""


def reported(result: Mapping[str, Any], reading: Reading, choice: Choice, place: int) -> Reported:
    """What the result of the batch's row at this place (0, 1, 2 …) tells."""
    listed = _listed(value_at(result, reading.attempts_output), reading)
    said = _in_outputs(result, reading, choice.lists(place)[0] or reading.waterfall)
    known = {folded(each.provider) for each in listed.attempts}
    attempts = list(listed.attempts)
    for each in said.attempts:
        if (name := folded(each.provider)) not in known:
            known.add(name)
            attempts.append(each)
    whole = [finished(each, reading, choice, place) for each in attempts[:MOST]]
    return Reported(whole, [*listed.ignored, *said.ignored])


def finished(attempt: Attempt, reading: Reading, choice: Choice, place: int) -> Attempt:
    """With what it is evidence of, and its price where the result does not tell and the waterfall does."""
    credits = attempt.credits
    if credits is None and (price := reading.prices.get(folded(attempt.provider))) is not None:
        credits = price if attempt.outcome == Outcome.SUCCESS else Decimal(0)
    why, claim = choice.evidence(attempt.provider, place), choice.claim_of(attempt.provider, place)
    return replace(attempt, credits=credits, evidence=why, claim=claim)


def value_at(result: Mapping[str, Any], path: str) -> Any:
    """What stands at a path of `output_columns`, or at an output of that name; None where nothing does."""
    if not path:
        return None
    if path in result:
        return result[path]
    return output_columns.at(result, path)


# -- the list of attempts ---------------------------------------------------------------------------------
def _listed(value: Any, reading: Reading) -> Reported:
    if isinstance(value, str):
        value = _as_list(value)
    if value is None or value == "":
        return Reported()
    if not isinstance(value, list):
        return Reported([], [f"{reading.attempts_output} is no list: {shortened(value)}"])
    attempts, ignored = [], []
    for each in value[:MOST]:
        attempt = _attempt(each, reading)
        if isinstance(attempt, Attempt):
            attempts.append(attempt)
        elif attempt:
            ignored.append(attempt)
    return Reported(attempts, ignored)


def _as_list(text: str) -> Any:
    """A list that comes as JSON text, as formulas give it; the text itself where it is none."""
    if len(text) > LONGEST_TEXT or not text.lstrip().startswith("["):
        return text.strip()
    try:
        return storable(json.loads(text))  # escapes within the text are read only now
    except (ValueError, RecursionError):
        return text


def _attempt(each: Any, reading: Reading) -> Attempt | str:
    """An attempt, why it is none, or nothing to say about one that was not made."""
    if not isinstance(each, dict):
        return f"no attempt: {shortened(each)}"
    name = reading.provider_in(each.get("provider"))
    if not name:
        return f"no provider in {shortened(each)}"
    outcome = outcome_of(each.get("status"))
    if outcome is None:
        return "" if was_not_asked(each.get("status")) else _odd_status(name, each.get("status"))
    error = each.get("error") or each.get("message") or ""
    return Attempt(
        name,
        outcome,
        costs.amount(each.get("credits")),
        latency(each.get("latency_ms")),
        message(error) if outcome == Outcome.ERROR else "",
    )


# -- outputs of their own ---------------------------------------------------------------------------------
def _in_outputs(result: Mapping[str, Any], reading: Reading, asked: Sequence[str]) -> Reported:
    attempts: list[Attempt] = []
    ignored: list[str] = []
    for each in sorted(reading.outputs, key=lambda one: one["means"] != Means.STATUS):
        value = value_at(result, each["output"])
        if each["means"] == Means.STATUS:
            attempts += _status_of(each["provider"], value, ignored)
        elif value is None or isinstance(value, str):
            # absent, too: an owner's field that has nothing in it may not come at all (Clay University)
            attempts += _found_by(reading.provider_in(value), asked)
        else:
            ignored.append(f"{each['output']} is no name: {shortened(value)}")
    return Reported(attempts, ignored)


def _status_of(provider: str, value: Any, ignored: list[str]) -> Iterator[Attempt]:
    status, error = (value.get("status"), value.get("error")) if isinstance(value, dict) else (value, "")
    outcome = outcome_of(status)
    if outcome is not None:
        yield Attempt(provider, outcome, error=message(error) if outcome == Outcome.ERROR else "")
    elif not was_not_asked(status):
        ignored.append(_odd_status(provider, status))


def _found_by(finder: str, asked: Sequence[str]) -> Iterator[Attempt]:
    """Those asked before the one that is named found nothing; all of them, where nobody is named."""
    for name in asked:
        if folded(name) == folded(finder):
            break
        if not finder or folded(finder) in map(folded, asked):
            yield Attempt(name, Outcome.EMPTY)
    if finder:
        yield Attempt(finder, Outcome.SUCCESS)


# -- values ------------------------------------------------------------------------------------------------
def outcome_of(status: Any) -> Outcome | None:
    return _OUTCOME.get(status.strip().casefold()) if isinstance(status, str) else None


def was_not_asked(status: Any) -> bool:
    """Whether a status says that the provider was not asked, or not yet: nothing to count, nothing odd."""
    return status is None or (isinstance(status, str) and status.strip().casefold() in NOT_ASKED)


def name_in(value: Any) -> str:
    """The name of a provider; empty for what is none."""
    name = " ".join(value.split()) if isinstance(value, str) else ""
    fits = name.casefold() not in _NO_NAME and len(name) <= LONGEST and name.isprintable()
    return name if fits else ""


def latency(value: Any) -> int | None:
    """Milliseconds out of a number, or a text of one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return round(number) if math.isfinite(number) and 0 <= number <= LONGEST_LATENCY else None


def message(value: Any) -> str:
    text = value.get("message") if isinstance(value, dict) else value
    return storable(" ".join(text.split())[:500]) if isinstance(text, str) else ""


def shortened(value: Any) -> str:
    """A value as people recognise it."""
    text = value if isinstance(value, str) else _json(value)
    return repr(text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…")


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return str(type(value).__name__)


def _odd_status(provider: str, status: Any) -> str:
    return f"{provider} has a status that says nothing: {shortened(status)}"
