"""The headers of Clay's answers that tell us when to come again."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from clayops.clay.answers import RateLimit

LONGEST_WAIT = 24 * 3600.0
"""Seconds; a longer Retry-After is taken for a mistake."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """`Retry-After` in seconds from now: a number, or an HTTP date (RFC 9110, 10.2.3). None if unreadable."""
    raw = headers.get("retry-after", "").strip()
    seconds = _number(raw)
    if seconds is None:
        moment = _date(raw)
        seconds = None if moment is None else (moment - _now(headers)).total_seconds()
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_WAIT)


def rate_limit(headers: Mapping[str, str]) -> RateLimit:
    """`X-RateLimit-Limit`, `-Remaining` and `-Reset` (seconds from now, or a moment as an epoch)."""
    return RateLimit(
        _whole(headers.get("x-ratelimit-limit", "")),
        _whole(headers.get("x-ratelimit-remaining", "")),
        _reset(headers),
    )


def _reset(headers: Mapping[str, str]) -> float | None:
    value = _number(headers.get("x-ratelimit-reset", ""))
    if value is None:
        return None
    if value > 1e11:  # an epoch in milliseconds
        value /= 1000
    if value > 1e6:  # an epoch: no window is eleven days long
        value -= _now(headers).timestamp()
    return max(value, 0.0)


def _number(raw: str) -> float | None:
    try:
        value = float(raw)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _whole(raw: str) -> int | None:
    value = _number(raw)
    return None if value is None else int(value)


def _date(raw: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(raw)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _now(headers: Mapping[str, str]) -> datetime:
    """Clay's clock where it shows it: ours may be wrong."""
    return _date(headers.get("date", "")) or datetime.now(UTC)
