"""Our RQ worker: tells its work-horse to stop early, and shows up again after Redis was wiped."""

import os
import signal
import threading
import time
from contextlib import suppress
from typing import Any

from django.utils.module_loading import autodiscover_modules
from redis.client import Pipeline
from rq import Worker as RQWorker
from rq.worker_registration import register

_asked_to_stop = threading.Event()
_parent = os.getppid()


def stopping() -> bool:
    """Whether this work-horse should end its slice: its worker shuts down, or was killed over its head."""
    return _asked_to_stop.is_set() or os.getppid() != _parent


def pause(seconds: float) -> bool:
    """Sleep, at most until the worker stops. True where the caller should go on."""
    until = time.monotonic() + seconds
    while not stopping():
        left = until - time.monotonic()
        if left <= 0:
            return True
        _asked_to_stop.wait(min(left, 0.25))
    return False


class Worker(RQWorker):  # type: ignore[misc, unused-ignore]
    """Ends within a second or two on SIGTERM: a slice of work can stop between two batches."""

    def work(self, *args: Any, **kwargs: Any) -> bool:
        """Loads what tasks need before the first fork: each work-horse would load all of it again."""
        autodiscover_modules("tasks")
        return bool(super().work(*args, **kwargs))

    def handle_warm_shutdown_request(self) -> None:
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGUSR1)

    def setup_work_horse_signals(self) -> None:
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]
        global _parent
        _parent = os.getppid()
        _asked_to_stop.clear()
        signal.signal(signal.SIGUSR1, lambda *_: _asked_to_stop.set())

    def heartbeat(
        self, timeout: int | None = None, pipeline: "Pipeline | None" = None, **kwargs: Any
    ) -> None:
        super().heartbeat(timeout, pipeline, **kwargs)
        if pipeline is None and not self.connection.sismember("rq:workers", self.key):
            with self.connection.pipeline() as again:  # Redis was wiped: sign on once more
                again.hset(self.key, mapping=self.serialize())
                again.expire(self.key, (timeout or self.worker_ttl) + 60)
                register(self, again)
                again.execute()
