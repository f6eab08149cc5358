"""What every page needs: navigation, alerts, today's credits; asked for only where a template shows it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from budget import credits as budget
from jobs.alerting import for_person, recording
from jobs.alerting.alert import Alert
from jobs.models import DeadLetter, Job
from providers.models import Provider


@dataclass(frozen=True)
class Place:
    """One entry of the navigation. `badge` is a count, shown when there is something to count."""

    label: str
    url_name: str
    prefix: str
    icon: str
    current: bool = False
    badge: int = 0
    tone: str = "quiet"


FIRST = 3
"""Alerts at the top of every page; the others are a click away."""

# What is not built yet is not here.
PLACES = [
    ("Dashboard", "dashboard", "/", "M2.5 2.5h4.5v6H2.5zM9 2.5h4.5v3H9zM9 7.5h4.5v6H9zM2.5 10.5h4.5v3H2.5z"),
    ("Upload", "upload", "/upload", "M8 10.5V2.5M4.8 5.5 8 2.3l3.2 3.2M2.5 10v3.5h11V10"),
    ("Jobs", "jobs", "/jobs", "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1"),
    ("Dead letters", "deadletters", "/deadletters", "M2 3.5h12v9H2zM2 4l6 5 6-5"),
    ("Budget", "budget", "/budget", "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 1 0 8 2.2M8 8l2.6-2.6M8 8h.1"),
    ("Providers", "providers", "/providers", "M2.5 3h11L9.5 7.5v3L6.5 13V7.5z"),
    (
        "Destinations",
        "destinations",
        "/destinations",
        "M8 14s4.5-4.2 4.5-7.5a4.5 4.5 0 0 0-9 0C3.5 9.8 8 14 8 14zM8 6.5h.1",
    ),
    (
        "Settings",
        "settings",
        "/settings",
        "M2 4.5h7M12.5 4.5H14M2 11.5h1.5M7 11.5h7M10.75 2.75v3.5M5.25 9.75v3.5",
    ),
]


class Chrome:
    """The frame around a page, for the person who is signed in."""

    def __init__(self, request: HttpRequest) -> None:
        self._path = request.path
        self._request = request

    @cached_property
    def _shown(self) -> recording.Shown:
        return recording.shown(for_person.for_person(self._request.user), timezone.now())

    @property
    def alerts(self) -> list[Alert]:
        """Those that nobody put aside, the worst first."""
        return self._shown.now

    @property
    def put_aside(self) -> int:
        """How many are still so, but not shown."""
        return len(self._shown.aside)

    @property
    def first_alerts(self) -> list[Alert]:
        return self.alerts[:FIRST]

    @property
    def more_alerts(self) -> int:
        return max(len(self.alerts) - FIRST, 0)

    @cached_property
    def worst(self) -> str:
        """The level of the worst alert."""
        return self.alerts[0].level if self.alerts else "good"

    @cached_property
    def credits(self) -> budget.Day:
        return budget.today()

    @cached_property
    def places(self) -> list[Place]:
        badges = {
            "jobs": (Job.objects.unfinished().count(), "quiet"),
            "providers": (Provider.objects.left_out().count(), "bad"),
            "deadletters": (DeadLetter.objects.shown().waiting().count(), "bad"),
        }
        return [
            Place(label, name, prefix, icon, self._is_at(prefix), *badges.get(name, (0, "quiet")))
            for label, name, prefix, icon in PLACES
        ]

    def _is_at(self, prefix: str) -> bool:
        if self._path.startswith("/people"):
            return prefix == "/settings"
        return self._path == "/" if prefix == "/" else self._path.startswith(prefix)


def chrome(request: HttpRequest) -> dict[str, Any]:
    """Context of the base template."""
    return {"sandbox": settings.SANDBOX, "chrome": Chrome(request)}
