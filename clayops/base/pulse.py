"""Whether anything changed that pages show: one counter in Redis, one more with each commit that wrote to it.

A live part that asks again says what it saw last. Where nothing was written since, and no quarter of a minute
has passed (for what changes with time alone), it costs one read of Redis and an empty answer: no session, no
database.
"""

import hmac
import logging
import re
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from redis import RedisError

from clayops.base import redis

logger = logging.getLogger(__name__)

KEY = "clayops:pulse"
HEADER = "X-Pulse"
SLICE = 15
"""Seconds after which a part is made anew in any case: time passes; workers come and go in Redis alone."""
_WRITES = re.compile(
    r"\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+[\"`]?"
    r"(?:jobs_(?!hookdelivery\b)|budget_(?!entry\b)|providers_|auth_user)",
    re.IGNORECASE,
)
"""Not a reservation's own lines: a submission is written with it, and its end beats within its script. Nor
what is heard of calls from outside: strangers could have every page made anew."""
_owed = False
"""A change was not told."""


def now() -> str:
    """What a page that is made now has seen; empty where Redis does not tell. Nobody can guess it."""
    if _owed:
        beat()
    try:
        count = str(redis.quick().get(KEY) or 0)
    except RedisError:
        return ""
    seen = f"pulse:{count}:{int(time.time() // SLICE)}"
    return hmac.new(settings.SECRET_KEY.encode(), seen.encode(), sha256).hexdigest()[:20]


def beat() -> None:
    """Something that pages show was written. Redis being away costs nothing: then pages are made anew."""
    global _owed
    try:
        redis.quick().incr(KEY)
        _owed = False
    except RedisError as error:
        _owed = True
        logger.info("Live parts are not told of changes for now: Redis is away (%s)", error)


def watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Follow what is written through a new connection."""
    if _noticing not in connection.execute_wrappers:
        connection.execute_wrappers.append(_noticing)


def _noticing(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    result = execute(sql, params, many, context)
    if _WRITES.match(sql):
        _after_commit(context["connection"])
    return result


def _after_commit(connection: BaseDatabaseWrapper) -> None:
    """Once for a transaction, however much it writes; at once outside of one."""
    if not connection.in_atomic_block:
        beat()
    elif not any(each[1] is beat for each in connection.run_on_commit):
        transaction.on_commit(beat, using=connection.alias, robust=True)


class PulseMiddleware:
    """Answers a live part that has seen the present state, before anything else is asked.

    From here on somebody waits: no answer waits long for Redis.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with redis.hurry():
            return self._answer(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if "HX-Request" not in request.headers or request.method != "GET":
            return self._get_response(request)
        seen = now()  # before the page is made: what changes meanwhile is new to it
        if seen and constant_time_compare(request.headers.get(HEADER, ""), seen):
            return HttpResponse(status=204)
        response = self._get_response(request)
        if seen and response.status_code == 200:
            response[HEADER] = seen
        return response
