"""How well providers do, by their last 100 outcomes. Knows no job."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

import redis

from providers import windows
from providers.models import Provider, State
from providers.names import folded, label_of
from providers.terms import Entry, Outcome
from providers.windows import Window

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Health:
    """How a provider stands. Rates are from 0 to 1, None where there was nothing to rate."""

    row: Provider
    """With its name, label, pin and price."""
    window: Window

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def label(self) -> str:
        return str(self.row)

    @property
    def state(self) -> State:
        return self.window.state

    @property
    def word(self) -> str:
        """The state as a person sees it: `in` or `out` where it is pinned."""
        return f"pinned_{self.row.pinned}" if self.row.pinned else self.state.value

    @property
    def is_left_out(self) -> bool:
        """Whether new batches leave it out by themselves."""
        return self.state in {State.EXCLUDED, State.PROBING} and not self.row.pinned

    @property
    def pinned(self) -> str:
        return self.row.pinned

    @property
    def pin_reason(self) -> str:
        return self.row.pin_reason

    @property
    def outcomes(self) -> str:
        """The last 100, oldest first: `s` success, `e` empty, `x` error."""
        return self.window.letters

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The same with what they cost and how long they took."""
        return self.window.entries

    @property
    def requests(self) -> int:
        return len(self.entries)

    @property
    def hits(self) -> int:
        return sum(entry.outcome == Outcome.SUCCESS for entry in self.entries)

    @property
    def success_rate(self) -> float | None:
        """Without errors, of all."""
        return (self.requests - self.window.errors) / self.requests if self.requests else None

    @property
    def hit_rate(self) -> float | None:
        """With a find, of those without errors."""
        good = self.requests - self.window.errors
        return self.hits / good if good else None

    @property
    def latency_ms(self) -> float | None:
        """The median, of those that told it."""
        took = [entry.latency_ms for entry in self.entries if entry.latency_ms is not None]
        return median(took) if took else None

    @property
    def credits_per_hit(self) -> Decimal | None:
        """What those cost that tell, misses too, by the hits among them; None where no hit tells."""
        told = [entry for entry in self.entries if entry.credits is not None]
        hits = sum(entry.outcome == Outcome.SUCCESS for entry in told)
        spent = sum((entry.credits or Decimal(0) for entry in told), Decimal(0))
        return (spent / hits).quantize(Decimal("0.01")) if hits else None

    @property
    def left_with(self) -> tuple[int, int]:
        """Requests and errors of its window when it last left the waterfall."""
        return self.window.left_with

    @property
    def since(self) -> datetime | None:
        return self.window.since

    @property
    def cool_down(self) -> timedelta:
        return self.window.cool_down

    @property
    def is_tried(self) -> bool:
        """Whether a batch is out that probes it, so that its results are waited for."""
        return self.state == State.PROBING and bool(self.window.claim)

    @property
    def next_probe_at(self) -> datetime | None:
        return self.window.next_probe_at


def health(provider: str) -> Health:
    """How one provider stands; unknown where it has never been seen."""
    found = Provider.objects.filter(name=folded(provider))
    unseen = Provider(name=folded(provider), label=label_of(provider))
    return next(iter(of(found)), Health(unseen, Window.of(unseen)))


def all_health() -> list[Health]:
    """How all providers stand, by name."""
    return of(Provider.objects.all())


def of(rows: Iterable[Provider]) -> list[Health]:
    """How these providers stand, in one round trip; as last saved where Redis is away."""
    rows = list(rows)
    try:
        found = windows.read(rows)
    except redis.RedisError as error:
        logger.warning("Providers are shown as last saved: Redis is away (%s)", error)
        found = [Window.of(row) for row in rows]
    return [Health(row, window) for row, window in zip(rows, found, strict=True)]
