"""What both lists of dead letters have above them: states, the filter and its words, saved views, buttons."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, QuerySet
from django.urls import reverse

from clayops.pages.deadletters.bulk import buttons
from clayops.pages.frame.looks import look
from clayops.pages.frame.rights import maker_of
from clayops.pages.frame.web import Request
from clayops.people import rights
from clayops.people.rights import SEE_PERSONAL_DATA
from jobs.models import Cause, Charge, DeadLetter, Destination, Job, LetterState
from jobs.review.filters import AGES, ALL, NOBODY, ORDER_WORDS, Filter

JOBS = 200
"""So many jobs can be chosen from, the newest first."""
AGE_WORDS = {
    "hour": "In the last hour",
    "day": "In the last 24 hours",
    "week": "In the last 7 days",
    "old": "More than 7 days ago",
}


@dataclass(frozen=True)
class Tab:
    """Letters of one state that match otherwise, and the address of their list."""

    state: str
    word: str
    count: int
    address: str


@dataclass(frozen=True)
class Chip:
    """A part of the filter in words, and the address without it."""

    words: str
    address: str


def with_query(name: str, query: str) -> str:
    """The address of the page of that name."""
    return f"{reverse(name)}?{query}" if query else reverse(name)


def address(page: str, chosen: Filter, **changes: Any) -> str:
    """The list with something else chosen, from its first page on."""
    return with_query(page, chosen.but(**changes).query)


def tabs_of(page: str, chosen: Filter) -> list[Tab]:
    """In one query."""
    found = chosen.but(state=ALL).letters().values_list("state").annotate(n=Count("pk"))
    counts: dict[str, int] = dict(found)
    tabs = [
        Tab(state, look("letter", state).word, counts.get(state, 0), address(page, chosen, state=state))
        for state in LetterState.values
    ]
    return [*tabs, Tab(ALL, ALL, sum(counts.values()), address(page, chosen, state=ALL))]


def chips_of(page: str, chosen: Filter) -> list[Chip]:
    """What the filter says, part by part."""
    return [Chip(words, address(page, chosen, **{name: without})) for name, words, without in _said(chosen)]


def _said(chosen: Filter) -> Iterator[tuple[str, str, Any]]:
    if chosen.q:
        yield "q", f"with “{chosen.q}”", ""
    if chosen.charge:
        yield "charge", f"charged: {chosen.charge}", ""
    if chosen.destination:
        yield "destination", f"of {_named(Destination.objects.all(), chosen.destination)}", None
    if chosen.job:
        yield "job", f"job {_named(Job.objects.shown(), chosen.job)}", None
    if chosen.age:
        yield "age", f"failed {AGES[chosen.age]}", ""
    if chosen.assigned:
        nobody = chosen.assigned == NOBODY
        yield "assigned", f"assigned to {NOBODY if nobody else _person(chosen.assigned)}", ""
    if chosen.cause:
        yield "cause", f"cause “{_named(Cause.objects.all(), chosen.cause)}”", None


def _person(pk: str) -> str:
    return _named(User.objects.all(), int(pk))


def _named(found: QuerySet[Any], pk: int) -> str:
    one = found.filter(pk=pk).first()
    return str(one) if one else f"{pk} (gone)"


def _jobs(chosen: Filter) -> list[Job]:
    """Those that have letters; the chosen one in any case."""
    having = Job.objects.shown().filter(pk__in=DeadLetter.objects.order_by().values("job"))
    jobs = list(having.order_by("-pk").only("pk", "name")[:JOBS])
    if chosen.job and chosen.job not in {job.pk for job in jobs}:
        jobs += Job.objects.shown().filter(pk=chosen.job).only("pk", "name")
    return jobs


def choices(request: Request, chosen: Filter, page: str) -> dict[str, Any]:
    """For the parts that stand outside of what refreshes by itself."""
    people = User.objects.filter(is_active=True).order_by("username")
    views = list(request.user.letter_views.all())
    return {
        "list_page": page,
        "list_url": reverse(page),
        "charges": Charge.values,
        "ages": AGE_WORDS,
        "orders": ORDER_WORDS,
        "destinations": Destination.objects.order_by("name"),
        "jobs": _jobs(chosen),
        "people": people,
        "chips": chips_of(page, chosen),
        "clear": address(page, Filter(state=chosen.state, order=chosen.order)),
        "views": [(view, with_query(page, view.query)) for view in views],
        "uses_more": bool(chosen.job or chosen.assigned),
        "by_cause": address("deadletters", chosen, cause=None, order=""),
        "one_by_one": address("letters", chosen),
        "letters_csv": with_query("letters-csv", chosen.query),
        "no_rows_csv": rights.why_not(
            request.user, SEE_PERSONAL_DATA, made_by=maker_of(chosen.letters(), request.user)
        ),
        "rows_csv": with_query("letter-rows-csv", chosen.query),
    }


def listed(request: Request, chosen: Filter, page: str) -> dict[str, Any]:
    """For the part that refreshes by itself."""
    tabs = tabs_of(page, chosen)
    return {
        "chosen": chosen,
        "here": address(page, chosen),
        "tabs": tabs,
        "matching": next(tab.count for tab in tabs if tab.state == chosen.state),
        "others": [tab for tab in tabs if tab.count and tab.state not in {chosen.state, ALL}],
        "approved": next(tab.count for tab in tabs if tab.state == LetterState.APPROVED),
        "ever": tabs[-1].count > 0 or DeadLetter.objects.shown().exists(),
        "buttons": buttons.for_many(request.user, chosen.state),
        "people": User.objects.filter(is_active=True).order_by("username"),
        "can_be_assigned": chosen.state in {LetterState.OPEN, LetterState.APPROVED, ALL},
        "clear": address(page, Filter(state=chosen.state, order=chosen.order)),
    }
