"""The enriched rows as a file, as they are now; streamed."""

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from clayops.pages.frame.rights import maker_of_job, needs
from clayops.pages.frame.web import Request
from clayops.people.rights import SEE_PERSONAL_DATA
from jobs import export
from jobs.models import Job, JobState

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@needs(SEE_PERSONAL_DATA, maker_of_job)
def as_csv(request: Request, pk: int) -> HttpResponseBase:
    """All rows, or those of `?state=`; `?nested=columns` takes nested values apart."""
    job, choice = _load(pk), export.Choice.of(request.GET.dict())
    if job.state == JobState.DRAFT:
        return redirect("job-setup", pk)
    return _stream(export.csv_lines(job, choice), "text/csv; charset=utf-8", export.filename(job, choice))


@require_safe
@needs(SEE_PERSONAL_DATA, maker_of_job)
def as_xlsx(request: Request, pk: int) -> HttpResponseBase:
    """The same as a workbook."""
    job, choice = _load(pk), export.Choice.of(request.GET.dict())
    if job.state == JobState.DRAFT:
        return redirect("job-setup", pk)
    try:
        parts = export.xlsx_parts(job, choice)
    except export.TooWide as problem:
        return _refuse(request, job, str(problem))
    return _stream(parts, XLSX, export.filename(job, choice, "xlsx"))


def _load(pk: int) -> Job:
    return get_object_or_404(Job.objects.shown(), pk=pk)


def _refuse(request: HttpRequest, job: Job, why: str) -> HttpResponse:
    messages.error(request, why)
    return redirect("job", job.pk)


def _stream(parts: Iterator[bytes], content_type: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(parts, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Accel-Buffering"] = "no"  # nginx: do not gather what is streamed
    return response
