"""A row's waterfall: providers asked in order until one finds the address, how long each takes and costs."""

import math
import random
from collections.abc import Callable
from typing import Any

from clayops.sandbox.knobs import Knobs

Dice = Callable[[str], random.Random]
"""A row's own generator for each purpose."""

REACHABLE = 0.92
"""Share of people whose address can be found at all; with the four providers, about 85 % are found."""
FINDS = {"prospeo": 0.55, "findymail": 0.5, "hunter": 0.45, "apollo": 0.4}
OTHERS_FIND = 0.4
CREDITS = {"prospeo": 1, "findymail": 1, "hunter": 1, "apollo": 2}
USUAL_ERRORS = 0.01

USUAL_MS, SPREAD = 600, 0.6
"""Median of a provider's latency in milliseconds, and the deviation of its logarithm."""
SHORTEST_MS, LONGEST_MS = 150, 2500

ERRORS = (
    "{name} answered 503 (request {request:012x}).",
    "{name} answered 500: internal error {request:012x}.",
    "Rate limit of the provider reached, try again in {wait} s.",
    "No answer within {seconds:g} s.",
    "The connection to {name} was reset after {sent} bytes.",
)


def providers(knobs: Knobs, inputs: dict[str, Any]) -> list[str]:
    """Whom the row may ask, in order: its own list or the usual one, without those to skip."""
    use = _names(inputs.get(knobs.use_input)) or knobs.waterfall
    skip = _names(inputs.get(knobs.skip_input))
    return [provider for provider in use if provider not in skip]


def attempts(knobs: Knobs, asked: list[str], dice: Dice) -> list[dict[str, Any]]:
    """What each provider did, until one found the address or the row's time was over.

    `[{"provider", "status": "success" | "empty" | "error", "credits", "latency_ms", "error"?}]`
    """
    tried: list[dict[str, Any]] = []
    reachable = dice("reachable").random() < REACHABLE
    for provider in asked:
        if _is_over(knobs, tried):
            break
        tried.append(_attempt(knobs, provider, reachable, dice))
        if tried[-1]["status"] == "success":
            break
    return tried


def _is_over(knobs: Knobs, tried: list[dict[str, Any]]) -> bool:
    spent: int = sum(attempt["latency_ms"] for attempt in tried)
    return 0 < knobs.row_seconds * 1000 < spent


def _attempt(knobs: Knobs, provider: str, reachable: bool, dice: Dice) -> dict[str, Any]:
    status = _status(knobs, provider, reachable, dice(f"provider {provider}"))
    latency = _latency(knobs, status, dice(f"latency {provider}"))
    attempt = {
        "provider": provider,
        "status": status,
        "credits": _credits(knobs, provider, status),
        "latency_ms": latency,
    }
    if status == "error":
        attempt["error"] = _error(knobs, provider, dice(f"error {provider}"))
    return attempt


def _status(knobs: Knobs, provider: str, reachable: bool, dice: random.Random) -> str:
    if dice.random() < knobs.provider_errors.get(provider, USUAL_ERRORS):
        return "error"
    return "success" if dice.random() < FINDS.get(provider, OTHERS_FIND) and reachable else "empty"


def _credits(knobs: Knobs, provider: str, status: str) -> float:
    price = CREDITS.get(provider, 1)
    if status == "error" and knobs.error_credits:
        return round(price * knobs.error_credits, 2)
    return price if status == "success" else 0


def _latency(knobs: Knobs, status: str, dice: random.Random) -> int:
    if status == "error":
        return round(knobs.timeout_ms * dice.uniform(0.9, 1.1))
    return round(min(max(dice.lognormvariate(math.log(USUAL_MS), SPREAD), SHORTEST_MS), LONGEST_MS))


def _error(knobs: Knobs, provider: str, dice: random.Random) -> str:
    return dice.choice(ERRORS).format(
        name=provider.title(),
        request=dice.getrandbits(48),
        wait=dice.randint(1, 60),
        seconds=knobs.timeout_ms / 1000,
        sent=dice.randint(100, 9000),
    )


def _names(value: Any) -> list[str]:
    names = value.split(",") if isinstance(value, str) else value
    return [str(one).strip().lower() for one in names if str(one).strip()] if isinstance(names, list) else []
