"""What was changed at a waterfall, or at how outcomes are read, as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from jobs.models import Destination
from jobs.models.destination import Changed, DestinationChange

NEWEST = 5
MOST = 500


@dataclass(frozen=True)
class Changes:
    """Newest first."""

    items: Sequence[DestinationChange]
    more: int
    """Older ones that are not shown."""


def changes_of(request: HttpRequest, destination: Destination, what: Changed) -> Changes:
    """A few; with `?changes=all` as many as a page takes."""
    found = destination.changes.filter(what=what).select_related("by")
    items = list(found[: MOST if request.GET.get("changes") == "all" else NEWEST])
    return Changes(items, found.count() - len(items))
