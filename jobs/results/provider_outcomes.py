"""Outcomes that came with results reach the windows; who comes back lets lanes go on that waited for it."""

from datetime import timedelta

from jobs.models import Batch, Destination, Hold, Job
from jobs.sending import wake
from providers import recording
from providers.models import Arrival, Pin, Provider
from providers.names import folded

LEFT_AFTER = timedelta(seconds=30)
"""Whoever brought outcomes that are so old died, or found Redis away."""


def remember(arrival: Arrival | None) -> None:
    """Put them into the windows; harmless when repeated."""
    if arrival:
        _welcome(recording.remember(arrival))


def catch_up() -> None:
    """The same for what was left undone."""
    _welcome(recording.catch_up(LEFT_AFTER))


def lift_holds() -> None:
    """Nothing is held for want of a provider where nothing is left to send, or somebody is there again."""
    for destination in Destination.objects.filter(hold=Hold.NO_PROVIDER):
        jobs = Job.objects.sendable().filter(destination=destination)
        waits = Batch.objects.to_send().filter(job__in=jobs).exists()
        if not waits or not destination.steers or _somebody_is_there(destination):
            destination.lift_hold(Hold.NO_PROVIDER)


def _somebody_is_there(destination: Destination) -> bool:
    names = {folded(step.provider) for step in destination.steps if step.on}
    known = Provider.objects.filter(name__in=names)
    out = sum(row.is_left_out or row.pinned == Pin.OUT for row in known)
    return out < len(names)


def _welcome(back: list[Provider]) -> None:

    if back and Destination.objects.filter(hold=Hold.NO_PROVIDER).exists():
        lift_holds()
        wake.wake()
