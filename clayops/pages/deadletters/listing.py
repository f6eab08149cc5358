"""Dead letters, one by one."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clayops.pages.deadletters import filter_bar
from clayops.pages.frame.web import Request, page_of
from jobs.models import Cause
from jobs.review.filters import Filter
from jobs.review.grouping import Group, grouped

SIZE = 50
PAGE = "letters"


def _heads(chosen: Filter) -> dict[str, str]:
    """What a click on a column's head shows: sorted by it, or as usual where it is already."""
    return {
        order: filter_bar.address(PAGE, chosen, order="" if chosen.order == order else order)
        for order in ("rows", "seen")
    }


def _group(chosen: Filter) -> Group | None:
    """The cause that the filter names, with the letters of it that match."""
    if not chosen.cause:
        return None
    return next(iter(grouped(chosen.letters()).shown), None)


def _context(request: Request, chosen: Filter) -> dict[str, Any]:
    found = chosen.letters().with_places()
    page = page_of(request, found, chosen.sorted_by, SIZE, unique=chosen.sorted_by.lstrip("-") == "id")
    group = _group(chosen)
    cause = group.cause if group else Cause.objects.filter(pk=chosen.cause or 0).first()
    shown = {"page": page, "heads": _heads(chosen), "group": group, "cause": cause}
    return filter_bar.listed(request, chosen, PAGE) | shown


@require_safe
def letters(request: Request) -> HttpResponse:
    """Letters that match the filter."""
    chosen = Filter.of(request.GET)
    context = _context(request, chosen) | filter_bar.choices(request, chosen, PAGE)
    return render(request, "deadletters/letters.html", context)


@require_safe
def live(request: Request) -> HttpResponse:
    """The list alone, for the same address."""
    return render(request, "deadletters/partials/letters.html", _context(request, Filter.of(request.GET)))
