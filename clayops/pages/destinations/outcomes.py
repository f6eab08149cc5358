"""Where the outcomes of providers are read from: the mapping, beside what it makes of real results."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from clayops.pages.destinations import outcomes_preview
from clayops.pages.destinations.change_log import changes_of
from clayops.pages.destinations.form_outcomes import OutcomesForm
from clayops.pages.destinations.outcomes_preview import Preview
from clayops.pages.frame.rights import needs
from clayops.pages.frame.web import Request
from clayops.people.rights import MANAGE_DESTINATIONS
from jobs.destinations import waterfalls
from jobs.destinations.refusals import Refused
from jobs.models import Destination, Job
from jobs.models.destination import Changed
from jobs.models.states import Means
from jobs.results.provider_attempts import Reading
from providers import offering

JOBS = 20
"""The last ones, of which the outputs are offered."""
MOST = 300
"""Outputs that are offered."""


@require_http_methods(["GET", "HEAD", "POST"])
@needs(MANAGE_DESTINATIONS, seeing_is_free=True)
def outcomes(request: Request, pk: int) -> HttpResponse:
    """Show it; save it; or show it again, with what it would read or a line more or less."""
    destination = get_object_or_404(Destination, pk=pk)
    form = OutcomesForm(request.POST if request.method == "POST" else None, destination=destination)
    if form.is_bound:
        return _save(request, form, destination)
    if request.htmx and "preview" in request.POST:
        parts = {"preview": _preview(request, form, destination), "destination": destination, "form": form}
        return render(request, "destinations/partials/previewed.html", parts)
    return _show(request, form, destination)


def _save(request: Request, form: OutcomesForm, destination: Destination) -> HttpResponse:
    changed = False
    if form.is_valid():
        try:
            waterfalls.save_telling(destination, form.telling, form.seen, request.user)
        except Refused as problem:
            form.refuse(problem.field, str(problem))
        except waterfalls.Changed:
            changed = True
        else:
            said = f"Saved. Outcomes of {destination} are read so from the next result on."
            messages.success(request, said)
            return redirect(_address(request, destination))
    if changed:
        destination.refresh_from_db()
        form.seen = waterfalls.mark_of(destination, waterfalls.TELLING)
    return _show(request, form, destination, status=422, changed=changed)


def _address(request: Request, destination: Destination) -> str:
    """The page with the result that was looked at."""
    page, row = reverse("destination-outcomes", args=[destination.pk]), _row(request)
    return page if row is None else f"{page}?row={row}"


def _row(request: Request) -> int | None:
    """The id of the row that is looked at: as the button says, the address, or the form."""
    text = request.GET.get("row") or request.POST.get("row") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _show(
    request: Request,
    form: OutcomesForm,
    destination: Destination,
    status: int = 200,
    *,
    changed: bool = False,
) -> HttpResponse:
    context: dict[str, Any] = {
        "destination": destination,
        "form": form,
        "meanings": Means.choices,
        "offered": _offered_outputs(destination),
        "providers": _offered_providers(destination),
        "preview": _preview(request, form, destination),
        "changed": changed,
        "log": changes_of(request, destination, Changed.TELLING),
        "shows_errors": form.is_bound and not changed,
        "needs_table": destination.routine_id.startswith("workflow:") and not destination.table,
    }
    return render(request, "destinations/outcomes.html", context, status=status)


def _preview(request: Request, form: OutcomesForm, destination: Destination) -> Preview:
    how = replace(Reading.of(destination), attempts_output=form.attempts_now, outputs=form.outputs_now())
    samples, row = outcomes_preview.last(destination), _row(request)
    chosen = next((sample for sample in samples if sample.row.pk == row), None)
    if chosen is None and row is not None:
        chosen = outcomes_preview.of_row(destination, row)
    return Preview(chosen or next(iter(samples), None), how, samples)


def _offered_outputs(destination: Destination) -> list[str]:
    """What really came back: outputs, and what lies nested in them."""
    jobs = Job.objects.shown().filter(destination=destination).order_by("-pk")[:JOBS]
    found: dict[str, None] = {}
    for names, paths in jobs.values_list("outputs", "paths"):
        found |= dict.fromkeys([*names, *paths])
    return list(found)[:MOST]


def _offered_providers(destination: Destination) -> list[str]:
    """Names of the waterfall first, then all others that are known."""
    return [*destination.providers, *offering.offered(destination.providers)]
