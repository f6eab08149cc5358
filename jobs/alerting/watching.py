"""The watch: a process of its own, so that people hear also of Redis, of workers and of the scheduler."""

import logging
import signal
import threading
import time
from contextlib import suppress

from django.db import connections
from redis import RedisError

from clayops.base import process_health, redis
from jobs import notifying
from jobs.alerting import recording

logger = logging.getLogger(__name__)

EVERY = 5.0
START_SECONDS = 20.0
SEND_SECONDS = 30.0
"""So long it sends messages itself in one round, where no worker does."""


def watch() -> None:
    """Look again and again, until a signal ends it."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    _let_them_start(over)
    while not over.is_set():
        look()
        connections.close_all()
        over.wait(EVERY)


def _let_them_start(over: threading.Event) -> None:
    """Whoever starts together with us is not missing yet."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and not over.wait(0.5):
        _sign()
        found = process_health.workers()
        if not found.missing and found.scheduler_alive and found.is_ticking:
            return


def look() -> None:
    """One round. What it stumbles over is looked at again with the next."""
    try:
        recording.sync()
        if not process_health.workers().work:  # nobody else would
            notifying.send_due(slice_seconds=SEND_SECONDS)
    except Exception:
        logger.exception("The watch could not look at everything; it tries again")
    else:
        _sign()


def _sign() -> None:
    with suppress(RedisError):
        redis.quick().set(process_health.WATCHED, time.time())
