"""The panel beside the budget, on whatever page: the limit in force, its form, who asks for more."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from budget import limits
from budget.models import LimitChange, LimitRequest
from budget.steering.warning_levels import warn_levels
from budget.terms import WORKSPACE, Day, Limit, day_of
from budget.totals import today
from clayops.pages.budget.limits.forms import AskForm, LimitForm, WarnForm
from clayops.pages.budget.limits.preview import Point, points
from clayops.pages.frame.web import Request
from jobs.credits import forecast
from jobs.credits.scopes import Scope, named
from jobs.models import Destination

PERMISSION = "budget.change_limit"
CHANGES = 5
ANSWERED = 5
OPEN = LimitRequest.State.OPEN
WHOLE = Scope(WORKSPACE)


@dataclass(frozen=True)
class Change:
    """A change of a limit, and whose limit it is."""

    change: LimitChange
    whose: str

    @property
    def is_today(self) -> bool:
        return self.change.day == day_of(timezone.now())


@dataclass(frozen=True)
class Asked:
    """A request for more, and of whose limit."""

    request: LimitRequest
    whose: str

    @property
    def is_older(self) -> bool:
        """Whether it was asked before today: "today" in it is another day."""
        return day_of(self.request.at) < day_of(timezone.now())


@dataclass(frozen=True)
class Use:
    """What a destination used today, beside its own limit; `limit` is what its bar is measured by."""

    destination: Destination
    spent: Decimal
    reserved: Decimal
    own: Limit
    limit: Decimal


class Panel:
    """Everything about one limit; looked up where a template shows it."""

    def __init__(
        self,
        request: Request,
        scope: Scope = WHOLE,
        *,
        form: LimitForm | None = None,
        ask: AskForm | None = None,
        warn: WarnForm | None = None,
    ) -> None:
        self.scope = scope
        self.user = request.user
        self.form = form or LimitForm(None, scope)
        self.warn = warn or WarnForm()
        self._ask = ask

    @cached_property
    def may_change(self) -> bool:
        return self.user.has_perm(PERMISSION)

    @cached_property
    def limit(self) -> Limit:
        return limits.limit_of(self.scope.name)

    @cached_property
    def day(self) -> Day:
        return today()

    @property
    def levels(self) -> list[int]:
        return warn_levels()

    @property
    def points(self) -> list[Point]:
        """What the typed limit would mean; none where none is typed."""
        new = self.form.amount
        if new is None:
            return []
        return points(forecast.meaning_of(new, self.scope), today_only=self.form.today_only)

    @property
    def stops_all(self) -> bool:
        """Whether a tick is needed."""
        return self.form.amount == 0

    @cached_property
    def ask(self) -> AskForm:
        return self._ask or AskForm(None, scopes_to_ask(), {"scope": self.scope.name})

    @property
    def changes(self) -> list[Change]:
        found = LimitChange.objects.select_related("by")
        if self.scope.destination:
            found = found.filter(scope=self.scope.name)
        return change_lines(found[:CHANGES])

    @property
    def requests(self) -> list[Asked]:
        """Those that wait, of everybody; the oldest first."""
        return _asked(LimitRequest.objects.filter(state=OPEN).select_related("by").order_by("pk"))

    @property
    def answered(self) -> list[Asked]:
        closed = LimitRequest.objects.exclude(state=OPEN).select_related("by", "decided_by", "change")
        return _asked(closed.order_by("-decided_at")[:ANSWERED])

    @property
    def uses(self) -> list[Use]:
        """What each destination used today, beside its own limit; archived ones where there is some."""
        used, whole = forecast.used_today(), self.day.limit
        places = list(Destination.objects.all())
        own = limits.in_force([place.scope for place in places], self.day.day)
        found = []
        for place in places:
            (spent, reserved), limit = used[place.scope], own[place.scope]
            if place.archived_at is None or spent or reserved or limit.amount is not None:
                bound = whole if limit.amount is None else limit.amount
                found.append(Use(place, spent, reserved, limit, bound))
        return found


def change_lines(changes: Iterable[LimitChange]) -> list[Change]:
    """With the names of whose limits they are."""
    found = list(changes)
    names = named({change.scope for change in found})
    return [Change(change, names[change.scope]) for change in found]


def _asked(requests: Iterable[LimitRequest]) -> list[Asked]:
    found = list(requests)
    names = named({request.scope for request in found})
    return [Asked(request, names[request.scope]) for request in found]


def scopes_to_ask() -> list[tuple[str, str]]:
    """The limits that can be raised: the workspace's, and each destination's own, for a select."""
    day = day_of(timezone.now())
    own = [scope for scope, limit in limits.all_in_force(day).items() if scope and limit.amount is not None]
    names = named(own)
    return [(WORKSPACE, "The workspace"), *sorted(names.items(), key=lambda each: each[1])]


def scope_of(request: HttpRequest, name: str = "scope") -> Scope:
    """The one that the address or the form names. Raises Http404."""
    given = request.POST if request.method == "POST" else request.GET
    scope = Scope.read(given.get(name, ""))
    if scope is None:
        raise Http404("There is no such limit")
    return scope


def show(request: Request, panel: Panel, status: int = 200) -> HttpResponse:
    """The page of one limit."""
    return render(request, "budget/limits/limit.html", {"panel": panel}, status=status)
