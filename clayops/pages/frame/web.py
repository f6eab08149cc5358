"""What views share: typed requests, the way back, pages of long lists."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import is_naive, localtime, make_aware
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

MORNING = 9
"""The hour at which people are back."""
LONGEST_ADDRESS = 2000
"""Characters of an address that is gone back to; browsers and Django itself refuse somewhat longer ones."""


class Request(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    htmx: HtmxDetails


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """The page of ours that `next` names, or `otherwise`: never another site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    path = wanted.startswith("/") and wanted.isprintable() and len(iri_to_uri(wanted)) <= LONGEST_ADDRESS
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if path and allowed else otherwise


def page_shown(request: Request) -> str:
    """The page of ours that htmx says it asks from; empty where it says none, or nonsense."""
    try:
        return request.htmx.current_url_abs_path or ""
    except ValueError:
        return ""


def back(request: HttpRequest, otherwise: str) -> HttpResponseRedirect:
    """After a button of an alert: to the page it was pressed on."""
    return redirect(safe_next(request, otherwise))


P = ParamSpec("P")
View = Callable[Concatenate[Request, P], HttpResponse]


def takes_post(page: Callable[P, str]) -> Callable[[View[P]], View[P]]:
    """For a view of a form that stands on another page, whose address `page` tells: a GET is sent there.

    Whoever presses Enter in the address bar after a refused form comes to it, and to no error.
    """

    def around(view: View[P]) -> View[P]:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def posted(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method != "POST":
                return redirect(page(*args, **kwargs))
            return view(request, *args, **kwargs)

        return posted

    return around


T = TypeVar("T", bound=Model)


@dataclass(frozen=True)
class Page(Generic[T]):
    """A stretch of a long list, and the addresses of its neighbours (empty where there is none)."""

    items: Sequence[T]
    previous: str = ""
    following: str = ""


def page_of(
    request: HttpRequest, found: QuerySet[T], order: str, size: int, *, unique: bool = True
) -> Page[T]:
    """The page that `?after=` or `?before=` names, by the values of the field or annotation `order` ("-id").

    By key rather than by position: the thousandth page costs what the first does, and new rows shift nothing.
    Where the values are not `unique`, the primary key tells equal ones apart. None of them may be null.
    """
    keys = _Keys(found, order, unique)
    after, before = keys.read(request.GET.get("after", "")), keys.read(request.GET.get("before", ""))
    backwards = before is not None
    found = keys.beyond(found, before if backwards else after, backwards=backwards)
    items = list(found.order_by(*keys.order(backwards=backwards))[: size + 1])
    more, items = len(items) > size, items[:size]
    if backwards:
        items.reverse()
    has_previous = more if backwards else after is not None
    has_following = bool(items) and (True if backwards else more)
    return Page(
        items,
        _address(request, "before", keys.write(items[0])) if has_previous and items else "",
        _address(request, "after", keys.write(items[-1])) if has_following else "",
    )


@dataclass(frozen=True)
class _Keys(Generic[T]):
    """Where a page begins and ends: the value of a field and, unless that is unique, the primary key.

    In an address as `42`, or as `42~leads.csv`: the key first, as the value may hold anything.
    """

    found: QuerySet[T]
    by: str
    unique: bool

    @property
    def _field(self) -> str:
        return self.by.lstrip("-")

    @property
    def _output(self) -> Any:
        """What knows how to read the value from a text."""
        annotation = self.found.query.annotations.get(self._field)
        return annotation.output_field if annotation else self.found.model._meta.get_field(self._field)

    def read(self, text: str) -> tuple[Any, int] | None:
        """The value and the key that `text` names; None for none, and for nonsense."""
        pk, _, value = (f"0~{text}" if self.unique else text).partition("~")
        try:
            key, at = int(pk), self._output.to_python(value)
            if isinstance(at, datetime):  # the edges of the calendar have no moment in UTC
                at = (make_aware(at) if is_naive(at) else at).astimezone(UTC)
        except (ValueError, ValidationError, OverflowError):
            return None
        if (
            not text
            or at is None
            or "\0" in value
            or max(abs(key), at if isinstance(at, int) else 0) >= 2**63
        ):
            return None
        return at, key

    def write(self, item: T) -> str:
        value = getattr(item, self._field)
        text = value.isoformat() if isinstance(value, datetime) else str(value)
        return text if self.unique else f"{item.pk}~{text}"

    def beyond(self, found: QuerySet[T], at: tuple[Any, int] | None, *, backwards: bool) -> QuerySet[T]:
        """Only what lies behind (`backwards`: before) the place `at`."""
        if at is None:
            return found
        way = "lt" if self.by.startswith("-") != backwards else "gt"
        past = Q(**{f"{self._field}__{way}": at[0]})
        if self.unique:
            return found.filter(past)
        level = {f"{self._field}__{way}e": at[0]}  # said apart, so that an index on the field is of use
        return found.filter(past | Q(**{f"pk__{way}": at[1]}), **level)

    def order(self, *, backwards: bool) -> list[str]:
        falling = self.by.startswith("-") != backwards
        fields = [self._field] if self.unique else [self._field, "pk"]
        return [f"-{field}" if falling else field for field in fields]


def _address(request: HttpRequest, name: str, key: str) -> str:
    query = request.GET.copy()
    query.pop("after", None)
    query.pop("before", None)
    query[name] = key
    return f"?{query.urlencode()}"


def tomorrow_morning(now: datetime) -> datetime:
    """The next day at 09:00, where the product lives: what people put off until then."""
    return (localtime(now) + timedelta(days=1)).replace(hour=MORNING, minute=0, second=0, microsecond=0)
