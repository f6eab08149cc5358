"""What views share: typed requests, the way back, pages of long lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    htmx: HtmxDetails


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """The page of ours that `next` names, or `otherwise`: never another site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed else otherwise


def back(request: HttpRequest, otherwise: str) -> HttpResponseRedirect:
    """After a button of an alert: to the page it was pressed on."""
    return redirect(safe_next(request, otherwise))


T = TypeVar("T", bound=Model)


@dataclass(frozen=True)
class Page(Generic[T]):
    """A stretch of a long list, and the addresses of its neighbours (empty where there is none)."""

    items: Sequence[T]
    previous: str = ""
    following: str = ""


def page_of(request: HttpRequest, found: QuerySet[T], order: str, size: int) -> Page[T]:
    """The page that `?after=` or `?before=` names, by the value of the unique field `order` ("-id").

    By key rather than by position: the thousandth page costs what the first does, and new rows shift nothing.
    """
    field, falling = order.lstrip("-"), order.startswith("-")
    after, before = _key(request, "after"), _key(request, "before")
    backwards = before is not None
    if after is not None or before is not None:
        beyond = "lt" if falling != backwards else "gt"
        found = found.filter(**{f"{field}__{beyond}": before if backwards else after})
    step = order if not backwards else (field if falling else f"-{field}")
    items = list(found.order_by(step)[: size + 1])
    more, items = len(items) > size, items[:size]
    if backwards:
        items.reverse()
    has_previous = more if backwards else after is not None
    has_following = bool(items) and (True if backwards else more)
    return Page(
        items,
        _address(request, "before", getattr(items[0], field)) if has_previous and items else "",
        _address(request, "after", getattr(items[-1], field)) if has_following else "",
    )


def _key(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def _address(request: HttpRequest, name: str, key: int) -> str:
    query = request.GET.copy()
    query.pop("after", None)
    query.pop("before", None)
    query[name] = str(key)
    return f"?{query.urlencode()}"
