"""What is done with a rule in one click: try it out, switch it, delete it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from clayops.pages.frame.notification_rights import PERMISSION
from clayops.pages.frame.rights import needs
from clayops.pages.frame.web import Request
from jobs import steering
from jobs.models import Notice, NotificationRule
from jobs.notifying.sending import try_out


@require_POST
@needs(PERMISSION)
def test(request: Request, pk: int) -> HttpResponse:
    """Send a message at once, and say what came of it."""
    try_it(request, get_object_or_404(NotificationRule, pk=pk))
    return redirect("notifications")


def try_it(request: Request, rule: NotificationRule) -> None:
    if why := try_out(rule, str(request.user)):
        messages.error(request, f"The test message to {rule} was not taken. {why}")
    else:
        messages.success(request, f"{rule.service} took the test message to {rule}. See whether it is there.")


@require_POST
@needs(PERMISSION)
def on(request: Request, pk: int) -> HttpResponse:
    rule = get_object_or_404(NotificationRule, pk=pk)
    if rule.switch(on=True):
        messages.success(request, f"{rule} is on: alerts that come from now on are sent.")
    else:
        messages.info(request, f"{rule} was on already.")
    return redirect("notifications")


@require_POST
@needs(PERMISSION)
def off(request: Request, pk: int) -> HttpResponse:
    rule = get_object_or_404(NotificationRule, pk=pk)
    if rule.switch(on=False):
        messages.success(request, f"{rule} is off: nothing is sent to it, nor what was waiting.")
    else:
        messages.info(request, f"{rule} was off already.")
    return redirect("notifications")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(PERMISSION)
def delete(request: Request, pk: int) -> HttpResponse:
    """Ask; then forget the rule and its address."""
    rule = get_object_or_404(NotificationRule, pk=pk)
    if request.method != "POST":
        waiting = Notice.objects.waiting().filter(rule=rule).count()
        return render(request, "notifications/delete.html", {"rule": rule, "waiting": waiting})
    steering.others.delete_rule(rule, request.user)
    messages.success(request, f"{rule} is deleted, and its address with it.")
    return redirect("notifications")
