"""Which providers of a waterfall a new batch uses: one that fails is left out, but for probes."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

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


def choose(
    waterfall: Sequence[Step], now: datetime | None = None, patience: timedelta = timedelta(0)
) -> Choice:
    """What a new batch does with each step. Raises RedisError.

    A probe that is due is claimed by this call. Until the claim is settled, with its results
    (`recording.note`) or because the batch was not sent (`give_back`), nobody else probes; for `patience` at
    most, and never for longer than the longest cool-down.
    """
    now = now or timezone.now()
    rows = rows_of({folded(step.provider): step.provider for step in waterfall if step.on}, is_new=False)
    waits = min(patience, windows.LONGEST_COOL_DOWN)
    free = [row for row in rows.values() if not row.pinned]
    verdicts = dict(zip((row.name for row in free), windows.choose(free, now, waits), strict=True))
    choice = Choice()
    for step in waterfall:
        _place(choice, step, rows.get(folded(step.provider)), verdicts.get(folded(step.provider)))
    for row in free:
        if window := verdicts[row.name].window:
            keep(row, window, now)
    return choice


def give_back(choice: Choice, now: datetime | None = None) -> None:
    """The batch was not sent: another one may probe at once. With Redis away, time alone does it."""
    _settle(choice, now, sent=False)


def lost(choice: Choice, now: datetime | None = None) -> None:
    """It may have been sent, and nobody will tell: another one may probe after the cool-down."""
    _settle(choice, now, sent=True)


def _settle(choice: Choice, now: datetime | None, *, sent: bool) -> None:
    if not choice.claims:
        return
    now = now or timezone.now()
    rows = rows_of({name: name for name in choice.claims}, is_new=False)
    claims = {rows[name]: claim for name, claim in choice.claims.items() if name in rows}
    try:
        found = windows.settle(claims, now, sent=sent)
    except redis.RedisError as error:
        logger.warning("Probes are settled by time only: Redis is away (%s)", error)
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
        _leave_out(choice, name, rate_in_words(*verdict.left_with))
    else:
        choice.use.append(name)
        choice.probes.append(name)
        choice.why[name] = rate_in_words(*verdict.left_with)
        if verdict.window:
            choice.claims[folded(name)] = verdict.window.claim


def _leave_out(choice: Choice, name: str, why: str) -> None:
    choice.skip.append(name)
    choice.why[name] = why
