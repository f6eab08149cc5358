"""The sandbox's settings: what they are, and how they are read from a form or from JSON."""
# ruff: noqa: RUF009  _knob() is a dataclass field

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from clayops.base.environment import is_loopback

STATUSES = (400, 401, 402, 403, 404, 413, 422, 429, 500, 502, 503)


class BadSetting(ValueError):
    """A setting that does not exist or cannot have this value; the text names it."""


SECRET = "webhook_secret"  # noqa: S105  the setting's name
HIDDEN = "(hidden)"
"""Shown in place of a secret; sent back, it changes nothing."""


def _knob(default: Any, group: str, label: str, kind: str, high: float = 1_000_000, note: str = "") -> Any:
    about = {"group": group, "label": label, "kind": kind, "high": high, "note": note}
    if isinstance(default, list | dict):
        return field(default_factory=lambda: type(default)(default), metadata=about)
    return field(default=default, metadata=about)


DATA, PROVIDERS, PACE, CALLS, NEXT, RESULTS = (
    "The data",
    "The providers",
    "The pace",
    "Run-finished calls",
    "What goes wrong next",
    "What goes wrong in results",
)


@dataclass(frozen=True)
class Knobs:
    """All settings. Seconds are seconds, rates go from 0 to 1, `next_…` count down to 0 as they are used."""

    seed: str = _knob("clay", DATA, "Seed", "text", 200, "The same seed and inputs give the same results")
    fail_rate: float = _knob(0.02, DATA, "Share of items that fail", "number", 1)
    report_credits: float = _knob(
        0.0, DATA, "Share of items that tell their credits", "number", 1, "In an output named credits"
    )
    tables: int = _knob(1, DATA, "Tables can be queried (1) as on Enterprise plans, or not (0)", "whole", 1)
    waterfall: list[str] = _knob(
        ["prospeo", "findymail", "hunter", "apollo"],
        PROVIDERS,
        "Waterfall",
        "names",
        50,
        "Providers, in order",
    )
    provider_errors: dict[str, float] = _knob(
        {}, PROVIDERS, "Error rate of", "rates", 1, "1 is always; empty is 0.01"
    )
    error_credits: float = _knob(
        0.0, PROVIDERS, "Share of its price that a provider's error costs", "number", 1
    )
    timeout_ms: int = _knob(
        8000, PROVIDERS, "Milliseconds that a provider's error takes", "whole", note="10 % more or less"
    )
    row_seconds: float = _knob(
        0.0,
        PROVIDERS,
        "Seconds a row's waterfall may take",
        "number",
        86_400,
        "0 for no end; past it no further provider is asked",
    )
    use_input: str = _knob("use_providers", PROVIDERS, "Input with the providers to use", "text", 200)
    skip_input: str = _knob("skip_providers", PROVIDERS, "Input with the providers to skip", "text", 200)

    base_seconds: float = _knob(1.5, PACE, "Seconds for a run", "number", 86_400)
    item_seconds: float = _knob(0.04, PACE, "and for each of its items", "number", 86_400)
    jitter: float = _knob(0.3, PACE, "Jitter of both", "number", 1, "0.3 is 30 % more or less")
    answer_delay: float = _knob(0.0, PACE, "Seconds before a run is answered", "number", 86_400)
    rate_per_second: float = _knob(100.0, PACE, "Requests a second", "number", 100_000, "More get a 429")

    webhook_url: str = _knob(
        "", CALLS, "Address to call", "here", 500, "When a run that has a webhook_id ends; empty calls nobody"
    )
    webhook_secret: str = _knob("", CALLS, "Secret to sign with", "blank", 200, "Empty does not sign")

    next_refusals: int = _knob(0, NEXT, "Runs to refuse", "whole")
    refusal_status: int = _knob(429, NEXT, "with status", "status")
    refusal_retry_after: float | None = _knob(
        2.0, NEXT, "and Retry-After, in seconds", "maybe", 86_400, "429 and 503 only; empty sends none"
    )
    next_vanish: int = _knob(0, NEXT, "Runs to accept, then hang up", "whole")
    next_hang: int = _knob(0, NEXT, "Runs to accept, then keep silent", "whole")
    hang_seconds: float = _knob(60.0, NEXT, "for so many seconds", "number", 86_400)

    next_stuck: int = _knob(0, RESULTS, "Runs that never end", "whole")
    next_gone: int = _knob(0, RESULTS, "Runs whose results are gone (404)", "whole")
    next_odd: int = _knob(0, RESULTS, "Runs that end in an unknown status", "whole")
    odd_status: str = _knob("cancelled", RESULTS, "which is", "text", 60)
    missing_items: int = _knob(0, RESULTS, "Items left out of every run", "whole", 100)
    foreign_items: int = _knob(0, RESULTS, "Items added that are not yours", "whole", 100)
    duplicate_items: int = _knob(0, RESULTS, "Items that come twice", "whole", 100)

    def shown(self) -> dict[str, Any]:
        """What anybody on this machine may see: not the secret, with which one could speak as Clay."""
        return asdict(self) | {SECRET: HIDDEN if self.webhook_secret else ""}

    def changed(self, changes: Mapping[str, Any]) -> "Knobs":
        """These settings with `changes`, each checked. Raises `BadSetting`."""
        known = {one.name: one for one in fields(self)}
        values = asdict(self)
        for name, value in changes.items():
            if name not in known:
                raise BadSetting(f"There is no setting {name!r}")
            if name == SECRET and value == HIDDEN:
                continue
            values[name] = _read(name, value, known[name].metadata)
        return Knobs(**values)


FAST: dict[str, Any] = {"base_seconds": 0.05, "item_seconds": 0.0, "rate_per_second": 10_000.0}
"""Settings for tests that do not want to wait."""


def _read(name: str, value: Any, about: Mapping[str, Any]) -> Any:
    match about["kind"]:
        case "text":
            return _text(name, value, about["high"])
        case "blank":
            return "" if value == "" else _text(name, value, about["high"])
        case "here":
            return "" if value == "" else _here(name, _text(name, value, about["high"]))
        case "names":
            return _names(name, value)
        case "rates":
            return _rates(name, value)
        case "maybe":
            return None if value is None or value == "" else _number(name, value, about["high"])
        case "number":
            return _number(name, value, about["high"])
    whole = _number(name, value, about["high"])
    if whole != int(whole) or (about["kind"] == "status" and whole not in STATUSES):
        raise BadSetting(f"{name} cannot be {value}")
    return int(whole)


def _text(name: str, value: Any, longest: float) -> str:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= longest:
        raise BadSetting(f"{name} must be a text of 1 to {longest} characters")
    return value.strip()


def _here(name: str, url: str) -> str:
    """Only this machine: the sandbox is to disturb nobody else."""
    try:
        parts = urlsplit(url)
        ours = parts.scheme in {"http", "https"} and is_loopback(parts.hostname or "") and parts.port != 0
    except ValueError:
        ours = False
    if not ours:
        raise BadSetting(f"{name} must be an address of this machine, such as http://127.0.0.1:8000/hooks")
    return url


def _number(name: str, value: Any, high: float) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= high:
        raise BadSetting(f"{name} must be a number from 0 to {high:,}")
    return number


def _names(name: str, value: Any) -> list[str]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise BadSetting(f"{name} must be names, separated by commas")
    return list(dict.fromkeys(one.strip().lower() for one in names if one.strip()))[:50]


def _rates(name: str, value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise BadSetting(f"{name} must give a rate for each provider")
    told = {str(one).strip().lower(): rate for one, rate in value.items() if rate not in ("", None)}
    return {one: _number(f"{name} of {one}", rate, 1) for one, rate in told.items()}
