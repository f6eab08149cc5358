"""The uploaded file once more, and the end of a job."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from clayops.pages.frame.rights import maker_of_job, needs, refuse
from clayops.pages.frame.web import Request
from clayops.pages.jobs.job import load
from clayops.people.rights import SEE_PERSONAL_DATA, STEER_JOBS
from jobs import steering
from jobs.models import Job, LetterState, NotPossible, RowState


@require_safe
@needs(SEE_PERSONAL_DATA, maker_of_job)
def file(request: Request, pk: int) -> HttpResponseBase:
    """The file as it was uploaded, under its own name; streamed."""
    job = load(pk)
    try:
        content = job.file.open("rb")
    except (OSError, ValueError):  # ValueError: it never had one
        return render(request, "jobs/file_gone.html", {"job": job}, status=404)
    return FileResponse(
        content,
        as_attachment=True,
        filename=job.file_name or job.name,
        content_type="application/octet-stream",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(STEER_JOBS, maker_of_job)
def delete(request: Request, pk: int) -> HttpResponse:
    """Ask for the job's name, saying what is lost; then delete it."""
    job = load(pk)
    if request.method != "POST":
        return _ask(request, job)
    refuse(steering.removal.why_not(job, request.user))
    if " ".join(request.POST.get("name", "").split()) != " ".join(job.name.split()):
        return _ask(request, job, "That is not its name. Type the name as it stands above.")
    try:
        steering.removal.remove(job, request.user)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("job", pk)
    messages.success(request, f"{job.name} is deleted.")
    return redirect("jobs")


def _ask(request: Request, job: Job, problem: str = "") -> HttpResponse:
    context = {
        "job": job,
        "kept": steering.removal.why_kept(job),
        "may_not": steering.removal.why_not(job, request.user),
        "typed": request.POST.get("name", ""),
        "problem": problem,
        "enriched": job.counts[RowState.ENRICHED],
        "letters": job.letters.exclude(state__in=[LetterState.RESOLVED, LetterState.DISCARDED]).count(),
    }
    return render(request, "jobs/delete.html", context, status=422 if problem else 200)
