"""A file comes in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from clayops.base import disk
from clayops.pages.frame import bodies
from clayops.pages.frame.web import Request
from clayops.pages.upload.forms import ACCEPTED, UploadForm
from jobs import intake
from jobs.destinations import demo
from jobs.models import Destination

FORM_BYTES = 64 * 1024
"""What the form adds to the file."""


@csrf_exempt  # reading the token reads the body: what is too large is refused before that
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: Request) -> HttpResponse:
    """Choose a destination and a file; what cannot be read is said at the file."""
    coming = bodies.length(request)
    if coming > settings.MAX_UPLOAD_BYTES + FORM_BYTES:
        return render(request, "upload/too_large.html", status=413)
    if request.method == "POST" and coming > disk.room_for_files():
        return render(request, "upload/no_room.html", status=507)
    request.upload_handlers = [bodies.WhileThereIsRoom(request)]
    try:
        return _upload(request)
    except bodies.NoRoom:  # others upload at the same time
        return render(request, "upload/no_room.html", status=507)


@csrf_protect
def _upload(request: Request) -> HttpResponse:
    if request.method == "POST":
        return _take(request, UploadForm(request.POST, request.FILES))
    return _show(request, UploadForm(initial={"destination": _usual(request)}))


def _usual(request: Request) -> int | None:
    """The destination of the person's last upload, or the only one there is."""
    wanted = request.GET.get("to", "")
    mine = request.user.job_set.filter(destination__archived_at=None)
    if wanted.isascii() and wanted.isdigit():
        return int(wanted)
    last = mine.values_list("destination", flat=True).first()
    return last or Destination.objects.open().values_list("pk", flat=True).first()


def _take(request: Request, form: UploadForm) -> HttpResponse:
    if not form.is_valid():
        return _show(request, form)
    file = form.cleaned_data["file"]
    try:
        job = intake.read_upload(file, file.name, form.cleaned_data["destination"], request.user)
    except intake.Unreadable as problem:
        form.add_error("file", str(problem))
        return _show(request, form)
    address = reverse("job-setup", args=[job.pk])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _show(request: Request, form: UploadForm) -> HttpResponse:
    chosen = str(form["destination"].value() or "")
    context = {
        "form": form,
        "destinations": Destination.objects.open(),
        "has_archived": Destination.objects.exclude(archived_at=None).exists(),
        "accepted": ACCEPTED,
        "chosen": chosen,
        "limit": settings.MAX_UPLOAD_BYTES,
        "limit_megabytes": settings.MAX_UPLOAD_BYTES // 2**20,
    }
    page = "upload/partials/upload_form.html" if request.htmx else "upload/upload.html"
    return render(request, page, context, status=422 if form.errors else 200)


@require_safe
def sample(_request: HttpRequest) -> HttpResponse:
    """A CSV to try with."""
    return HttpResponse(
        demo.sample_csv(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="sample.csv"'},
    )
