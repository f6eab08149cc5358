"""The levels at which pages warn. They stop nothing."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from budget.models import WARN_AT, WarnLevel
from budget.steering.limits import one_at_a_time
from budget.terms import WORKSPACE

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NEVER = 0
"""Kept in place of levels where a person wants none."""
MOST = 5


def warn_levels() -> list[int]:
    """Percents of the workspace's limit at which pages warn, lowest first; 80 until a person sets others."""
    found = list(WarnLevel.objects.values_list("percent", flat=True))
    return [percent for percent in found if percent != NEVER] if found else [WARN_AT]


def parsed(text: str) -> list[int]:
    """The levels that a person typed, such as "80, 95 %"; empty: none. Raises ValueError with a sentence."""
    parts = re.split(r"[,;\s]+", text.replace("%", " ").strip())
    return _checked([_percent(part) for part in parts if part])


def _percent(part: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", part):
        raise ValueError(f"Warning levels are whole percents such as 80, 95, not {part[:40]!r}")
    return int(part)


def _checked(percents: Iterable[int]) -> list[int]:
    """Each once, lowest first. Raises ValueError with a sentence for people."""
    wanted = sorted(set(percents))
    if wrong := [percent for percent in wanted if not 1 <= percent <= 99]:
        raise ValueError(f"A warning level is from 1 to 99 percent, not {wrong[0]}")
    if len(wanted) > MOST:
        raise ValueError(f"{MOST} warning levels are enough")
    return wanted


def set_warn_levels(percents: Iterable[int], by: "User | None") -> bool:
    """Warn at these from now on; none of them: never. False where it is so already.

    Raises ValueError with a sentence for people.
    """
    wanted = _checked(percents)
    with one_at_a_time(WORKSPACE):
        if wanted == warn_levels():
            return False
        WarnLevel.objects.all().delete()
        WarnLevel.objects.bulk_create(WarnLevel(percent=percent, by=by) for percent in wanted or [NEVER])
    return True
