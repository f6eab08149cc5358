"""Pause, resume, cancel, rename, move, duplicate: one verb each."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from clayops.pages.frame.rights import maker_of_job, needs, refuse
from clayops.pages.frame.web import Request
from clayops.pages.jobs.job import load
from clayops.people.rights import SEE_PERSONAL_DATA, STEER_JOBS
from jobs import steering
from jobs.models import Job, NotPossible, RowState


@require_POST
@needs(STEER_JOBS, maker_of_job)
def pause(request: Request, pk: int) -> HttpResponse:
    steering.jobs.pause(load(pk), request.user)
    return redirect("job", pk)


@require_POST
@needs(STEER_JOBS, maker_of_job)
def resume(request: Request, pk: int) -> HttpResponse:
    steering.jobs.resume(load(pk), request.user)
    return redirect("job", pk)


@require_POST
@needs(STEER_JOBS, maker_of_job)
def up(request: Request, pk: int) -> HttpResponse:
    """One step forward in the lane."""
    return _move(request, load(pk), steering.lane_place.move_up)


@require_POST
@needs(STEER_JOBS, maker_of_job)
def down(request: Request, pk: int) -> HttpResponse:
    """One step back in the lane."""
    return _move(request, load(pk), steering.lane_place.move_down)


def _move(request: Request, job: Job, move: Callable[..., str]) -> HttpResponse:
    try:
        messages.success(request, move(job, request.user))
    except NotPossible as problem:
        messages.info(request, str(problem))
    return redirect("job", job.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(STEER_JOBS, maker_of_job)
def rename(request: Request, pk: int) -> HttpResponse:
    """Ask for the name, then change it."""
    job = load(pk)
    name, problem = request.POST.get("name", job.name), ""
    if request.method == "POST":
        try:
            steering.jobs.rename(job, name, request.user)
        except NotPossible as refused:
            problem = str(refused)
        else:
            return redirect("job", pk)
    context = {"job": job, "name": name, "problem": problem, "longest": Job.NAME_LENGTH}
    return render(request, "jobs/rename.html", context, status=422 if problem else 200)


@require_POST
@needs(SEE_PERSONAL_DATA, maker_of_job)
def duplicate(request: Request, pk: int) -> HttpResponse:
    """A draft with the same file and the same setup."""
    try:
        copy = steering.jobs.duplicate(load(pk), request.user)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("job", pk)
    messages.success(request, "This is a copy, as a draft: nothing of it is sent before you press Start.")
    return redirect("job-setup", copy.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(STEER_JOBS, maker_of_job)
def cancel(request: Request, pk: int) -> HttpResponse:
    """Ask, naming what is not sent and what still comes back; then cancel."""
    job = load(pk)
    may_not = steering.jobs.why_not_cancel(job, request.user)
    if request.method == "POST":
        refuse(may_not)
        return _cancel(request, job)
    if not job.is_unfinished:
        return redirect("job", pk)
    out = job.counts[RowState.SENDING] + job.counts[RowState.IN_FLIGHT]
    waiting = job.counts[RowState.WAITING]
    saved = job.destination.cost_of(waiting)
    context = {"job": job, "waiting": waiting, "out": out, "saved": saved, "may_not": may_not}
    return render(request, "jobs/cancel.html", context)


def _cancel(request: Request, job: Job) -> HttpResponse:
    was_open = job.is_unfinished
    discarded = steering.jobs.cancel(job, request.user)
    if was_open:
        messages.success(
            request, f"Cancelled: {discarded:,} rows are not sent. Runs at Clay still come back."
        )
    return redirect("job", job.pk)
