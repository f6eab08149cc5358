"""Changing the limits, with a preview of what that means; who changed what; when to warn."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from budget import credits
from budget.models import LimitChange
from clayops.forms import LimitForm
from clayops.templatetags.look import num
from clayops.web import Request, back
from jobs.sending import lane

CHANGES = 20


def panel(request: Request) -> dict[str, Any]:
    """What `budget/partials/limit.html` shows on the budget page."""
    changes = LimitChange.objects.filter(scope="").select_related("by").order_by("-id")[:CHANGES]
    return {"form": LimitForm(), "changes": changes}


@require_http_methods(["GET", "HEAD", "POST"])
def limit(request: Request) -> HttpResponse:
    """See what another limit would mean, and put it in force."""
    form = LimitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        new = form.cleaned_data["credits"]
        credits.set_limit(new, by=request.user, note=form.cleaned_data["note"])
        lane.wake()
        messages.success(request, f"The limit is {num(new)} credits a day from now on.")
        return redirect("budget")
    context = {**panel(request), "form": form}
    return render(request, "budget/budget.html", context, status=422 if form.errors else 200)


@require_safe
def preview(request: Request) -> HttpResponse:
    """What a limit would mean, alone."""
    raise Http404


@require_safe
def limits(request: Request) -> HttpResponse:
    """Every change of every limit."""
    raise Http404


@require_POST
def warn(request: Request) -> HttpResponse:
    """Set the levels at which pages warn."""
    raise Http404


@require_POST
def close_breaker(request: Request) -> HttpResponse:
    """Let the lanes ask for credits again; where there still are none it opens at once."""
    credits.close_breaker(by=request.user)
    lane.wake()
    messages.info(request, "Sending goes on; it stops again where credits are still missing.")
    return back(request, "/budget")
