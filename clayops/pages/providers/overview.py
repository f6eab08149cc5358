"""All providers: how each does, and where it is used."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from clayops.pages.frame.provider_cards import cards_of, rank
from clayops.pages.frame.rights import needs
from clayops.pages.frame.web import Request, takes_post
from clayops.pages.providers.forms import NameForm
from clayops.people.rights import STEER_PROVIDERS
from providers import health, offering, recording, steering
from providers.health import Health
from providers.models import Provider
from providers.names import LONGEST, folded

PER_PAGE = 50


def _fits(each: Health, term: str) -> bool:
    return not term or folded(term) in each.name or folded(term) in folded(each.label)


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
    found = sorted((each for each in health.all_health() if _fits(each, term)), key=rank)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    are_new = Provider.objects.filter(is_new=True).count()
    return {
        "page": page,
        "term": term,
        "cards": cards_of(page),
        "too_many_new": are_new if are_new >= recording.MOST_NEW else 0,
    }


def _show(request: HttpRequest, form: NameForm, status: int = 200) -> HttpResponse:
    """The whole page: where no script runs, with the outcomes in words."""
    context = _listed(request) | {"form": form, "offered": offering.offered(), "in_words": True}
    return render(request, "providers/providers.html", context, status=status)


@takes_post(lambda: reverse("providers"))
@needs(STEER_PROVIDERS)
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
