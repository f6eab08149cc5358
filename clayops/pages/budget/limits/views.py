"""Changing the limits, with a preview of what that means; who changed what."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from budget import credits
from budget import limits as engine
from budget.models import LimitChange
from clayops.base.wording import num
from clayops.pages.budget.limits.forms import LimitForm
from clayops.pages.budget.limits.panel import PERMISSION, Panel, change_lines, scope_of, show
from clayops.pages.frame.rights import needs
from clayops.pages.frame.web import Request, back, page_of
from jobs.credits.scopes import Scope, named
from jobs.sending import wake

PAGE = 50


def panel(request: Request) -> dict[str, Any]:
    """What the partials of the limit show on the budget page."""
    return {"panel": Panel(request)}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(PERMISSION, seeing_is_free=True)
def limit(request: Request) -> HttpResponse:
    """See what another limit would mean, and put it in force."""
    if request.method != "POST":
        scope = scope_of(request)
        form = LimitForm(request.GET, scope, looking=True) if "credits" in request.GET else None
        return show(request, Panel(request, scope, form=form))
    if "remove" in request.POST:
        return _remove(request, scope_of(request, "remove"))
    if "back" in request.POST:
        return _end_today(request, scope_of(request, "back"))
    return _change(request, scope_of(request))


def _change(request: Request, scope: Scope) -> HttpResponse:
    looking = "see" in request.POST
    form = LimitForm(request.POST, scope, looking=looking)
    if looking or not form.is_valid():
        return show(request, Panel(request, scope, form=form), status=422 if form.errors else 200)
    new, today_only = form.cleaned_data["credits"], form.today_only
    note = form.cleaned_data["note"]
    if credits.set_limit(new, request.user, note, scope.name, today_only=today_only):
        wake.wake()
        until = "until midnight" if today_only else "a day from now on"
        messages.success(request, f"{_whose(scope)} is {num(new)} credits {until}.")
    else:
        messages.info(request, f"{_whose(scope)} is {num(new)} already. Nothing was changed.")
    return redirect(_home(scope))


def _end_today(request: Request, scope: Scope) -> HttpResponse:
    """The limit for today only ends now."""
    before = engine.limit_of(scope.name)
    if before.for_today and credits.set_limit(before.standing, request.user, "", scope.name):
        wake.wake()
        again = "no limit of its own" if before.standing is None else f"{num(before.standing)} credits a day"
        messages.success(request, f"{_whose(scope)} is back to {again}.")
    else:
        messages.info(request, "There is no limit for today only any more. Nothing was changed.")
    return back(request, _home(scope))


def _remove(request: Request, scope: Scope) -> HttpResponse:
    """Only the workspace's limit holds for the destination from now on."""
    if scope.destination is None:
        messages.error(request, "The workspace always has a limit. Nothing was changed.")
    elif credits.set_limit(None, request.user, "", scope.name):
        wake.wake()
        messages.success(request, f"{scope} has no limit of its own any more.")
    else:
        messages.info(request, f"{scope} has no limit of its own already. Nothing was changed.")
    return back(request, _home(scope))


def _whose(scope: Scope) -> str:
    return f"The limit of {scope}" if scope.destination else "The limit"


def _home(scope: Scope) -> str:
    """The page that shows this limit."""
    return f"{reverse('budget-limit')}?scope={scope.name}" if scope.destination else reverse("budget")


@require_safe
def preview(request: Request) -> HttpResponse:
    """What a limit would mean, alone. Wrong input is said in it."""
    scope = scope_of(request)
    form = LimitForm(request.GET, scope, looking=True)
    return render(
        request, "budget/limits/partials/limit_preview.html", {"panel": Panel(request, scope, form=form)}
    )


@require_safe
def limits(request: Request) -> HttpResponse:
    """Every change of every limit, newest first."""
    scope = scope_of(request) if request.GET.get("scope") else None
    found = LimitChange.objects.select_related("by")
    if scope:
        found = found.filter(scope=scope.name)
    page = page_of(request, found, "-id", PAGE)
    context = {"page": page, "changes": change_lines(page.items), "scope": scope, "scopes": _with_changes()}
    return render(request, "budget/limits/changes.html", context)


def _with_changes() -> list[tuple[str, str]]:
    """Scopes whose limit was ever changed, as addresses name them, and their names; the workspace first."""
    scopes = LimitChange.objects.order_by().values_list("scope", flat=True).distinct()
    names = named(scopes)
    return sorted(((name or "workspace", whose) for name, whose in names.items()), key=_workspace_first)


def _workspace_first(each: tuple[str, str]) -> tuple[bool, str]:
    return each[0] != "workspace", each[1].lower()


@require_POST
def close_breaker(request: Request) -> HttpResponse:
    """Let the lanes ask for credits again; where there still are none it opens at once."""
    credits.close_breaker(by=request.user)
    wake.wake()
    left = credits.today().left
    messages.info(request, f"Lanes ask again now. {num(left)} credits are left today; what needs more waits.")
    return back(request, "/budget")
