"""What `up` runs, as plain lists: Redis, the front, the workers, started in that order."""

import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from clayops.base import environment
from clayops.up import redis_server


@dataclass(frozen=True)
class Child:
    """One program that `up` keeps running."""

    name: str
    argv: tuple[str, ...]
    last: bool = False  # stopped after all others, which lean on it


def redis_child() -> Child:
    """Our own Redis, its configuration written. Raises StartError."""
    argv = redis_server.command(settings.REDIS_DIR, settings.REDIS_SOCKET, settings.REDIS_PASSWORD)
    return Child("redis", tuple(argv), last=True)


def front() -> list[Child]:
    """What a person meets first: the pages, and the sandbox Clay where it is ours."""
    sandbox = [Child("sandbox", _manage("sandbox"))] if runs_sandbox() else []
    return [web_child(), *sandbox]


def workers() -> list[Child]:
    """What works behind the pages. Each worker listens to one queue: see RQ_QUEUES."""
    lanes = [_worker(f"lanes-{number}", "lanes") for number in range(1, settings.WORKERS + 1)]
    # what these two do comes every few seconds: it would bury in the logs what they have to say
    results = _worker("results", "results", "-v", "0")
    cron = Child(
        "scheduler", _manage("rqcron", "clayops.cron", "--logging-level", "WARNING", "--skip-checks")
    )
    others = [_worker("work", "work"), _worker("long", "long")]
    return [*lanes, results, *others, cron, Child("watch", _manage("watch"))]


def web_child() -> Child:
    """The pages, on loopback only: what serves the world is a proxy in front."""
    options = {
        "bind": f"127.0.0.1:{settings.PORT}",
        "worker-class": "clayops.up.web_worker.Worker",
        "workers": 2,
        "threads": 12,
        "keep-alive": 20,  # seconds: longer than between two polls of a page
        "timeout": 120,
        "graceful-timeout": 5,
        "log-level": "warning",
        "pythonpath": settings.BASE_DIR,
        "env": f"PROMETHEUS_MULTIPROC_DIR={metrics_folder()}",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return Child(
        "web", (sys.executable, "-m", "gunicorn", *flags, "--preload", "--no-control-socket", "clayops.wsgi")
    )


def metrics_folder() -> Path:
    """Where the web processes keep their times, told together by `clayops.pages.health.metrics.requests`."""
    return Path(settings.DATA_DIR) / "metrics"


def sandbox_webhook() -> dict[str, str]:
    """Environment with which the sandbox calls us when a run has finished; empty where a webhook is set."""
    if not runs_sandbox() or settings.CLAY_WEBHOOK_ID or settings.CLAY_WEBHOOK_SECRET:
        return {}
    return {"CLAY_WEBHOOK_ID": "webhook_sandbox", "CLAY_WEBHOOK_SECRET": secrets.token_hex(32)}


def runs_sandbox() -> bool:
    """Whether the sandbox Clay is ours to start: none of Clay's own is meant, nor a sandbox elsewhere."""
    parts = urlsplit(settings.CLAY_API_URL)
    here = environment.is_loopback(parts.hostname or "") and parts.port == settings.SANDBOX_PORT
    return settings.SANDBOX and here


def _worker(name: str, queue: str, *options: str) -> Child:
    return Child(name, _manage("rqworker", queue, "--worker-ttl", "30", "--skip-checks", *options))


def _manage(*words: str) -> tuple[str, ...]:
    return (sys.executable, str(settings.BASE_DIR / "manage.py"), *words)
