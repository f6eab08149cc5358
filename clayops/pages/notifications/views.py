"""All rules; adding one, changing one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from clayops.pages.frame.notification_rights import PERMISSION
from clayops.pages.frame.rights import needs
from clayops.pages.frame.web import Request
from clayops.pages.notifications.actions import try_it
from clayops.pages.notifications.forms import RuleForm
from clayops.pages.notifications.rule_words import every
from jobs.models import NotificationRule
from jobs.notifying.rules import is_readable, keep


@require_safe
@needs(PERMISSION)
def rules(request: Request) -> HttpResponse:
    return render(request, "notifications/notifications.html", {"rules": every()})


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs(PERMISSION)
def new(request: Request) -> HttpResponse:
    return _form(request, NotificationRule(created_by=request.user))


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs(PERMISSION)
def edit(request: Request, pk: int) -> HttpResponse:
    return _form(request, get_object_or_404(NotificationRule, pk=pk))


def _form(request: Request, rule: NotificationRule) -> HttpResponse:
    readable = bool(rule.pk) and is_readable(rule)
    form = RuleForm(request.POST if request.method == "POST" else None, rule, readable=readable)
    if request.method == "POST" and form.is_valid():
        return _keep(request, rule, form)
    context = {"form": form, "rule": rule, "readable": readable}
    return render(request, "notifications/rule.html", context, status=422 if form.errors else 200)


def _keep(request: Request, rule: NotificationRule, form: RuleForm) -> HttpResponse:
    for name in ("name", "kinds", "least", "also_resolved"):
        setattr(rule, name, form.cleaned_data[name])
    keep(rule, form.target)
    messages.success(request, f"{rule} is saved.")
    if "test" in request.POST:
        try_it(request, rule)
    return redirect("notifications")
