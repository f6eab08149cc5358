"""Providers that left the waterfall, and tables whose cells Clay does not show."""

from collections.abc import Iterator

from django.utils import timezone

from jobs.alerting.alert import Action, Alert
from jobs.models import Destination
from jobs.providing import used
from providers import health
from providers.health import Health
from providers.models import Provider
from providers.recording import percent

MOST_NAMED = 3


def alerts() -> Iterator[Alert]:
    yield from _left_out()
    yield from _cells()


def _left_out() -> Iterator[Alert]:
    """Who failed so often that new batches leave them out, of those that a waterfall uses."""
    failing = list(Provider.objects.left_out())
    if not failing:
        return
    uses = used.where_used()
    for each in health.of(failing):
        there = [use.destination.name for use in uses[each.name] if use.steers]
        if each.is_left_out and there:
            yield _left(each, there)


def _left(found: Health, there: list[str]) -> Alert:
    rate = percent(found.success_rate or 0)
    text = f"{found.label} left the waterfall: {rate} of its last {found.requests}"
    detail = f"{', '.join(there[:MOST_NAMED])}{' …' * (len(there) > MOST_NAMED)} · {_next_probe(found)}"
    page = Action("See why", "provider", found.row.pk, is_link=True, name=f"Why {found.label} left")
    return Alert("provider", "warn", text, detail, found.since, [page], about=str(found.row.pk))


def _next_probe(found: Health) -> str:
    """When it is tried again; without a countdown, which would move at each refresh."""
    if found.next_probe_at is None or found.next_probe_at <= timezone.now():
        return "The next batch tries it again"
    return f"Tried again at {timezone.localtime(found.next_probe_at):%H:%M}"


def _cells() -> Iterator[Alert]:
    """Destinations whose table Clay does not show."""
    for destination in Destination.objects.open().filter(reads_cells=True).exclude(cells_error=""):
        page = Action("Set it right", "destination-outcomes", destination.pk, is_link=True)
        text, about = f"The cells of {destination} cannot be read", str(destination.pk)
        yield Alert("cells", "warn", text, destination.cells_error, actions=[page], about=about)
