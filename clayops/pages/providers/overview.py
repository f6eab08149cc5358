"""All providers: how each does, and where it is used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clayops.pages.frame.web import Request, takes_post
from clayops.pages.providers.bar import Bar, bar
from clayops.pages.providers.forms import NameForm
from jobs.destinations.provider_uses import Use, where_used
from providers import health, offering, recording, steering
from providers.health import Health
from providers.models import Provider, State
from providers.names import LONGEST, folded

PER_PAGE = 50
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

    @property
    def is_asked_all_the_same(self) -> bool:
        """Whether it fails, and nobody leaves it out: no destination that has it on sends lists."""
        asked = any(use.step.on for use in self.uses)
        return self.health.is_left_out and asked and not self.is_steered

    @property
    def word(self) -> str:
        """Its state as a person sees it."""
        if self.is_asked_all_the_same:
            return "failing"
        is_idle = self.health.word == State.PROBING and not self.is_steered
        return State.EXCLUDED.value if is_idle else self.health.word


def worst(most: int) -> tuple[list[Card], int]:
    """The first, worst ones first (left out, degraded, the rest by name), and how many more there are."""
    found = sorted(health.all_health(), key=_rank)
    return _cards(found[:most]), max(len(found) - most, 0)


def _cards(found: Iterable[Health]) -> list[Card]:
    uses = where_used()
    return [Card(each, bar(each.entries), uses.get(each.name, [])) for each in found]


def _fits(each: Health, term: str) -> bool:
    return not term or folded(term) in each.name or folded(term) in folded(each.label)


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
    return render(request, "providers/partials/list.html", _listed(request))


def _listed(request: HttpRequest) -> dict[str, Any]:
    """By place, not by key: each refresh may bring the worst to the top."""
    term = request.GET.get("q", "").strip()[:LONGEST]
    found = sorted((each for each in health.all_health() if _fits(each, term)), key=_rank)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    are_new = Provider.objects.filter(is_new=True).count()
    return {
        "page": page,
        "term": term,
        "cards": _cards(page),
        "too_many_new": are_new if are_new >= recording.MOST_NEW else 0,
    }


def _show(request: HttpRequest, form: NameForm, status: int = 200) -> HttpResponse:
    """The whole page: where no script runs, with the outcomes in words."""
    context = _listed(request) | {"form": form, "offered": offering.offered(), "in_words": True}
    return render(request, "providers/providers.html", context, status=status)


@takes_post(lambda: reverse("providers"))
def add(request: Request) -> HttpResponse:
    """Make a provider of any name, before results or a waterfall do."""
    form = NameForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    name = offering.meant(form.cleaned_data["name"])
    is_known = Provider.objects.filter(name=folded(name)).exists()
    row = steering.add(name)
    if is_known:
        messages.info(request, f"{row} is there already.")
    else:
        messages.success(request, f"{row} is added. Put it into a destination’s waterfall to have it used.")
    return redirect(row)
