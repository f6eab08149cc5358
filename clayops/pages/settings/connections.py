"""What Settings says of Clay's run-finished calls, and of those who watch ClayOps."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from clayops.base.environment import is_loopback
from clayops.pages.frame.metrics_token import token
from jobs.models import HookDelivery

MOST_DELIVERIES = 10


@dataclass(frozen=True)
class Hook:
    """How the run-finished webhook is set up; the secret only as set or not set."""

    id_set: bool
    secret_set: bool
    address: str
    is_local: bool
    """Whether the address is this machine's only, where Clay cannot call."""
    deliveries: list[HookDelivery]
    """The last ones, newest first."""

    @property
    def is_set(self) -> bool:
        return self.id_set and self.secret_set


def hook(request: HttpRequest) -> Hook:
    address = request.build_absolute_uri(reverse("hook-run"))
    return Hook(
        bool(settings.CLAY_WEBHOOK_ID),
        bool(settings.CLAY_WEBHOOK_SECRET),
        address,
        is_loopback(urlsplit(address).hostname or ""),
        list(HookDelivery.objects.all()[:MOST_DELIVERIES]),
    )


@dataclass(frozen=True)
class Watch:
    """What a monitoring system is given."""

    health: str
    """The address that answers 200 or 503."""
    scrape: str
    """For prometheus.yml, with the token; empty for who may not have it."""


def watch(request: HttpRequest, *, owner: bool) -> Watch:
    return Watch(request.build_absolute_uri(reverse("healthz")), _scrape(request) if owner else "")


def _scrape(request: HttpRequest) -> str:
    lines = [
        "scrape_configs:",
        "  - job_name: clayops",
        f"    scheme: {request.scheme}",
        f"    metrics_path: {reverse('metrics')}",
        "    authorization:",
        f"      credentials: {token()}",
        "    static_configs:",
        f'      - targets: ["{request.get_host()}"]',
    ]
    return "\n".join(lines)
