"""Pages for what went wrong, and the sign of life."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_not_required
def healthz(_request: HttpRequest) -> HttpResponse:
    """For load balancers and `up`: the web process answers."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Without Django's text about the exception, which may name what the asker may not know."""
    return render(request, "404.html", status=404)
