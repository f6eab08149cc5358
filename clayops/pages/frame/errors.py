"""Pages for what went wrong."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from clayops.base import disk

BUSY_SECONDS = 5
"""After so long a page that found the database busy asks again by itself."""


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Without Django's text about the exception, which may name what the asker may not know."""
    return render(request, "404.html", status=404)


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    """What passes says what it is and what to do; anything else is an error of ours."""
    error = sys.exception()
    if error is None:
        return _plain(request, "500.html", 500)
    if disk.is_about_room(error):
        return _plain(request, "507.html", 507)
    if isinstance(error, OperationalError):
        return _busy(request)
    return _plain(request, "500.html", 500)


def _busy(request: HttpRequest) -> HttpResponse:
    """Asks again by itself where asking changes nothing."""
    again = request.get_full_path() if request.method == "GET" and "HX-Request" not in request.headers else ""
    answer = _plain(request, "503.html", 503, again=again)
    answer["Retry-After"] = str(BUSY_SECONDS)
    if again:
        answer["Refresh"] = str(BUSY_SECONDS)
    return answer


def _plain(_request: HttpRequest, page: str, status: int, **context: object) -> HttpResponse:
    """Without what other pages know of the request: to ask who it is may fail for the same reason."""
    return HttpResponse(render_to_string(page, context), status=status)
