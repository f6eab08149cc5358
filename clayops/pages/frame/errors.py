"""Pages for what went wrong."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Without Django's text about the exception, which may name what the asker may not know."""
    return render(request, "404.html", status=404)
