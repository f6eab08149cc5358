"""Starting a draft: all of it, a few rows to look at, or what fits today; and making more of it fit."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from budget import credits as budget
from budget import limits
from budget.steering.limits import one_at_a_time
from budget.terms import WORKSPACE, shown
from clayops.base.wording import plural
from clayops.pages.frame.rights import maker_of_job, needs
from clayops.pages.frame.web import Request
from clayops.pages.upload import estimate
from clayops.pages.upload.reading import whole
from clayops.pages.upload.setup import draft, save, show
from clayops.people.rights import STEER_JOBS
from jobs import steering
from jobs.credits import fits_today
from jobs.models import Job, JobState, NotPossible
from jobs.sending import wake


@require_POST
@needs(STEER_JOBS, maker_of_job)
def start(request: Request, pk: int) -> HttpResponse:
    """Save what the form says, then start: all rows, the first ten (`trial`), or what fits today (`fits`).

    Twice is harmless.
    """
    job = draft(pk)
    if job.state != JobState.DRAFT:
        return redirect("job", pk)
    try:
        reading = job.format
        if errors := save(job, request):
            messages.error(request, "Not started: one of the fields needs a look.")
            return show(request, job, errors)
        if job.format != reading:
            raise NotPossible("The file is read in another way now. Look at the rows, then press Start.")
        messages.success(request, _start(request, job))
    except NotPossible as problem:
        messages.error(request, f"Not started. {problem}")
        return redirect("job-setup", pk)
    return redirect("job", pk)


def _start(request: Request, job: Job) -> str:
    """Returns what was done, in words. Raises `NotPossible`."""
    if "fits" in request.POST:
        return _start_what_fits(request, job)
    trial = estimate.TRIAL
    if "trial" in request.POST and job.sendable_rows > trial:
        steering.jobs.start(job, request.user, trial_rows=trial)
        return f"Started: the first {trial} rows go to {job.destination}, then it pauses."
    steering.jobs.start(job, request.user)
    return f"Started: {plural(job.sendable_rows, 'row goes,rows go')} to {job.destination}."


def _start_what_fits(request: Request, job: Job) -> str:
    """So many rows as the button said, or fewer where fewer fit by now."""
    offered = whole(request.POST["fits"], job.row_count)
    if not offered:
        raise NotPossible("Say how many rows to send: press the button again.")
    fits = (
        fits_today.fit_of(job).fits if job.is_checked else job.sendable_rows
    )  # else `start` says what is wrong
    rows = min(offered, fits)
    if not rows:
        raise NotPossible("By now nothing fits into what is left today. Look again, then choose.")
    steering.jobs.start(job, request.user, trial_rows=rows, fits=True)
    said = f"Started: {plural(rows, 'row goes,rows go')} to {job.destination}"
    said += ", then it pauses." if job.trial_rows else "."
    if rows < offered:
        said += f" {offered:,} fitted when the page was shown, fewer do by now."
    elif fits > offered and job.trial_rows:
        said += f" By now {fits:,} would fit; Resume sends the rest."
    return said


@require_POST
@needs(STEER_JOBS, maker_of_job)
def raise_limit(request: Request, pk: int) -> HttpResponse:
    """Save what the form says, and raise a limit until midnight so that all rows fit. Starts nothing.

    By as much as the button said, or less where less will do by now; twice is harmless.
    """
    if not estimate.may_raise(request.user):
        raise PermissionDenied
    job = draft(pk)
    if job.state != JobState.DRAFT:
        return redirect("job", pk)
    try:
        if errors := save(job, request):
            messages.error(request, "The limit is as it was: one of the fields needs a look.")
            return show(request, job, errors)
        messages.success(request, _raise(request, job))
    except (NotPossible, ValueError) as problem:
        messages.error(request, f"The limit is as it was. {problem}")
    return redirect(f"{reverse('job-setup', args=[pk])}#setup-start")


def _raise(request: Request, job: Job) -> str:
    """Returns what was done, in words. Raises ValueError, or `NotPossible`, with a sentence for people."""
    own = estimate.OWN in request.POST
    offered = limits.parsed(request.POST.get(estimate.OWN if own else estimate.WHOLE, ""))
    if not job.is_checked:
        raise NotPossible("The rows are still being counted. Look again in a moment.")
    scope = job.destination.scope if own else WORKSPACE
    with one_at_a_time(scope):
        short = next((each for each in fits_today.fit_of(job).short if each.room.scope == scope), None)
        if short is None or not offered:
            raise NotPossible("By now all rows fit, or a higher limit would not help.")
        new = short.room.limit + min(offered, short.by)
        budget.set_limit(new, request.user, f"For {job.name}", scope, today_only=True)
    wake.wake()
    whose = f"Today’s limit of {job.destination}" if own else "Today’s limit"
    less = f" {shown(offered)} more were asked for, but fewer will do by now." if offered > short.by else ""
    return f"{whose} is {shown(new)} credits, until midnight.{less} Nothing is started yet."
