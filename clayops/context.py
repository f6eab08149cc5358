"""What every page needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def chrome(request: HttpRequest) -> dict[str, Any]:
    """Context of the base template."""
    return {"sandbox": settings.SANDBOX}
