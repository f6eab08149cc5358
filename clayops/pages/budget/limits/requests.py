"""Asking for more credits, granting and declining."""

from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from budget import limits
from budget.models import LimitRequest
from budget.steering import requests
from budget.terms import WORKSPACE
from clayops.base.wording import num
from clayops.pages.budget.limits.forms import AskForm
from clayops.pages.budget.limits.panel import PERMISSION, Panel, scopes_to_ask
from clayops.pages.frame.rights import needs
from clayops.pages.frame.web import Request, back, safe_next, takes_post
from jobs.credits import forecast
from jobs.credits.scopes import Scope
from jobs.sending import wake

ZERO = Decimal(0)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Request) -> HttpResponse:
    """Ask for more, with an amount and a reason."""
    if request.method == "POST":
        form = AskForm(request.POST, scopes_to_ask())
        if form.is_valid() and _asked(request, form):
            return back(request, reverse("budget-ask"))
        return _show(request, form, status=422)
    given = {name: request.GET[name] for name in ("credits", "why", "scope") if name in request.GET}
    return _show(request, AskForm(None, scopes_to_ask(), given))


def _asked(request: Request, form: AskForm) -> bool:
    """Put it on record; False where it is refused, with the reason in the form."""
    given = form.cleaned_data
    try:
        requests.ask(given["credits"], given["why"], request.user, given["scope"])
    except ValueError as error:
        form.add_error(None, f"{error}.")
        return False
    messages.success(request, "Asked. Whoever may change the limit sees it on every page.")
    return True


def _show(request: Request, form: AskForm, status: int = 200) -> HttpResponse:
    scope = Scope.read(str(form["scope"].value() or "")) or Scope(WORKSPACE)
    limit = limits.limit_of(scope.name).amount
    context = {
        "panel": Panel(request, scope, ask=form),
        "limit": limit,
        "left": None if limit is None else max(limit - sum(forecast.used_today()[scope.name]), ZERO),
        "next": safe_next(request, ""),
    }
    return render(request, "budget/limits/ask.html", context, status=status)


def _buttons(pk: int) -> str:
    """The page on which requests are answered."""
    return reverse("budget-ask")


@takes_post(_buttons)
@needs(PERMISSION)
def grant(request: Request, pk: int) -> HttpResponse:
    """Raise the limit by it, until midnight."""
    asked = _request(pk)
    try:
        granted = requests.grant(asked, request.user)
    except ValueError as error:
        messages.error(request, f"Not granted: {error}.")
        return back(request, "/budget")
    if granted:
        wake.wake()
        messages.success(request, _granted(asked))
    else:
        messages.info(request, _already(pk))
    return back(request, "/budget")


@takes_post(_buttons)
@needs(PERMISSION)
def decline(request: Request, pk: int) -> HttpResponse:
    """Leave the limit as it is."""
    asked = _request(pk)
    if requests.decline(asked, request.user):
        messages.success(request, f"Declined. {asked.by or 'Whoever asked'} sees that on the budget page.")
    else:
        messages.info(request, _already(pk))
    return back(request, "/budget")


@takes_post(_buttons)
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Whoever asked needs it no more."""
    asked = _request(pk)
    if asked.by != request.user:
        raise PermissionDenied
    if requests.withdraw(asked, request.user):
        messages.success(request, "Withdrawn.")
    else:
        messages.info(request, _already(pk))
    return back(request, "/budget/ask")


def _request(pk: int) -> LimitRequest:
    return get_object_or_404(LimitRequest.objects.select_related("by"), pk=pk)


def _granted(asked: LimitRequest) -> str:
    if asked.change is None:
        return "Granted. There is no limit here any more; nothing had to be raised."
    return f"Granted. The limit is {num(asked.change.new)} credits until midnight."


def _already(pk: int) -> str:
    asked = LimitRequest.objects.select_related("decided_by").get(pk=pk)
    return f"It was {asked.state} already by {asked.decided_by or 'somebody'}. Nothing was changed."
