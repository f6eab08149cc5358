"""What a person does about a run that has been out for too long."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from clayops.web import Request, back
from jobs.models import Submission


def _run(pk: int) -> Submission:
    return get_object_or_404(Submission.objects.select_related("batch__job", "destination"), pk=pk)


def _back(request: Request, run: Submission) -> HttpResponse:
    return back(request, run.batch.job.get_absolute_url())


@require_POST
def check(request: Request, pk: int) -> HttpResponse:
    run = _run(pk)
    run.check_now(request.user)
    messages.info(request, "Clay is asked now; what it answers shows here within seconds.")
    return _back(request, run)


@require_POST
def wait(request: Request, pk: int) -> HttpResponse:
    run = _run(pk)
    run.wait_longer(request.user)
    messages.info(request, "The run gets as much time again before it raises an alert.")
    return _back(request, run)


@require_POST
def give_up(request: Request, pk: int) -> HttpResponse:
    run = _run(pk)
    run.give_up(request.user)
    messages.success(request, "Its rows are in the dead letters. Results that come late are still taken.")
    return _back(request, run)
