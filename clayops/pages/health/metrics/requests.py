"""How long our own views take, from a middleware around all others.

gunicorn runs several web processes, and a scrape meets one of them. So `up` names a folder in which each
process keeps its times in a file (prometheus_client's multiprocess mode, PROMETHEUS_MULTIPROC_DIR), and
whichever is asked adds them all up. Without that variable, as in tests, a process tells its own times.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector

disable_created_metrics()  # type: ignore[no-untyped-call]
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
TOOK = Histogram(
    "clayops_request_seconds",
    "How long requests took, by view and class of status; of a download until it began.",
    ["view", "status"],
    buckets=SECONDS,
    registry=None,
)

FILE_BYTES = 4 * 2**20
"""Of a process's file: several times what all views with all classes of status take."""

_made_by = 0
"""The process whose file is made: another after a fork."""

Answer = Callable[[HttpRequest], HttpResponseBase]


def timed(get_response: Answer) -> Answer:
    """Middleware. What no view of ours answers (static files, addresses that lead nowhere) is left out."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = get_response(request)
        if (match := request.resolver_match) and _has_room():
            status = f"{response.status_code // 100}xx"
            TOOK.labels(match.view_name or "unnamed", status).observe(time.perf_counter() - began)
        return response

    return middleware


def _has_room() -> bool:
    """Whether this process's file of times is made at its full size; where there is no room none is kept.

    A line in a hole of it would kill the process (SIGBUS) on a disk that has no block left for it.
    """
    global _made_by
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
    if not folder or _made_by == os.getpid():
        return True
    file = Path(folder, f"histogram_{os.getpid()}.db")
    try:
        with file.open("ab") as made:
            os.posix_fallocate(made.fileno(), 0, FILE_BYTES)
    except OSError:
        file.unlink(missing_ok=True)
        return False
    _made_by = os.getpid()
    return True


def register(registry: CollectorRegistry) -> None:
    """Add the times of all web processes to what `registry` tells."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(TOOK)
