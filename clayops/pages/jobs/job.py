"""One job: how it is going, its batches, its history."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from clayops.pages.frame import looks
from clayops.pages.frame.web import page_of
from jobs import steering
from jobs.credits import costs
from jobs.intake.check import left_out
from jobs.models import Batch, Job, JobState, RowState, Submission

BATCHES = 25
EVENTS = 50
NEWEST = 8
STOP_POLLING = 286
"""The status that ends htmx's polling (htmx.org, hx-trigger: "Polling")."""


@dataclass(frozen=True)
class StateCount:
    """One tile of the legend."""

    state: RowState
    look: looks.Look
    count: int


@dataclass(frozen=True)
class Sent:
    """A batch and the latest attempt to send it."""

    batch: Batch
    attempt: Submission


def load(pk: int) -> Job:
    """The job, for its pages; 404 where there is none, or it was deleted."""
    return get_object_or_404(Job.objects.shown().select_related("destination", "created_by"), pk=pk)


def context_of(job: Job, tab: str) -> dict[str, Any]:
    """What the head of a job's pages shows."""
    rivals = steering.lane_place.rivals(job) if job.is_unfinished else None
    return {
        "job": job,
        "tab": tab,
        "running": job.is_unfinished,
        "states": [StateCount(state, looks.look("row", state), job.counts[state]) for state in RowState],
        "whys": left_out.whys(job) if job.counts[RowState.SKIPPED] else [],
        "trial_is_over": job.trial_is_over,
        "cost": costs.of_job(job),
        "liftable": job.hold in steering.destinations.LIFTABLE,
        "open_letters": job.letters.waiting().count(),
        "can_move_up": rivals and (rivals.ahead or rivals.sharing),
        "can_move_down": rivals and (rivals.behind or rivals.sharing),
    }


def _overview(job: Job) -> dict[str, Any]:
    tried = Exists(Submission.objects.filter(batch=OuterRef("pk")))
    recent = job.batches.filter(tried).prefetch_related("submissions").order_by("-number")
    return context_of(job, "overview") | {
        "recent": [Sent(batch, list(batch.submissions.all())[-1]) for batch in recent[:NEWEST]],
        "events": job.events.select_related("by")[:NEWEST],
    }


@require_safe
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """The overview; a draft's page is its setup."""
    found = load(pk)
    if found.state == JobState.DRAFT:
        return redirect("job-setup", pk)
    return render(request, "jobs/job.html", _overview(found))


@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of the overview, or (`?part=head`) of the other tabs. Its polling ends with the job."""
    found = load(pk)
    head = request.GET.get("part") == "head"
    tab = request.GET.get("tab", "rows") if head else "overview"
    context = context_of(found, tab) if head else _overview(found)
    chosen = {name: request.GET.get(name, "") for name in ("state", "q", "why")}
    template = "jobs/partials/head.html" if head else "jobs/partials/live.html"
    status = 200 if found.is_unfinished else STOP_POLLING
    shown = {"chosen": chosen["state"], "q": chosen["q"], "why": chosen["why"]}
    return render(request, template, context | shown, status=status)


@require_safe
def batches(request: HttpRequest, pk: int) -> HttpResponse:
    """Batches, each with every attempt to send it."""
    found = load(pk)
    page = page_of(request, found.batches.prefetch_related("submissions"), "number", BATCHES)
    return render(request, "jobs/batches.html", context_of(found, "batches") | {"page": page})


@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that happened to the job, newest first."""
    found = load(pk)
    page = page_of(request, found.events.select_related("by"), "-id", EVENTS)
    return render(request, "jobs/history.html", context_of(found, "history") | {"page": page})
