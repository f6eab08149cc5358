"""The budget page: where today stands; and any day, down to its parts."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from budget import day_lines
from budget.models import BreakerEvent, Correction, Entry, EntryState, LimitChange
from budget.steering.warning_levels import warn_levels
from budget.terms import WORKSPACE, day_of, destination_scope, end_of
from clayops.base import charts
from clayops.pages.budget import today as page
from clayops.pages.budget.days import LimitHistory
from clayops.pages.budget.hours import hours
from clayops.pages.budget.ledger.filters import FIRST
from clayops.pages.budget.limits import views
from clayops.pages.budget.spend import spend, used_by_destination
from clayops.pages.frame import ledger_links
from clayops.pages.frame.web import Request
from jobs.credits.scopes import named

CORRECTIONS = 50


@require_safe
def budget(request: Request) -> HttpResponse:
    """Today, the days before, and the limits."""
    return render(request, "budget/budget.html", {**page.whole(), **views.panel(request)})


@require_safe
def live(request: Request) -> HttpResponse:
    """What changes of the page by itself, alone."""
    return render(request, "budget/partials/live.html", page.live(timezone.now()))


@require_safe
def day(request: Request, day: date) -> HttpResponse:
    """A day that is over, or today, down to its parts."""
    today = day_of(timezone.now())
    if not FIRST < day <= today:
        raise Http404
    context = {
        **_used(day),
        **_happened(day),
        "day": day,
        "is_today": day == today,
        "resets_at": end_of(day),
        "earlier": day - timedelta(days=1),
        "later": day + timedelta(days=1) if day < today else None,
    }
    return render(request, "budget/day.html", context)


def _used(day: date) -> dict[str, Any]:
    """The day's number and its parts."""
    lines = day_lines.of_day(day)
    destinations = [pk for pk in used_by_destination(lines) if pk]
    history = LimitHistory([WORKSPACE, *map(destination_scope, destinations)])
    own = {pk: history.on(day, destination_scope(pk)) for pk in destinations}
    parts = spend(day, lines, {pk: amount for pk, amount in own.items() if amount is not None}, shown=None)
    in_force = history.on(day) or Decimal(0)
    stacks = [("spent", float(parts.total.spent)), ("reserved", float(parts.total.reserved))]
    return {
        "limit": in_force,
        "levels": warn_levels(),
        "spend": parts,
        "hours": hours(day, lines, timezone.now()),
        "gauge": charts.gauge(stacks, float(in_force), 0.0, warn_levels()),
    }


def _happened(day: date) -> dict[str, Any]:
    """What was changed, what stopped, what was given back, and what was corrected afterwards."""
    within = {"at__gte": end_of(day - timedelta(days=1)), "at__lt": end_of(day)}
    changes = list(LimitChange.objects.filter(**within).select_related("by"))
    events = list(BreakerEvent.objects.filter(**within).select_related("by").order_by("pk"))
    names = named({*(change.scope for change in changes), *(event.scope for event in events)})
    released = Entry.objects.of(day).filter(state=EntryState.RELEASED)
    corrections = Correction.objects.filter(entry__day=day).select_related("entry", "by")
    return {
        "changes": [(change, names[change.scope]) for change in changes],
        "events": [(event, names[event.scope]) for event in events],
        "released": released.aggregate(lines=Count("pk"), credits=Sum("credits")),
        "released_url": ledger_links.ledger(day, state=EntryState.RELEASED),
        "corrections": list(corrections[:CORRECTIONS]),
    }
