"""The levels at which pages warn. They stop nothing."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction

from budget.models import WARN_AT, WarnLevel

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NEVER = 0
"""Kept in place of levels where a person wants none."""
MOST = 5


def warn_levels() -> list[int]:
    """Percents of the workspace's limit at which pages warn, lowest first; 80 until a person sets others."""
    found = list(WarnLevel.objects.values_list("percent", flat=True))
    return [percent for percent in found if percent != NEVER] if found else [WARN_AT]


def set_warn_levels(percents: Iterable[int], by: "User | None") -> None:
    """Warn at these from now on; none of them: never. Raises ValueError with a sentence for people."""
    wanted = sorted(set(percents))
    if wrong := [percent for percent in wanted if not 1 <= percent <= 99]:
        raise ValueError(f"A warning level is from 1 to 99 percent, not {wrong[0]}")
    if len(wanted) > MOST:
        raise ValueError(f"{MOST} warning levels are enough")
    with transaction.atomic():
        WarnLevel.objects.all().delete()
        WarnLevel.objects.bulk_create(WarnLevel(percent=percent, by=by) for percent in wanted or [NEVER])
