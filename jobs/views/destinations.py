"""Where rows can go."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from clayops.web import Request, back
from jobs.models import Destination
from jobs.views.job import LIFTABLE


@require_safe
def destinations(request: HttpRequest) -> HttpResponse:
    """A list; `manage.py destination` creates and changes them."""
    found = Destination.objects.annotate(job_count=Count("jobs"))
    return render(request, "destinations/destinations.html", {"destinations": found, "liftable": LIFTABLE})


@require_POST
def check(request: Request, pk: int) -> HttpResponse:
    """Ask Clay again; where it agrees the hold is lifted."""
    messages.info(request, get_object_or_404(Destination, pk=pk).check_again(request.user))
    return back(request, "/destinations")
