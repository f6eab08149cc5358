"""Where a request comes from: the client's address and an id; and the security log that names both."""

import logging
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

logger = logging.getLogger("clayops.security")
HEADER = "X-Request-Id"
_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
MOST_HOPS = 20
"""Entries of `X-Forwarded-For` that are looked at, from the right."""
MOST_TEXT = 200
"""Characters of anything from outside that a line repeats."""


@dataclass(frozen=True)
class Origin:
    """Of the request that is answered just now."""

    address: str
    request_id: str


_NOBODY = Origin("-", "-")
"""Where no request is answered: a command, a worker."""
_current: ContextVar[Origin] = ContextVar("origin")


def address_of(request: HttpRequest) -> str:
    """The client's address: the last of `X-Forwarded-For` that is none of `TRUSTED_PROXIES`.

    Where the connection itself comes from no such proxy, anybody could have written it: it counts for
    nothing.
    """
    peer = str(request.META.get("REMOTE_ADDR") or "")
    return client_of(peer, request.headers.get("X-Forwarded-For", ""))


def client_of(peer: str, forwarded: str) -> str:
    """The same, of the connection's address and the header's text."""
    address, told = peer, forwarded.split(",")[-MOST_HOPS:]
    while _is_trusted(address) and told:
        hop = told.pop().strip()
        if not _is_address(hop):
            break
        address = hop
    return address


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(address: str) -> bool:
    return _is_address(address) and any(ip_address(address) in each for each in settings.TRUSTED_PROXIES)


def _id_of(request: HttpRequest) -> str:
    """A trusted proxy's id, so that its log and ours tell of one request alike; else one of our own."""
    told = request.headers.get(HEADER, "")
    if _ID.fullmatch(told) and _is_trusted(str(request.META.get("REMOTE_ADDR") or "")):
        return told
    return secrets.token_hex(8)


def note(event: str, **about: object) -> None:
    """One line of the security log. What is from outside comes as `about`, quoted: it makes no new line."""
    origin = _current.get(_NOBODY)
    told = "".join(f" {name}={str(value)[:MOST_TEXT]!r}" for name, value in about.items())
    logger.warning("%s%s address=%s request=%s", event, told, origin.address, origin.request_id)


class OriginMiddleware:
    """Gives each request its origin and each answer its id; writes refused permissions down."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _drop_odd_page(request)  # before the headers are read for the first time
        origin = Origin(address_of(request), _id_of(request))
        token = _current.set(origin)
        try:
            response = self._get_response(request)
            if response.status_code == 403:
                note("refused", method=request.method, path=request.path, user=_name(request))
        finally:
            _current.reset(token)
        response.headers[HEADER] = origin.request_id
        return response


def _drop_odd_page(request: HttpRequest) -> None:
    """Forget an `HX-Current-URL` that is no address: views and templates read it, and trip over it."""
    try:
        urlsplit(request.META.get("HTTP_HX_CURRENT_URL", ""))
    except ValueError:
        del request.META["HTTP_HX_CURRENT_URL"]


def _name(request: HttpRequest) -> str:
    return str(getattr(request, "user", "") or "")


class NoStoreMiddleware:
    """No cache keeps pages and files of the product. Static files are answered before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
