"""What people ended or destroyed: who, when, what, and what went with it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clayops.pages.frame.web import Request, page_of
from jobs.models import Ending

SIZE = 50


@require_safe
def endings(request: Request) -> HttpResponse:
    """All of them, the newest first. Nothing here can be taken away."""
    page = page_of(request, Ending.objects.all(), "-id", SIZE)
    return render(request, "settings/endings.html", {"page": page})
