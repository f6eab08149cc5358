"""Pause, resume, cancel: one verb each."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from clayops.web import Request
from jobs.models import Job, RowState
from jobs.views.job import UNFINISHED


@require_POST
def pause(request: Request, pk: int) -> HttpResponse:
    get_object_or_404(Job, pk=pk).pause(request.user)
    return redirect("job", pk)


@require_POST
def resume(request: Request, pk: int) -> HttpResponse:
    get_object_or_404(Job, pk=pk).resume(request.user)
    return redirect("job", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: Request, pk: int) -> HttpResponse:
    """Ask, naming what is not sent and what still comes back; then cancel."""
    job = get_object_or_404(Job.objects.select_related("destination"), pk=pk)
    if request.method == "POST":
        return _cancel(request, job)
    if job.state not in UNFINISHED:
        return redirect("job", pk)
    out = job.counts[RowState.SENDING] + job.counts[RowState.IN_FLIGHT]
    waiting = job.counts[RowState.WAITING]
    saved = job.destination.cost_of(waiting)
    return render(request, "jobs/cancel.html", {"job": job, "waiting": waiting, "out": out, "saved": saved})


def _cancel(request: Request, job: Job) -> HttpResponse:
    was_open = job.state in UNFINISHED
    discarded = job.cancel(request.user)
    if was_open:
        messages.success(
            request, f"Cancelled: {discarded:,} rows are not sent. Runs at Clay still come back."
        )
    return redirect("job", job.pk)
