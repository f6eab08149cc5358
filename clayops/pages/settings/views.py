"""Settings: the account, and how this installation is connected."""

import platform
import tomllib
from importlib.metadata import version
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render

from clayops.pages.frame.notification_rights import on_settings
from clayops.pages.frame.web import Request
from clayops.pages.settings import connections
from jobs.models import ReviewPolicy


def _sandbox_page() -> str:
    """The sandbox's own page, beside its API."""
    parts = urlsplit(settings.CLAY_API_URL)
    return f"{parts.scheme}://{parts.netloc}/sandbox"


def _own_version() -> str:
    """ClayOps runs from its folder; it is not installed as a package."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return str(project["project"]["version"])


def preferences(request: Request) -> HttpResponse:
    """What an operator set in the environment; secrets only as set or not set."""
    return render(
        request,
        "settings/settings.html",
        {
            "clay_url": settings.CLAY_API_URL,
            "key_set": bool(settings.CLAY_API_KEY) and not settings.SANDBOX,
            "hook": connections.hook(request),
            "notifications": on_settings(request.user),
            "policy": ReviewPolicy.load(),
            "watch": connections.watch(request, owner=request.user.is_superuser),
            "sandbox_page": _sandbox_page() if settings.SANDBOX else "",
            "time_zone": settings.TIME_ZONE,
            "database": connection.vendor.replace("sqlite", "SQLite").replace("postgresql", "PostgreSQL"),
            "redis": "bundled, started by ClayOps" if settings.BUNDLED_REDIS else "given by REDIS_URL",
            "versions": [
                ("ClayOps", _own_version()),
                ("Django", django.get_version()),
                ("RQ", version("rq")),
                ("Python", platform.python_version()),
            ],
        },
    )
