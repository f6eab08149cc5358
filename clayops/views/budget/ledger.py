"""The ledger: every reservation and what became of it."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from clayops.web import Request


@require_safe
def ledger(request: Request) -> HttpResponse:
    """Its lines, filtered, newest first, with their sum."""
    raise Http404


@require_safe
def download(request: Request) -> HttpResponse:
    """The same lines as CSV."""
    raise Http404


@require_safe
def line(request: Request, pk: int) -> HttpResponse:
    """One reservation, its batch, and its history."""
    raise Http404


@require_POST
def decide(request: Request, pk: int) -> HttpResponse:
    """Say what something cost whose outcome nobody knows."""
    raise Http404
