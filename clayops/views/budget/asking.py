"""Asking for more credits, granting and declining."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from clayops.web import Request


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Request) -> HttpResponse:
    """Ask for more, with an amount and a reason."""
    raise Http404


@require_POST
def grant(request: Request, pk: int) -> HttpResponse:
    raise Http404


@require_POST
def decline(request: Request, pk: int) -> HttpResponse:
    raise Http404


@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    raise Http404
