"""Providers that left the waterfall or are about to, and tables whose cells Clay does not show."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from clayops.base.wording import whole_percent
from jobs.alerting.alert import Action, Alert
from jobs.destinations import provider_uses
from jobs.models import Destination
from providers import health
from providers.health import Health
from providers.models import Provider, State

MOST_NAMED = 3
DEGRADED_FOR = timedelta(minutes=1)
"""So long, so that one around the limit is no alert with every batch."""


def alerts() -> Iterator[Alert]:
    yield from _failing()
    yield from _cells()


def _failing() -> Iterator[Alert]:
    """Who fails so often that new batches leave them out, or soon may, of those that a waterfall steers."""
    failing = list(Provider.objects.failing())
    if not failing:
        return
    uses, long_ago = provider_uses.where_used(), timezone.now() - DEGRADED_FOR
    for each in health.of(failing):
        there = [use.destination.name for use in uses[each.name] if use.steers]
        if each.is_left_out and there:
            yield _left(each, there)
        elif there and each.state == State.DEGRADED and each.since and each.since <= long_ago:
            yield _degraded(each, there)


def _left(found: Health, there: list[str]) -> Alert:
    """With the rate that it left with: what was under way since does not count."""
    text = f"{found.label} left the waterfall: {_rate(*found.left_with)}"
    detail = f"{_names(there)} · {_next_probe(found)}"
    page = Action("See why", "provider", found.row.pk, is_link=True, name=f"Why {found.label} left")
    return Alert("provider", "warn", text, detail, found.since, [page], about=str(found.row.pk))


def _degraded(found: Health, there: list[str]) -> Alert:
    text = f"{found.label} is degraded: {_rate(found.requests, found.window.errors)}"
    detail = f"{_names(there)} · Below 50 % it leaves the waterfall"
    page = Action("See why", "provider", found.row.pk, is_link=True, name=f"Why {found.label} is degraded")
    return Alert("provider_degraded", "warn", text, detail, found.since, [page], about=str(found.row.pk))


def _rate(requests: int, errors: int) -> str:
    """ "38 % of its last 100"."""
    return f"{whole_percent((requests - errors) / requests if requests else 0)} of its last {requests}"


def _names(there: list[str]) -> str:
    return f"{', '.join(there[:MOST_NAMED])}{' …' * (len(there) > MOST_NAMED)}"


def _next_probe(found: Health) -> str:
    """When it is tried again; without a countdown, which would move at each refresh."""
    if found.is_tried:
        return "A batch tries it now"
    if found.next_probe_at is None or found.next_probe_at <= timezone.now():
        return "The next batch tries it again"
    return f"Tried again at {timezone.localtime(found.next_probe_at):%H:%M}"


def _cells() -> Iterator[Alert]:
    """Destinations whose table Clay does not show."""
    for destination in Destination.objects.open().filter(reads_cells=True).exclude(cells_error=""):
        page = Action("Set it right", "destination-outcomes", destination.pk, is_link=True)
        text, about = f"The cells of {destination} cannot be read", str(destination.pk)
        yield Alert("cells", "warn", text, destination.cells_error, actions=[page], about=about)
