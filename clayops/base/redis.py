"""The process's Redis clients: a pool each, shared by threads, with short time-outs; and leases.

Keys of ours start with `clayops:`; everything behind them can be rebuilt from the database.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from threading import Event, Thread
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import LockError
from redis.lock import Lock
from redis.retry import Retry

logger = logging.getLogger(__name__)
QUICK_SECONDS = 1.0
QUIET_SECONDS = 5.0
"""So long quick clients ask no more after they waited in vain: each try would take a second."""
_quiet_until = 0.0
_hurried: ContextVar[bool] = ContextVar("hurried", default=False)


def client() -> redis.Redis:
    """The shared client (answers are `str`); `quick()` where a person waits for what is being done.

    Raises `redis.RedisError` from its calls when Redis is away.
    """
    return quick() if _hurried.get() else patient()


def patient() -> redis.Redis:
    """The shared client, whoever waits: for what had better be late than not done."""
    return _patient(settings.REDIS_URL)


def quick() -> redis.Redis:
    """A client that gives up after a second and does not try again, for what must be answered at once.

    After one time-out all quick clients of the process raise `redis.TimeoutError` at once for a while: a page
    asks many times, and must not wait each time.
    """
    return _quick(settings.REDIS_URL, decode=True)


def quick_for_rq() -> redis.Redis:
    """The same with answers as bytes, as RQ wants them."""
    return _quick(settings.REDIS_URL, decode=False)


def begin_anew() -> None:
    """Forget the clients and that one waited in vain: in a process that was forked, or for another Redis."""
    global _quiet_until
    _patient.cache_clear()
    _quick.cache_clear()
    _quiet_until = 0.0


@contextmanager
def hurry() -> Iterator[None]:
    """A person waits until the block is done."""
    token = _hurried.set(True)
    try:
        yield
    finally:
        _hurried.reset(token)


def is_hurried() -> bool:
    """Whether a person waits for what is being done."""
    return _hurried.get()


@cache
def _patient(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=10,
        socket_connect_timeout=5,
        health_check_interval=30,
    )


@cache
def _quick(url: str, decode: bool) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        decode_responses=decode,
        socket_timeout=QUICK_SECONDS,
        socket_connect_timeout=QUICK_SECONDS,
        retry=_Once(NoBackoff(), 0),
    )


class _Once(Retry):
    """Tries once, connecting as well as asking; after a time-out not at all for a while."""

    __hash__ = Retry.__hash__

    def call_with_retry(self, *args: Any, **kwargs: Any) -> Any:
        global _quiet_until
        if (left := _quiet_until - time.monotonic()) > 0:
            raise redis.TimeoutError(f"Redis did not answer a moment ago; asked again in {left:.0f} s")
        try:
            return super().call_with_retry(*args, **kwargs)
        except redis.TimeoutError:
            _quiet_until = time.monotonic() + QUIET_SECONDS
            raise


@contextmanager
def lease(name: str, seconds: float) -> Iterator[bool]:
    """Hold `name` while the block runs; False, at once, where another has it.

    It is kept alive however long the block takes, and is free `seconds` after a crash at the latest. Who
    holds it is only *likely* to be alone (Redis may be wiped): what is done under it must be safe to do
    twice. Raises `redis.RedisError` where Redis is away at the beginning.
    """
    lock = client().lock(name, timeout=seconds, thread_local=False)
    if not lock.acquire(blocking=False):
        yield False
        return
    over = Event()
    keeper = Thread(target=_keep, args=(lock, over, seconds / 4), name=f"keeps {name}", daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        over.set()
        keeper.join()
        with suppress(redis.RedisError):
            lock.release()


def _keep(lock: Lock, over: Event, every: float) -> None:
    """Prolong the lease again and again; where it is gone (a wiped Redis, say), take it anew if one can."""
    while not over.wait(every):
        try:
            if not _prolong(lock):
                logger.warning("The lease %s is somebody else's now", lock.name)
                return
        except redis.RedisError as error:
            logger.warning("The lease %s cannot be prolonged now: %s", lock.name, error)


def _prolong(lock: Lock) -> bool:
    """Whether it is still, or again, ours. Raises `redis.RedisError`."""
    try:
        return lock.reacquire()
    except LockError:
        return bool(lock.acquire(blocking=False, token=lock.local.token))
