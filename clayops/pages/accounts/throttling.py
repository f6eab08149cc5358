"""Wrong passwords, counted: for a name from an address, and for an address whatever the names."""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone

from clayops.base import origin

MOST_OF_AN_ADDRESS = 50
"""Wrong passwords from one address within the cool-off, over all names."""


class Handler(AxesDatabaseHandler):  # type: ignore[misc]
    """django-axes locks the pair of name and address. Too many wrong passwords lock a whole address, too.

    But not for who has signed in from there before: nobody locks out a colleague behind the same router.
    """

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return bool(super().is_locked(request, credentials)) or _address_is_locked(request, credentials)

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **more: Any
    ) -> None:
        super().user_login_failed(sender, credentials, request, **more)
        if request is None:
            return
        origin.note("sign-in failed", name=credentials.get("username"), path=request.path)
        if self.is_locked(request, credentials):
            request.axes_locked_out = True  # type: ignore[attr-defined]
            origin.note("locked out", name=credentials.get("username"))


def _address_is_locked(request: HttpRequest, credentials: dict[str, Any] | None) -> bool:
    address, since = origin.address_of(request), timezone.now() - get_cool_off()
    wrong = AccessAttempt.objects.filter(ip_address=address, attempt_time__gte=since)
    if (wrong.aggregate(all=Sum("failures_since_start"))["all"] or 0) < MOST_OF_AN_ADDRESS:
        return False
    name = (credentials or {}).get("username") or request.POST.get("username", "")
    return not AccessLog.objects.filter(username=name, ip_address=address).exists()


def is_locked(request: HttpRequest, user: User) -> bool:
    """Whether no more passwords of `user` are tried from this address for now."""
    return not AxesProxyHandler.is_allowed(request, {"username": user.get_username()})


def wrong_password(request: HttpRequest, user: User) -> None:
    """Count one that was typed where somebody is signed in already."""
    user_login_failed.send(__name__, credentials={"username": user.get_username()}, request=request)
