"""All providers: how each does, and where it is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clayops.forms_providers import NameForm
from clayops.views.providers.bar import Bar, bar
from clayops.web import Request, takes_post
from jobs.providing.used import Use, where_used
from providers import health, steering
from providers.health import Health
from providers.models import State
from providers.names import WELL_KNOWN, folded

WORST = {State.EXCLUDED: 0, State.PROBING: 0, State.DEGRADED: 1}


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


def cards(limit: int | None = None) -> list[Card]:
    """The worst first: left out, degraded, the rest by name."""
    found = sorted(health.all_health(), key=_rank)[:limit]
    uses = where_used()
    return [Card(each, bar(each.entries), uses.get(each.name, [])) for each in found]


def _rank(each: Health) -> tuple[int, str]:
    worst = 0 if each.pinned == "out" else WORST.get(each.state, 2)
    return (worst if each.is_left_out or each.state == State.DEGRADED else 2, each.label.casefold())


def card_of(found: Health) -> Card:
    return Card(found, bar(found.entries), where_used().get(found.name, []))


def _context() -> dict[str, Any]:
    return {"cards": cards()}


@require_safe
def providers(request: HttpRequest) -> HttpResponse:
    return render(request, "providers/providers.html", _context() | {"form": NameForm(), **_names()})


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The list alone."""
    return render(request, "providers/partials/list.html", _context())


def _names() -> dict[str, Any]:
    return {"well_known": WELL_KNOWN}


@takes_post(lambda: "providers")
def add(request: Request) -> HttpResponse:
    """Make a provider of any name, before results or a waterfall do."""
    form = NameForm(request.POST)
    if not form.is_valid():
        context = _context() | {"form": form, **_names()}
        return render(request, "providers/providers.html", context, status=422)
    known = {card.health.name for card in cards()}
    row = steering.add(form.cleaned_data["name"])
    if folded(form.cleaned_data["name"]) in known:
        messages.info(request, f"{row} is there already.")
    else:
        messages.success(request, f"{row} is added. Put it into a destination’s waterfall to have it used.")
    return redirect(row)
