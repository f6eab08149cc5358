"""What people do with a provider: pin it, forget its outcomes, name and price it, say that it is one."""

import redis
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from clayops.pages.frame.provider_cards import card_of
from clayops.pages.frame.rights import needs
from clayops.pages.frame.web import Request, back, takes_post
from clayops.pages.providers.forms import PinForm, ProviderForm, ResetForm
from clayops.pages.providers.provider import show
from clayops.people.rights import STEER_PROVIDERS
from jobs.sending import wake
from jobs.steering import others as removal
from providers import health, steering
from providers.models import Pin, Provider

PINNED = {"in": "pinned in", "out": "pinned out", "": "automatic"}
SAID = {
    "in": "{} is pinned in: it is used whatever its outcomes.",
    "out": "{} is pinned out: no new batch uses it.",
    "": "{} is back to automatic: its outcomes decide.",
}


def _page(pk: int) -> str:
    return reverse("provider", args=[pk])


@takes_post(_page)
@needs(STEER_PROVIDERS)
def pin(request: Request, pk: int) -> HttpResponse:
    """Pin it in or out, with a note; or let its outcomes decide again. Without saying which, it asks."""
    row = get_object_or_404(Provider, pk=pk)
    form = PinForm(request.POST, auto_id="pin_%s")
    if "pinned" not in request.POST:  # Enter in the note
        asked = PinForm(initial={"why": request.POST.get("why", "")}, auto_id="pin_%s")
        return render(request, "providers/pin.html", {"provider": row, "pin_form": asked})
    if not form.is_valid():
        return show(request, row, status=422, pin_form=form)
    pinned = form.cleaned_data["pinned"]
    if steering.pin(row, pinned, request.user, form.cleaned_data["why"]):
        messages.success(request, SAID[pinned].format(row))
        if pinned != Pin.OUT:
            wake.wake()
    else:
        messages.info(request, f"{row} was {PINNED[pinned]} already. Nothing was changed.")
    return redirect(row)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(STEER_PROVIDERS)
def reset(request: Request, pk: int) -> HttpResponse:
    """Ask; then forget its outcomes."""
    row = get_object_or_404(Provider, pk=pk)
    form = ResetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            removal.reset_provider(row, request.user, form.cleaned_data["why"])
        except redis.RedisError:
            messages.error(request, "Redis is away: nothing was forgotten. Try again when it is back.")
        else:
            messages.success(request, f"The outcomes of {row} are forgotten. It is used again.")
            wake.wake()
        return redirect(row)
    context = {"provider": row, "form": form}
    return render(request, "providers/reset.html", context, status=422 if form.errors else 200)


@takes_post(_page)
@needs(STEER_PROVIDERS)
def change(request: Request, pk: int) -> HttpResponse:
    """How it is shown, and what a hit usually costs."""
    row = get_object_or_404(Provider, pk=pk)
    form = ProviderForm(request.POST)
    if not form.is_valid():
        return show(request, row, status=422, form=form)
    typed, seen = form.cleaned_data, request.POST.get("seen", "")
    try:
        steering.change(row, typed["label"], typed["credits"], request.user, seen)
    except steering.Taken as problem:
        form.add_error("label", str(problem))
        return show(request, row, status=422, form=form)
    except steering.Changed:
        row.refresh_from_db()
        return show(request, row, status=422, form=form, changed=True)
    messages.success(request, "Saved.")
    return redirect(row)


@require_POST
@needs(STEER_PROVIDERS)
def accept(request: Request, pk: int) -> HttpResponse:
    """A name that came out of a result is right."""
    row = get_object_or_404(Provider, pk=pk)
    if steering.accept(row):
        messages.success(request, f"{row} is known from now on.")
    else:
        messages.info(request, f"{row} was known already.")
    return back(request, reverse("providers"))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(STEER_PROVIDERS)
def remove(request: Request, pk: int) -> HttpResponse:
    """A name that came out of a result is none of a provider: ask; then forget it."""
    row = get_object_or_404(Provider, pk=pk)
    if request.method != "POST":
        return render(request, "providers/remove.html", {"card": card_of(health.of([row])[0])})
    try:
        is_gone = removal.remove_provider(row, request.user)
    except redis.RedisError:
        messages.error(request, "Redis is away: nothing was removed. Try again when it is back.")
        return redirect(row)
    if not is_gone:
        messages.info(request, f"{row} is known meanwhile, and stays.")
        return redirect(row)
    hint = "A result that names it brings it back: see on its destination’s page “Outcomes” what is read."
    messages.success(request, f"{row} is removed. {hint}")
    return redirect("providers")
