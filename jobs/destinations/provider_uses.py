"""Where providers are used: in whose waterfalls, at which place."""

from collections import defaultdict
from dataclasses import dataclass

from jobs.models import Destination
from providers.names import folded
from providers.waterfall import Step


@dataclass(frozen=True)
class Use:
    """A provider's place in the waterfall of a destination that takes uploads."""

    destination: Destination
    place: int
    """1, 2, 3 …"""
    of: int
    step: Step

    @property
    def steers(self) -> bool:
        """Whether it is left out there while it fails."""
        return self.step.on and self.destination.sends_lists


def where_used() -> dict[str, list[Use]]:
    """By the folded name of the provider; in the order of the destinations' names."""
    found: dict[str, list[Use]] = defaultdict(list)
    for destination in Destination.objects.open().exclude(waterfall=[]):
        steps = destination.steps
        for place, step in enumerate(steps, start=1):
            found[folded(step.provider)].append(Use(destination, place, len(steps), step))
    return found
