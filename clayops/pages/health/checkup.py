"""Whether the product is well, for machines that watch it: answered within seconds, whatever hangs."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from django.db import Error as DatabaseError
from django.db import connection, connections, transaction
from redis import RedisError

from clayops.base import disk, process_health, redis

PATIENCE_SECONDS = 2.0
_A_WRITE = "UPDATE django_migrations SET applied = applied WHERE id = (SELECT MIN(id) FROM django_migrations)"
"""Of what nobody waits for, and which stays as it is."""


class Probe:
    """A question that may hang: asked in a thread of its own, by one at a time, however many wait for it."""

    def __init__(self, ask: Callable[[], list[str]], silence: str) -> None:
        self._ask, self._silence = ask, silence
        self._lock = threading.Lock()
        self._answer: Future[list[str]] | None = None
        self._began = 0.0

    def begin(self) -> Callable[[], list[str]]:
        """Ask; calling what comes back waits for what is not well. One under way is joined."""
        with self._lock:
            if self._answer is None or self._answer.done():
                self._answer, self._began = Future(), time.monotonic()
                threading.Thread(target=self._run, args=(self._answer,), daemon=True).start()
            answer, until = self._answer, self._began + PATIENCE_SECONDS
        return lambda: self._wait(answer, until)

    def _run(self, answer: "Future[list[str]]") -> None:
        try:
            answer.set_result(self._ask())
        except BaseException as error:  # noqa: BLE001  raised again by who waits
            answer.set_exception(error)

    def _wait(self, answer: "Future[list[str]]", until: float) -> list[str]:
        try:
            return answer.result(max(until - time.monotonic(), 0.0))
        except TimeoutError:
            return [self._silence]


def _database() -> list[str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
    except DatabaseError:  # its words may name hosts and users
        return ["The database cannot be read."]
    else:
        return []
    finally:
        connections.close_all()


def _writes() -> list[str]:
    """Readers go on while somebody holds the lock for writing, or the disk is full: so a row is written."""
    if disk.is_full():
        return ["The disk is full: nothing is sent until there is room."]
    if _database():
        return []  # which is said already
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_A_WRITE)
    except DatabaseError:
        return ["The database takes no writes."]
    else:
        return []
    finally:
        connections.close_all()


def _workers() -> list[str]:
    try:
        found = process_health.ask(redis.quick())
    except RedisError:
        return ["Redis does not answer."]
    reasons = [f"No worker is running for {queue}." for queue in found.missing]
    return [*reasons, *_scheduler(found)] if found.scheduler_silent else reasons


def _scheduler(found: process_health.WorkersHealth) -> list[str]:
    if found.scheduler_seconds_ago is None or found.ticked_seconds_ago is None:
        return ["The scheduler has not been seen."]
    silent = max(found.scheduler_seconds_ago, found.ticked_seconds_ago)
    return [f"The scheduler has been silent for {silent:.0f} seconds."]


_PROBES = (
    Probe(_database, f"The database has not answered within {PATIENCE_SECONDS:g} seconds."),
    Probe(_writes, f"No write has got through to the database within {PATIENCE_SECONDS:g} seconds."),
    Probe(_workers, f"Redis has not answered within {PATIENCE_SECONDS:g} seconds."),
)


def reasons() -> list[str]:
    """What is not well, a sentence each; empty where all is."""
    waits = [probe.begin() for probe in _PROBES]
    return [reason for wait in waits for reason in wait()]
