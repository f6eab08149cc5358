"""All providers: how each does, and where it is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clayops.forms_providers import NameForm
from clayops.views.providers.bar import Bar, bar
from clayops.web import Request, takes_post
from jobs.providing.used import Use, where_used
from providers import health, recording, steering
from providers.health import Health
from providers.models import Provider, State
from providers.names import WELL_KNOWN, folded

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


def cards(limit: int | None = None) -> list[Card]:
    """The worst first: left out, degraded, the rest by name."""
    found = sorted(health.all_health(), key=_rank)[:limit]
    uses = where_used()
    return [Card(each, bar(each.entries), uses.get(each.name, [])) for each in found]


def _rank(each: Health) -> tuple[int, str, str]:
    return ORDER.get(each.word, 2), each.label.casefold(), each.name


def card_of(found: Health) -> Card:
    """The card of one alone."""
    return Card(found, bar(found.entries), where_used().get(found.name, []))


@require_safe
def providers(request: HttpRequest) -> HttpResponse:
    """All of them, and a form to add one."""
    return _show(request, NameForm())


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The list alone."""
    return render(request, "providers/partials/list.html", _listed())


def _listed() -> dict[str, Any]:
    found = cards()
    are_new = sum(card.health.row.is_new for card in found)
    return {"cards": found, "too_many_new": are_new if are_new >= recording.MOST_NEW else 0}


def _show(request: HttpRequest, form: NameForm, status: int = 200) -> HttpResponse:
    """The whole page: where no script runs, with the outcomes in words."""
    context = _listed() | {"form": form, "well_known": WELL_KNOWN, "in_words": True}
    return render(request, "providers/providers.html", context, status=status)


@takes_post(lambda: reverse("providers"))
def add(request: Request) -> HttpResponse:
    """Make a provider of any name, before results or a waterfall do."""
    form = NameForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    name = form.cleaned_data["name"]
    is_known = Provider.objects.filter(name=folded(name)).exists()
    row = steering.add(name)
    if is_known:
        messages.info(request, f"{row} is there already.")
    else:
        messages.success(request, f"{row} is added. Put it into a destination’s waterfall to have it used.")
    return redirect(row)
