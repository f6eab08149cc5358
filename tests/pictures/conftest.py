"""Where and when the pictures are taken: in a product of a few people, early in the afternoon."""

import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission, User
from django.utils import timezone

CITIES = [
    "Pacific/Auckland", "Australia/Sydney", "Asia/Tokyo", "Asia/Singapore", "Asia/Bangkok", "Asia/Dhaka",
    "Asia/Karachi", "Asia/Dubai", "Asia/Riyadh", "Europe/Helsinki", "Europe/Paris", "Europe/London",
    "Atlantic/Azores", "America/Noronha", "America/Sao_Paulo", "America/Halifax", "America/New_York",
    "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu",
    "Pacific/Pago_Pago",
]  # fmt: skip
AFTERNOON = 14.5
PICTURES = Path(__file__).parents[2] / "docs" / "guide" / "pictures"


def _hours_from_afternoon(city: str) -> float:
    now = datetime.now(ZoneInfo(city))
    return abs(now.hour + now.minute / 60 - AFTERNOON)


@pytest.fixture(autouse=True)
def _afternoon(settings: LazySettings) -> Iterator[None]:
    """It is early afternoon somewhere: the day's charts look the same whenever the pictures are made."""
    settings.TIME_ZONE = min(CITIES, key=_hours_from_afternoon)
    random.seed(2026)
    yield
    timezone.deactivate()


@pytest.fixture
def ana(transactional_db: None) -> User:
    """The owner, who looks at every page."""
    return User.objects.create_superuser("maya", password="kiln and glaze 9")


@pytest.fixture
def colleagues(ana: User) -> list[User]:
    """Who else works here, and what they may do."""
    everyone = [
        User.objects.create_user(name, password="kiln and glaze 9") for name in ("jonas", "priya", "sam")
    ]
    for person, names in zip(
        everyone, [["approve_deadletter", "retry_deadletter"], ["change_limit"], []], strict=True
    ):
        person.user_permissions.set(Permission.objects.filter(codename__in=names))
    return everyone
