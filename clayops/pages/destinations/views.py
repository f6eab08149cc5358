"""Where rows can go: the list, creating and changing, pausing, putting away."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from budget import limits
from budget.terms import Limit, day_of
from clayops.base.wording import num
from clayops.pages.destinations.change_log import changes_of
from clayops.pages.destinations.form_destination import DestinationForm, PauseForm
from clayops.pages.frame.rights import needs
from clayops.pages.frame.web import Request, back
from clayops.people.rights import MANAGE_DESTINATIONS
from jobs import steering
from jobs.credits import costs
from jobs.credits.costs import Price
from jobs.destinations import rules
from jobs.destinations.refusals import Refused
from jobs.models import Destination, Job, JobEvent, JobState, NotPossible
from jobs.models.destination import Changed

PAUSES = 6
MAY_LIMIT = "budget.change_limit"


@dataclass(frozen=True)
class Card:
    """A destination as the list shows it."""

    destination: Destination
    price: Price
    limit: Limit
    """Its own daily limit."""


def _list() -> dict[str, Any]:
    kept = Q(jobs__deleted_at=None)
    counted = Destination.objects.annotate(
        job_count=Count("jobs", filter=kept),
        open_jobs=Count("jobs", filter=kept & Q(jobs__in=Job.objects.unfinished())),
    )
    return {
        "cards": _cards(list(counted.filter(archived_at=None))),
        "archived": counted.exclude(archived_at=None),
        "liftable": steering.destinations.LIFTABLE,
    }


def _cards(found: list[Destination]) -> list[Card]:
    """With what is asked for all of them at once."""
    told = costs.reported_by(found)
    own = limits.in_force([each.scope for each in found], day_of(timezone.now()))
    return [Card(each, Price(each.credits_per_row, told.get(each.pk)), own[each.scope]) for each in found]


@require_safe
def destinations(request: HttpRequest) -> HttpResponse:
    """Those that take uploads; the archived ones, folded."""
    return render(request, "destinations/destinations.html", _list())


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The list alone."""
    return render(request, "destinations/partials/list.html", _list())


@require_http_methods(["GET", "HEAD", "POST"])
@needs(MANAGE_DESTINATIONS, seeing_is_free=True)
def new(request: Request) -> HttpResponse:
    """Create one."""
    return _form(request, Destination())


@require_http_methods(["GET", "HEAD", "POST"])
@needs(MANAGE_DESTINATIONS, seeing_is_free=True)
def edit(request: Request, pk: int) -> HttpResponse:
    """Change one."""
    return _form(request, get_object_or_404(Destination, pk=pk))


def _form(request: Request, destination: Destination) -> HttpResponse:
    may_limit = request.user.has_perm(MAY_LIMIT)
    if request.method != "POST":
        form = DestinationForm(destination=destination, may_limit=may_limit)
        return _show(request, form, destination)
    form = DestinationForm(request.POST, destination=destination, may_limit=may_limit)
    if "add" in request.POST or "remove" in request.POST:
        return _show(request, form, destination)
    return _save(request, form, destination)


def _save(request: Request, form: DestinationForm, destination: Destination) -> HttpResponse:
    is_new = destination.pk is None
    if form.is_valid():
        try:
            said = rules.save(destination, form.values, request.user)
        except Refused as problem:
            form.refuse(problem.field, str(problem))
    if form.errors:
        return _show(request, form, destination, status=422)
    messages.success(request, f"{destination} is saved.")
    for each in said:
        messages.warning(request, each)
    return redirect("destination-test", destination.pk) if is_new else redirect("destinations")


def _show(
    request: Request, form: DestinationForm, destination: Destination, status: int = 200
) -> HttpResponse:
    changed_list = "add" in request.POST or "remove" in request.POST
    jobs = Job.objects.shown().filter(destination=destination.pk)
    saved = Destination.objects.filter(pk=destination.pk).first()
    context = {
        "form": form,
        "destination": saved,
        "price": Price(saved.credits_per_row, costs.last_reported(saved)) if saved else None,
        "limit": limits.limit_of(saved.scope) if saved else None,
        "may_limit": request.user.has_perm(MAY_LIMIT),
        "shows_errors": form.is_bound and not changed_list,
        "open_jobs": jobs.unfinished().count(),
        "drafts": jobs.filter(state=JobState.DRAFT).count(),
        "pauses": _pauses(destination),
        "log": changes_of(request, saved, Changed.SETUP) if saved else None,
    }
    return render(request, "destinations/edit.html", context, status=status)


def _pauses(destination: Destination) -> list[JobEvent]:
    """When it was paused and resumed last, as its jobs' histories tell: one line each time."""
    told = JobEvent.objects.filter(
        job__destination=destination.pk, kind__in=["lane_paused", "lane_resumed"]
    ).select_related("by")
    once = {(event.at, event.kind): event for event in told.order_by("-id")[:500]}
    return list(once.values())[:PAUSES]


@require_POST
@needs(MAY_LIMIT)
def use_price(request: Request, pk: int) -> HttpResponse:
    """Count with so many `credits` a row from now on, as the button said; without any the price is right."""
    destination = get_object_or_404(Destination, pk=pk)
    before = destination.credits_per_row
    try:
        new = rules.price(request.POST.get("credits", str(before)).strip())
    except rules.Wrong as problem:
        messages.error(request, f"The estimate is as it was: {problem.said_of('it')}")
        return back(request, "/destinations")
    if new == before:
        rules.save(destination, {"credits_per_row": new}, request.user)  # seen by who may: no alert any more
        messages.info(request, f"{destination} counts with {num(new)} credits a row already.")
    else:
        rules.save(destination, {"credits_per_row": new}, request.user)
        said = f"{destination} counts with {num(new)} credits a row from now on. It was {num(before)}."
        messages.success(request, said)
    return back(request, "/destinations")


@require_POST
def check(request: Request, pk: int) -> HttpResponse:
    """Ask Clay again; where it agrees the hold is lifted."""
    messages.info(
        request, steering.destinations.check_again(get_object_or_404(Destination, pk=pk), request.user)
    )
    return back(request, "/destinations")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(MANAGE_DESTINATIONS)
def pause(request: Request, pk: int) -> HttpResponse:
    """Ask why; then send nothing more until somebody resumes."""
    destination = get_object_or_404(Destination, pk=pk)
    form = PauseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if steering.destinations.pause(destination, request.user, form.cleaned_data["why"]):
            messages.success(request, f"{destination} is paused. Runs that are out still come back.")
        else:
            messages.info(request, f"{destination} was paused already ({destination.hold_reason}).")
        return redirect("destinations")
    waiting = Job.objects.shown().unfinished().filter(destination=destination).count()
    context = {"destination": destination, "form": form, "open_jobs": waiting}
    return render(request, "destinations/pause.html", context, status=422 if form.errors else 200)


@require_POST
@needs(MANAGE_DESTINATIONS)
def resume(request: Request, pk: int) -> HttpResponse:
    destination = get_object_or_404(Destination, pk=pk)
    if steering.destinations.resume(destination, request.user):
        messages.success(request, f"{destination} goes on.")
    else:
        messages.info(request, f"{destination} is not paused.")
    return back(request, "/destinations")


@require_POST
@needs(MANAGE_DESTINATIONS)
def archive(request: Request, pk: int) -> HttpResponse:
    """Put it away: no uploads any more."""
    destination = get_object_or_404(Destination, pk=pk)
    try:
        if steering.destinations.archive(destination, request.user):
            messages.success(request, f"{destination} is archived. It stands at the end of the list.")
    except NotPossible as problem:
        messages.error(request, str(problem))
    return redirect("destinations")


@require_POST
@needs(MANAGE_DESTINATIONS)
def restore(request: Request, pk: int) -> HttpResponse:
    destination = get_object_or_404(Destination, pk=pk)
    if steering.destinations.restore(destination, request.user):
        messages.success(request, f"{destination} takes uploads again.")
    return redirect("destinations")
