"""Which providers of a waterfall a new batch uses: one that fails is left out, but for probes."""

import logging
from collections.abc import Sequence
from datetime import datetime

import redis
from django.utils import timezone

from providers import windows
from providers.models import Pin, Provider
from providers.names import folded
from providers.recording import keep, rate_in_words, rows_of
from providers.waterfall import Choice, Step
from providers.windows import Verdict

logger = logging.getLogger(__name__)

SWITCHED_OFF = "Switched off in this waterfall"


def choose(waterfall: Sequence[Step], now: datetime | None = None) -> Choice:
    """What a new batch does with each step. A probe that is due is claimed by this call: `give_back` where
    the batch is not sent after all. Raises RedisError.
    """
    now = now or timezone.now()
    rows = rows_of({folded(step.provider): step.provider for step in waterfall if step.on}, is_new=False)
    free = [row for row in rows.values() if not row.pinned]
    verdicts = dict(zip((row.name for row in free), windows.choose(free, now), strict=True))
    choice = Choice()
    for step in waterfall:
        _place(choice, step, rows.get(folded(step.provider)), verdicts.get(folded(step.provider)))
    for row in free:
        if window := verdicts[row.name].window:
            keep(row, window, now)
    return choice


def give_back(choice: Choice, now: datetime | None = None) -> None:
    """The batch was not sent: another one may probe at once. With Redis away the next cool-down does it."""
    if not choice.claims:
        return
    now = now or timezone.now()
    rows = rows_of({name: name for name in choice.claims}, is_new=False)
    claims = {rows[name]: at for name, at in choice.claims.items()}
    try:
        found = windows.give_back(claims, now)
    except redis.RedisError as error:
        logger.warning("Probes that were not sent are given back by time only: Redis is away (%s)", error)
        return
    for row, window in zip(claims, found, strict=True):
        if window:
            keep(row, window, now)


def _place(choice: Choice, step: Step, row: Provider | None, verdict: Verdict | None) -> None:
    """Put one step where it belongs."""
    name = step.provider
    if not step.on:
        _leave_out(choice, name, SWITCHED_OFF)
    elif row is not None and row.pinned == Pin.OUT:
        _leave_out(choice, name, f"Pinned out: {row.pin_reason}" if row.pin_reason else "Pinned out")
    elif verdict is None or verdict.word == "use":
        choice.use.append(name)
        if row is not None and row.pinned:
            choice.pinned.append(name)
    elif verdict.word == "skip":
        _leave_out(choice, name, rate_in_words(verdict.requests, verdict.errors))
    else:
        choice.use.append(name)
        choice.probes.append(name)
        choice.why[name] = rate_in_words(verdict.requests, verdict.errors)
        if verdict.next_probe_at:
            choice.claims[folded(name)] = verdict.next_probe_at


def _leave_out(choice: Choice, name: str, why: str) -> None:
    choice.skip.append(name)
    choice.why[name] = why
