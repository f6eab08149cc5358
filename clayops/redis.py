"""The process's Redis client: one pool, shared by threads, with short time-outs.

Keys of ours start with `clayops:`; everything behind them can be rebuilt from the database.
"""

from functools import cache

import redis
from django.conf import settings


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
