"""A draft: how its file is read, what goes where, what was found, what it costs, Start."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from clayops.pages.frame.rights import maker_of_job, needs
from clayops.pages.frame.web import Request
from clayops.pages.upload import estimate, findings, mapping, preview, reading
from clayops.pages.upload.reading import whole
from clayops.people.rights import STEER_JOBS
from jobs import intake, steering
from jobs.intake.check import checking
from jobs.models import Job, JobState, NotPossible

TWINS = 5
"""Jobs of the same file that are named."""
PANELS = {"setup-file", "setup-preview", "setup-mapping", "setup-findings", "setup-start"}
Errors = dict[str, str]
"""A sentence for each field of the form that makes no sense."""


def draft(pk: int) -> Job:
    """The job, for its setup; 404 where there is none, or it was deleted."""
    return get_object_or_404(Job.objects.shown().select_related("destination", "created_by"), pk=pk)


def _context(request: Request, job: Job, start: int, errors: Errors) -> dict[str, Any]:
    rows, problem = preview.read(job)
    twins = intake.same_file(job).select_related("destination")
    return {
        "job": job,
        "errors": errors,
        "reading": reading.panel(job, errors),
        "preview": preview.panel(job, rows, problem, start),
        "mapping": mapping.panel(job, rows, errors),
        "findings": findings.panel(job, errors),
        "estimate": estimate.panel(job) if job.is_checked else None,
        "trial": estimate.TRIAL,
        "may_raise": estimate.may_raise(request.user),
        "twins": twins[:TWINS],
        "more_twins": max(twins.count() - TWINS, 0),
        "share": checking.progress(job),
        "checking": _is_being_checked(job),
        "blocked": _blocked(job),
    }


def _is_being_checked(job: Job) -> bool:
    return not job.is_checked and job.checked != job.check_key


def _blocked(job: Job) -> str:
    """What a person has to do before Start; empty where only the check is waited for."""
    is_ready = job.mapping and not job.missing_inputs
    return "" if is_ready and _is_being_checked(job) else job.blocked


def show(request: Request, job: Job, errors: Errors | None = None) -> HttpResponse:
    """The page, or its form alone; 422 with errors."""
    asked = request.POST if request.method == "POST" else request.GET
    start = whole(asked.get("go_columns", asked.get("columns", "0")), len(job.columns)) or 0
    page = "upload/partials/setup_form.html" if request.htmx else "upload/setup.html"
    return render(request, page, _context(request, job, start, errors or {}), status=422 if errors else 200)


def _away(request: Request, address: str) -> HttpResponse:
    """To another page: a part of this one cannot be swapped for it."""
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def save(job: Job, request: HttpRequest) -> Errors:
    """Take what the form says, as far as it makes sense. Raises `NotPossible`."""
    errors = reading.save(job, request.POST)
    mapped, wrong = mapping.decisions(job, request.POST)
    left_out, odd = findings.decisions(job, request.POST)
    intake.set_up(job, **mapped, **left_out)
    return errors | wrong | odd


@require_http_methods(["GET", "HEAD", "POST"])
@needs(STEER_JOBS, maker_of_job, seeing_is_free=True)
def setup(request: Request, pk: int) -> HttpResponse:
    """See the draft; a POST saves what the form says, and shows what follows from it."""
    job = draft(pk)
    if job.state != JobState.DRAFT:
        return _away(request, reverse("job", args=[pk]))
    if request.method != "POST":
        checking.look_again(job)
        return show(request, job)
    try:
        errors = save(job, request)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return _away(request, reverse("job-setup", args=[pk]))
    return show(request, job, errors) if errors or request.htmx else _back(request, job)


def _back(request: HttpRequest, job: Job) -> HttpResponse:
    """Without JavaScript: to the list, or to the panel whose button was pressed."""
    if "keep" in request.POST:
        messages.success(request, f"{job.name} is kept as a draft.")
        return redirect("jobs")
    start = request.POST.get("go_columns", request.POST.get("columns", "0"))
    panel = "setup-preview" if "go_columns" in request.POST else request.POST.get("at", "")
    query = f"?{urlencode({'columns': start})}" if start != "0" else ""
    place = f"#{panel}" if panel in PANELS else ""
    return redirect(f"{reverse('job-setup', args=[job.pk])}{query}{place}")


@require_safe
def progress(request: Request, pk: int) -> HttpResponse:
    """How far the check is; when it is done, or the columns are known at last, the whole form."""
    job = draft(pk)
    if job.state != JobState.DRAFT:
        return _away(request, reverse("job", args=[pk]))
    if not request.htmx:
        return redirect("job-setup", pk)
    found_columns = "no_columns" in request.GET and job.columns
    if _is_being_checked(job) and not found_columns:
        context = {"job": job, "share": checking.progress(job)}
        return render(request, "upload/partials/checking.html", context)
    done = show(request, job)
    done["HX-Retarget"], done["HX-Reswap"] = "#setup", "morph"
    return done


@require_http_methods(["GET", "HEAD", "POST"])
@needs(STEER_JOBS, maker_of_job)
def discard(request: Request, pk: int) -> HttpResponse:
    """Ask, then throw the draft and its file away."""
    job = draft(pk)
    if request.method != "POST":
        return (
            render(request, "upload/discard.html", {"job": job})
            if job.state == JobState.DRAFT
            else redirect("job", pk)
        )
    try:
        steering.jobs.delete_draft(job, request.user)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("job", pk)
    messages.success(request, f"The draft of {job.name} and its file are gone.")
    return redirect("jobs")
