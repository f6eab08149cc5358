"""The waterfall of a destination: whom Clay asks, in which order, and how it hears whom to leave out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from clayops.base.wording import num, whole_percent
from clayops.pages.destinations.change_log import changes_of
from clayops.pages.destinations.form_waterfall import Line, WaterfallForm
from clayops.pages.frame.looks import Look, look
from clayops.pages.frame.rights import needs
from clayops.pages.frame.web import Request
from clayops.people.rights import MANAGE_DESTINATIONS
from jobs.destinations import waterfalls
from jobs.destinations.refusals import Refused
from jobs.models import Destination
from jobs.models.destination import Changed
from providers import health, offering
from providers.health import Health
from providers.models import Provider
from providers.names import folded
from providers.waterfall import Step


@dataclass(frozen=True)
class StepLine:
    """A step as the list shows it. `health` is None for a provider that has never been seen."""

    line: Line
    health: Health | None
    sends_lists: bool = True

    @property
    def look(self) -> Look:
        """As it stands here: where no lists are sent, nobody is left out."""
        if self.health and self.health.is_left_out and not self.sends_lists:
            return look("provider", "failing")
        return look("provider", self.health.word if self.health else "unknown")

    @property
    def lately(self) -> str:
        """How it did lately; empty where nobody knows."""
        if self.health is None or self.health.success_rate is None:
            return ""
        return f"{whole_percent(self.health.success_rate)} of the last {self.health.requests} without error"

    @property
    def usual(self) -> str:
        """What a hit usually costs."""
        price = self.health.row.credits if self.health else None
        return "not known" if price is None else num(price)


@dataclass(frozen=True)
class Condition:
    """What a provider's column in Clay has to ask before it runs."""

    provider: str
    also_in: list[str]
    """Other names that contain this one: compared as text they meet the same condition."""


@require_http_methods(["GET", "HEAD", "POST"])
@needs(MANAGE_DESTINATIONS, seeing_is_free=True)
def waterfall(request: Request, pk: int) -> HttpResponse:
    """Show it; save it; or show it again with a step more, less, or elsewhere."""
    destination = get_object_or_404(Destination, pk=pk)
    form = WaterfallForm(request.POST if request.method == "POST" else None, destination=destination)
    if form.is_bound:
        return _save(request, form, destination)
    return _show(request, form, destination, status=422 if form.new_error else 200)


def _save(request: Request, form: WaterfallForm, destination: Destination) -> HttpResponse:
    changed = False
    if form.is_valid():
        try:
            waterfalls.save_waterfall(destination, form.steps, form.how, form.seen, request.user)
        except Refused as problem:
            form.refuse(problem.field, str(problem))
        except waterfalls.Changed:
            changed = True
        else:
            messages.success(
                request, f"The waterfall of {destination} is saved. It holds from the next batch on."
            )
            return redirect("destination-waterfall", destination.pk)
    if changed:
        destination.refresh_from_db()
        form.seen = waterfalls.mark_of(destination, waterfalls.WATERFALL)
    return _show(request, form, destination, status=422, changed=changed)


def _show(
    request: HttpRequest,
    form: WaterfallForm,
    destination: Destination,
    status: int = 200,
    *,
    changed: bool = False,
) -> HttpResponse:
    context: dict[str, Any] = {
        "destination": destination,
        "form": form,
        "steps": _lines(form.lines, sends_lists=bool(form["sends_lists"].value())),
        "conditions": conditions(destination.steps),
        "offered": offering.offered(line.provider for line in form.lines),
        "changed": changed,
        "log": changes_of(request, destination, Changed.WATERFALL),
        "shows_errors": form.is_bound and not changed,
    }
    return render(request, "destinations/waterfall.html", context, status=status)


def _lines(lines: Sequence[Line], *, sends_lists: bool) -> list[StepLine]:
    names = [folded(line.provider) for line in lines]
    known = {each.name: each for each in health.of(Provider.objects.filter(name__in=names))}
    return [StepLine(line, known.get(name), sends_lists) for line, name in zip(lines, names, strict=True)]


def conditions(steps: Sequence[Step]) -> list[Condition]:
    """The condition of each provider's column, in order."""
    names = [step.provider for step in steps]
    return [
        Condition(name, [each for each in names if each != name and folded(name) in folded(each)])
        for name in names
    ]
