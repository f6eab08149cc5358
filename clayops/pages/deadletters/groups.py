"""Dead letters by cause."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clayops.pages.deadletters import filter_bar
from clayops.pages.frame.web import Request
from jobs.review.filters import Filter
from jobs.review.grouping import grouped

PAGE = "deadletters"


def _context(request: Request, chosen: Filter) -> dict[str, Any]:
    found = grouped(chosen.letters())
    lines = [(group, filter_bar.address("letters", chosen, cause=group.cause.pk)) for group in found.shown]
    return filter_bar.listed(request, chosen, PAGE) | {"found": found, "lines": lines}


@require_safe
def groups(request: Request) -> HttpResponse:
    """Letters that match the filter, by cause."""
    chosen = Filter.of(request.GET)
    context = _context(request, chosen) | filter_bar.choices(request, chosen, PAGE)
    return render(request, "deadletters/groups.html", context)


@require_safe
def live(request: Request) -> HttpResponse:
    """The list alone, for the same address."""
    return render(request, "deadletters/partials/groups.html", _context(request, Filter.of(request.GET)))
