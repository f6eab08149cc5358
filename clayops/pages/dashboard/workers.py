"""Who works: the processes that serve each queue, as Redis knows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from redis import RedisError
from rq import Worker

from clayops.base import process_health, redis


@dataclass(frozen=True)
class Line:
    """One worker."""

    name: str
    queue: str
    state: str
    seen_at: datetime | None


def _workers() -> list[Line]:
    found = Worker.all(connection=redis.quick_for_rq())
    lines = [
        Line(each.name, ", ".join(each.queue_names()), str(each.get_state()), each.last_heartbeat)
        for each in found
    ]
    return sorted(lines, key=lambda line: (line.queue, line.name))


def _context() -> dict[str, Any]:
    try:
        found = _workers()
    except RedisError:
        found = []
    return {"health": process_health.workers(), "queued": process_health.queued(), "workers": found}


@require_safe
def workers(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboard/workers.html", _context())
