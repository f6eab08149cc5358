"""Alerts: what is wrong now, what somebody put aside and why, and what is over."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from clayops.pages.frame.web import Request, page_of, takes_post, tomorrow_morning
from jobs.alerting import for_person as sources
from jobs.alerting import recording
from jobs.alerting.alert import Alert
from jobs.models import AlertRecord

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PAST = 50
SPANS = [("1h", "1 hour"), ("4h", "4 hours"), ("tomorrow", "until tomorrow, 09:00"), ("week", "7 days")]


class SnoozeForm(forms.Form):
    """For how long an alert is put aside, and why."""

    until = forms.ChoiceField(choices=SPANS, initial="1h", widget=forms.RadioSelect)
    why = forms.CharField(
        label="Why",
        max_length=300,
        help_text="Everybody sees it beside the alert.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Say why, so that others know that somebody looks after it."},
    )


def _until(choice: str, now: datetime) -> datetime:
    if choice == "tomorrow":
        return tomorrow_morning(now)
    return now + {"1h": timedelta(hours=1), "4h": timedelta(hours=4), "week": timedelta(days=7)}[choice]


def _mine(request: Request) -> list[str]:
    """Permissions whose alerts this person may see; those of everybody have none."""
    asked = AlertRecord.objects.order_by().values_list("permission", flat=True).distinct()
    return [each for each in asked if not each or request.user.has_perm(each)]


def _now(request: Request) -> dict[str, Any]:
    found = recording.shown(sources.for_person(request.user), timezone.now())
    return {"found": found.now, "aside": found.aside}


@require_safe
def alerts(request: Request) -> HttpResponse:
    past = AlertRecord.objects.past().filter(permission__in=_mine(request))
    page = page_of(request, past, "-resolved_at", PAST, unique=False)
    return render(request, "alerts/alerts.html", _now(request) | {"page": page})


@require_safe
def live(request: Request) -> HttpResponse:
    """What is open, alone."""
    return render(request, "alerts/partials/open.html", _now(request))


def _found(request: Request, key: str) -> Alert:
    """What is wrong under that key just now, for who may see it."""
    for alert in sources.for_person(request.user):
        if alert.key == key:
            return alert
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def snooze(request: Request) -> HttpResponse:
    """Ask for how long and why; then put it aside."""
    alert = _found(request, request.POST.get("key") or request.GET.get("key", ""))
    form = SnoozeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        until = _until(form.cleaned_data["until"], timezone.now())
        if _put_aside(alert, until, request.user, form.cleaned_data["why"]):
            messages.success(request, f"Put aside until {timezone.localtime(until):%-d %b %H:%M}.")
        return redirect("alerts")
    context = {"alert": alert, "form": form}
    return render(request, "alerts/snooze.html", context, status=422 if form.errors else 200)


def _put_aside(alert: Alert, until: datetime, by: "User", why: str) -> bool:
    """Also what is not on record yet: nobody has looked since it came."""
    if not AlertRecord.objects.open().filter(key=alert.key).exists():
        recording.sync()
    record = AlertRecord.objects.open().filter(key=alert.key).first()
    return record is not None and record.snooze(until, by, why, alert.weight)


@takes_post(lambda: reverse("alerts"))
def wake(request: Request) -> HttpResponse:
    """Show it again."""
    key, may_see = request.POST.get("key", ""), _mine(request)
    record = next((each for each in AlertRecord.objects.open() if each.key == key), None)
    if record is None or record.permission not in may_see:
        raise Http404
    if record.wake():
        messages.success(request, "It is shown again.")
    return redirect("alerts")
