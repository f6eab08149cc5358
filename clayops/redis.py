"""The process's Redis client: one pool, shared by threads, with short time-outs; and leases.

Keys of ours start with `clayops:`; everything behind them can be rebuilt from the database.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from threading import Event, Thread

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import LockError
from redis.lock import Lock
from redis.retry import Retry

logger = logging.getLogger(__name__)
QUICK_SECONDS = 1.0


@cache
def client() -> redis.Redis:
    """The shared client (answers are `str`). Raises `redis.RedisError` from its calls when Redis is away."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_timeout=10,
        socket_connect_timeout=5,
        health_check_interval=30,
    )


def quick() -> redis.Redis:
    """A client that gives up after a second and does not try again, for what must be answered at once."""
    return _quick(settings.REDIS_URL)


@cache
def _quick(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=QUICK_SECONDS,
        socket_connect_timeout=QUICK_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


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
