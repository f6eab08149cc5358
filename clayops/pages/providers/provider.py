"""One provider: how it does now, its history, its errors, what was changed and why."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clayops.pages.frame.provider_cards import card_of
from clayops.pages.frame.web import page_of
from clayops.pages.providers.forms import PinForm, ProviderForm
from clayops.pages.providers.history import last_days, last_hours
from providers import health, steering
from providers.models import Provider
from providers.terms import plain

ERRORS = 20
NEWEST = 10
LOG = 50


def show(
    request: HttpRequest, row: Provider, status: int = 200, *, changed: bool = False, **forms: Form
) -> HttpResponse:
    """The page, with forms that say what is wrong where some are given; `changed`: somebody else saved."""
    context = _live(row) | {"changed": changed} | forms
    return render(request, "providers/provider.html", context, status=status)


def _live(row: Provider) -> dict[str, Any]:
    now, errors = timezone.now(), row.errors.all()
    events = row.events.select_related("by")
    credits = None if row.credits is None else plain(row.credits)
    return {
        "pin_form": PinForm(auto_id="pin_%s"),
        "form": ProviderForm(initial={"label": str(row), "credits": credits}),
        "seen": steering.mark_of(row),
        "provider": row,
        "card": card_of(health.of([row])[0]),
        "hours": last_hours(row, now),
        "days": last_days(row, now),
        "errors": errors[:ERRORS],
        "more_errors": max(errors.count() - ERRORS, 0),
        "events": events[:NEWEST],
        "more_events": events.count() > NEWEST,
    }


@require_safe
def provider(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, get_object_or_404(Provider, pk=pk))


@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """What changes of the page by itself."""
    return render(request, "providers/partials/live.html", _live(get_object_or_404(Provider, pk=pk)))


@require_safe
def log(request: HttpRequest, pk: int) -> HttpResponse:
    """Every change of its state and what people did with it, newest first."""
    row = get_object_or_404(Provider, pk=pk)
    page = page_of(request, row.events.select_related("by"), "-id", LOG)
    return render(request, "providers/log.html", {"provider": row, "page": page})
