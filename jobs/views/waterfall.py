"""The waterfall of a destination: whom Clay asks, in which order, and how it hears whom to leave out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from clayops.looks import Look, look
from clayops.templatetags.look import num
from jobs import waterfalls
from jobs.destinations import Refused
from jobs.forms_waterfall import Line, WaterfallForm
from jobs.models import Destination
from providers import health
from providers.health import Health
from providers.models import Provider
from providers.names import WELL_KNOWN, folded
from providers.recording import percent
from providers.waterfall import Step

MOST = 300
"""Names that are offered."""


@dataclass(frozen=True)
class StepLine:
    """A step as the list shows it. `health` is None for a provider that has never been seen."""

    line: Line
    health: Health | None

    @property
    def look(self) -> Look:
        return look("provider", self.health.word if self.health else "unknown")

    @property
    def told(self) -> str:
        """How it did lately; empty where nobody knows."""
        if self.health is None or self.health.success_rate is None:
            return ""
        return f"{percent(self.health.success_rate)} of the last {self.health.requests} without error"

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
def waterfall(request: HttpRequest, pk: int) -> HttpResponse:
    """Show it; save it; or show it again with a step more, less, or elsewhere."""
    destination = get_object_or_404(Destination, pk=pk)
    form = WaterfallForm(request.POST if request.method == "POST" else None, destination=destination)
    if form.is_bound:
        return _save(request, form, destination)
    return _show(request, form, destination, status=422 if form.new_error else 200)


def _save(request: HttpRequest, form: WaterfallForm, destination: Destination) -> HttpResponse:
    changed = False
    if form.is_valid():
        try:
            waterfalls.save_waterfall(destination, form.steps, form.how, form.seen)
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
        "steps": _lines(form.lines),
        "conditions": conditions(destination.steps),
        "offered": _offered(form.lines),
        "changed": changed,
        "shows_errors": form.is_bound and not changed,
    }
    return render(request, "destinations/waterfall.html", context, status=status)


def _lines(lines: Sequence[Line]) -> list[StepLine]:
    names = [folded(line.provider) for line in lines]
    known = {each.name: each for each in health.of(Provider.objects.filter(name__in=names))}
    return [StepLine(line, known.get(name)) for line, name in zip(lines, names, strict=True)]


def _offered(lines: Sequence[Line]) -> list[str]:
    """Names that can be added: well-known ones, and those that were met before."""
    names = {folded(name): name for name in WELL_KNOWN}
    names |= {row.name: str(row) for row in Provider.objects.all()[:MOST]}
    taken = {folded(line.provider) for line in lines}
    return sorted((name for key, name in names.items() if key not in taken), key=str.casefold)


def conditions(steps: Sequence[Step]) -> list[Condition]:
    """The condition of each provider's column, in order."""
    names = [step.provider for step in steps]
    return [
        Condition(name, [each for each in names if each != name and folded(name) in folded(each)])
        for name in names
    ]
