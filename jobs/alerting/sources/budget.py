"""Credits: the breakers, the warning levels, who asks for more."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.utils import timezone

from budget import breaker
from budget import credits as budget
from budget.models import Breaker, LimitRequest
from budget.terms import WORKSPACE, day_of, shown
from jobs.alerting.alert import Action, Alert
from jobs.credits import open_breakers, scopes
from jobs.models import Destination
from jobs.models.destination import Changed

CHANGE_LIMIT = "budget.change_limit"
MOST_REQUESTS = MOST_STOPS = 5
TOP_UP = "Sending has stopped. Top up in Clay, then press Check again; at midnight it tries by itself."


def alerts() -> Iterator[Alert]:
    yield from _breaker()
    yield from _breakers_of_destinations()
    yield from _requests()
    yield from _prices()


def _breaker() -> Iterator[Alert]:
    day, stop = budget.today(), breaker.of()
    used = f"{shown(day.spent + day.reserved)} of {shown(day.limit)} are spent or reserved"
    again = Action("Check again", "breaker-close")
    if day.breaker == "open" and stop.kind == Breaker.Kind.CLAY:
        yield Alert("budget", "bad", day.reason, TOP_UP, day.since, [again], about="clay")
    elif not day.limit:
        yield Alert("budget", "bad", "The daily limit is 0: all sending has stopped", "", day.since, _more())
    elif day.breaker == "open" and not stop.stops_all(day.limit):
        detail = f"{day.reason}. Raise the limit, or start its job again with smaller batches. Others go on."
        yield Alert("budget", "bad", "A batch fits into no day", detail, day.since, _more(), about="no_day")
    elif day.breaker == "open":
        text, detail = "The credit breaker is open: sending has stopped", f"{day.reason}. {used}"
        yield Alert("budget", "bad", text, detail, day.since, [again, *_more()])
    elif not day.left:
        text = "Today's credits are used up"
        yield Alert("budget", "bad", text, f"{used}. Nothing new is sent today.", actions=_more())
    elif day.warned_at is not None:
        text = f"{day.warned_at} % of today's credits are used"
        only = f"{used}. This only warns: sending stops at the limit."
        about = f"{day.day}:{day.warned_at}"
        yield Alert("budget_warning", "warn", text, only, actions=_more(), about=about)


def _more(scope: str = WORKSPACE) -> list[Action]:
    """The way to a higher limit: by oneself, or by asking."""
    query = urlencode({"scope": scope}) if scope else ""
    return [
        Action("Change the limit", "budget-limit", is_link=True, query=query, permission=CHANGE_LIMIT),
        Action("Ask for more", "budget-ask", is_link=True, query=query, unless=CHANGE_LIMIT),
    ]


def _breakers_of_destinations() -> Iterator[Alert]:
    """Destinations whose own limit is reached, or for which Clay has no credits."""
    stopped = [stop for scope, stop in open_breakers.holding().items() if scope != WORKSPACE]
    names = scopes.named(stop.scope for stop in stopped[:MOST_STOPS])
    for stop in stopped[:MOST_STOPS]:
        yield _stopped(stop, names[stop.scope])
    if (more := len(stopped) - MOST_STOPS) > 0:
        text = f"{more} more {'destination has' if more == 1 else 'destinations have'} reached their limit"
        every = Action("See all", "destinations", is_link=True)
        yield Alert("destination_budget", "bad", text, actions=[every], about="more", count=more, weight=more)


def _stopped(stop: Breaker, whose: str) -> Alert:
    if stop.kind == Breaker.Kind.CLAY:
        again = [Action("Check again", "hold-lift", scopes.destination_of(stop.scope))]
        text, detail, actions = f"{whose}: {stop.reason}", TOP_UP, again
    else:
        text, detail = (
            f"The daily limit of {whose} is reached",
            f"{stop.reason} · It goes on at midnight, or with a higher limit",
        )
        actions = _more(stop.scope)
    return Alert("destination_budget", "bad", text, detail, stop.since, actions, about=stop.scope)


def _requests() -> Iterator[Alert]:
    """Who asks for more credits, for those who may grant it."""
    waiting = LimitRequest.objects.filter(state=LimitRequest.State.OPEN)
    found = list(waiting.select_related("by").order_by("pk")[:MOST_REQUESTS])
    names = scopes.named({asked.scope for asked in found})
    for asked in found:
        yield _asked(asked, names)
    if (more := waiting.count() - len(found)) > 0:
        every = Action("See all", "budget-ask", is_link=True)
        text = f"{more} more {'request' if more == 1 else 'requests'} for credits"
        yield Alert(
            "limit_request",
            "warn",
            text,
            actions=[every],
            permission=CHANGE_LIMIT,
            about="more",
            count=more,
            weight=more,
        )


def _prices() -> Iterator[Alert]:
    """Destinations whose price nobody who may set prices has looked at, for those who may."""
    waiting = Destination.objects.open().exclude(price_open_since=None).order_by("price_open_since", "pk")
    for there in waiting[:MOST_REQUESTS]:
        see = Action(
            "Look at its price", "destination-edit", there.pk, is_link=True, name=f"Price of {there}"
        )
        right = Action(
            "The price is right", "destination-price", there.pk, name=f"{there}: the price is right"
        )
        last = there.changes.filter(what=Changed.SETUP).select_related("by").first()
        who = last.by if last and last.by else "Somebody"
        text = f"{who} made or moved {there}: its rows count with {shown(there.credits_per_row)} credits each"
        detail = f"{there.routine_id} · who made it may not set prices: see whether Clay takes so much"
        since = there.price_open_since
        yield Alert("price", "warn", text, detail, since, [right, see], CHANGE_LIMIT, about=str(there.pk))


def _asked(asked: LimitRequest, names: dict[str, str]) -> Alert:
    who, credits = asked.by or "Somebody", shown(asked.credits)
    whose = f" for {names[asked.scope]}" if asked.scope else ""
    each = [
        Action(verb, f"budget-{verb.lower()}", asked.pk, name=f"{verb} {credits} to {who}")
        for verb in ("Grant", "Decline")
    ]
    today = " today" if day_of(asked.at) == day_of(timezone.now()) else ""
    text = f"{who} asks for {credits} more credits{today}{whose}"
    return Alert("limit_request", "warn", text, asked.why, asked.at, each, CHANGE_LIMIT, about=str(asked.pk))
