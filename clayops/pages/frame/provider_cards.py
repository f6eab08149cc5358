"""A provider as a card: its bar, its state, where it is used. For dashboard and providers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from clayops.pages.frame.provider_bar import Bar, bar
from jobs.destinations.provider_uses import Use, where_used
from providers import health
from providers.health import Health
from providers.models import State

ORDER: dict[str, int] = {State.EXCLUDED: 0, State.PROBING: 0, State.DEGRADED: 1}
"""What comes first; the others, and those that are pinned, by their names."""


@dataclass(frozen=True)
class Card:
    """A provider as the list shows it."""

    health: Health
    bar: Bar
    uses: Sequence[Use]

    @property
    def is_due(self) -> bool:
        """Whether the next batch with it in its waterfall tries it."""
        at = self.health.next_probe_at
        return self.health.is_left_out and (at is None or at <= timezone.now())

    @property
    def is_steered(self) -> bool:
        """Whether some waterfall leaves it out while it fails."""
        return any(use.steers for use in self.uses)

    @property
    def is_asked_all_the_same(self) -> bool:
        """Whether it fails, and nobody leaves it out: no destination that has it on sends lists."""
        asked = any(use.step.on for use in self.uses)
        return self.health.is_left_out and asked and not self.is_steered

    @property
    def word(self) -> str:
        """Its state as a person sees it."""
        if self.is_asked_all_the_same:
            return "failing"
        is_idle = self.health.word == State.PROBING and not self.is_steered
        return State.EXCLUDED.value if is_idle else self.health.word


def worst(most: int) -> tuple[list[Card], int]:
    """The first, worst ones first (left out, degraded, the rest by name), and how many more there are."""
    found = sorted(health.all_health(), key=rank)
    return cards_of(found[:most]), max(len(found) - most, 0)


def cards_of(found: Iterable[Health]) -> list[Card]:
    """Their cards, in this order."""
    uses = where_used()
    return [Card(each, bar(each.entries), uses.get(each.name, [])) for each in found]


def rank(each: Health) -> tuple[int, str, str]:
    """The worst first, the others by name."""
    return ORDER.get(each.word, 2), each.label.casefold(), each.name


def card_of(found: Health) -> Card:
    """The card of one alone."""
    return Card(found, bar(found.entries), where_used().get(found.name, []))
