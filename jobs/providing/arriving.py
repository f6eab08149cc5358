"""Outcomes that came with results reach the windows; who comes back lets lanes go on that waited for it."""

from datetime import timedelta

from jobs.models import Destination, Hold
from providers import recording
from providers.models import Arrival, Provider

LEFT_AFTER = timedelta(seconds=30)
"""Whoever brought outcomes that are so old died, or found Redis away."""


def remember(arrival: Arrival | None) -> None:
    """Put them into the windows; harmless when repeated."""
    if arrival:
        _welcome(recording.remember(arrival))


def catch_up() -> None:
    """The same for what was left undone."""
    _welcome(recording.catch_up(LEFT_AFTER))


def _welcome(back: list[Provider]) -> None:
    from jobs.sending import lane

    if back and Destination.objects.filter(hold=Hold.NO_PROVIDER).exists():
        lane.wake()
