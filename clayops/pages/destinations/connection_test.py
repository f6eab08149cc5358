"""Testing a destination: first the key, which is free; then one row, which is paid for."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from clayops.pages.destinations.form_destination import OneRowForm
from clayops.pages.frame.web import Request
from jobs import intake
from jobs.models import Destination, NotPossible
from jobs.steering import connection_test


@require_http_methods(["GET", "HEAD", "POST"])
def test(request: Request, pk: int) -> HttpResponse:
    """See the two steps; a POST does the first."""
    destination = get_object_or_404(Destination, pk=pk)
    answer = connection_test.ask_clay() if request.method == "POST" else None
    return _show(request, destination, OneRowForm(destination=destination), answer=answer)


@require_POST
def send(request: Request, pk: int) -> HttpResponse:
    """Send one row, as a job like any other."""
    destination = get_object_or_404(Destination, pk=pk)
    if destination.archived_at:
        messages.error(request, f"{destination} is archived. Restore it, then test it.")
        return redirect("destinations")
    form = OneRowForm(request.POST, destination=destination)
    if not form.is_valid():
        return _show(request, destination, form, status=422)
    try:
        job = connection_test.send_one(destination, form.as_csv(), request.user)
    except (intake.Unreadable, NotPossible) as problem:
        form.add_error(None, f"Nothing was sent. {problem}")
        return _show(request, destination, form, status=422)
    messages.success(request, f"One row goes to {destination}. What comes back shows under Rows.")
    return redirect("job", job.pk)


def _show(
    request: Request, destination: Destination, form: OneRowForm, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"destination": destination, "form": form, **more}
    return render(request, "destinations/connection_test.html", context, status=status)
