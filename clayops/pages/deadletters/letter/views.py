"""One dead letter: what it is, what can be done about it, its rows, every attempt, its history."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from budget import credits as budget
from clayops.pages.deadletters.bulk import buttons
from clayops.pages.frame.web import Request, page_of
from jobs.credits import fits_today
from jobs.models import NEEDS_A_PERSON, DeadLetter, EventKind, Job, LetterEvent, Row, Verb
from jobs.review import rights, verbs
from jobs.review.advice import advice
from jobs.review.history import attempts_made
from jobs.review.inputs import Input, inputs_of

ROWS = 50
EVENTS = 100
BY_ITSELF = (EventKind.FAILED, EventKind.RESOLVED)
"""Kinds that nobody does; all others without a person were done from the shell."""


@dataclass(frozen=True)
class Line:
    """A row of the letter."""

    row: Row
    inputs: list[Input]


def load(pk: int) -> DeadLetter:
    """The letter, or 404."""
    places = (
        DeadLetter.objects.shown().with_places().select_related("approved_by", "parent", "group__note_by")
    )
    return get_object_or_404(places, pk=pk)


@require_safe
def letter(request: Request, pk: int) -> HttpResponse:
    """All of it."""
    return shown(request, load(pk))


@require_safe
def live(request: Request, pk: int) -> HttpResponse:
    """The part that changes."""
    return render(request, "deadletters/letter/partials/live.html", _context(request, load(pk)))


def shown(request: Request, found: DeadLetter, status: int = 200, **more: Any) -> HttpResponse:
    """Its page; `problem` and `typed` of a comment that could not be kept."""
    people = User.objects.filter(is_active=True).order_by("username")
    context = _context(request, found) | {"people": people} | more
    return render(request, "deadletters/letter/letter.html", context, status=status)


def _context(request: Request, found: DeadLetter) -> dict[str, Any]:
    had = found.rows_had()
    page = page_of(request, had.select_related("batch"), "number", ROWS)
    told = list(events_of(found)[: EVENTS + 1])
    return {
        "letter": found,
        "is_waiting": found.state in NEEDS_A_PERSON,
        "restorable_until": "" if verbs.why_not_restore(found) else verbs.restorable_until(found),
        "advice": advice(found.cause, found.group.http_status, [found.charge]),
        "left": _left(found),
        "may_withdraw": found.approved_by_id == request.user.pk
        or not rights.why_not(request.user, Verb.APPROVE),
        "buttons": buttons.for_one(request.user, found),
        "edit": buttons.edit_of(request.user),
        "alike": DeadLetter.objects.shown().filter(group=found.group_id).count(),
        "parts": found.parts.order_by("pk"),
        "states": had.order_by().values_list("state").annotate(n=Count("pk")).order_by("state"),
        "page": page,
        "lines": [Line(row, inputs_of(found.job, row)) for row in page.items],
        "names": _names(found.job, page.items),
        "attempts": attempts_made(found),
        "events": told[:EVENTS],
        "more_events": len(told) > EVENTS,
        "by_itself": BY_ITSELF,
    }


def _left(found: DeadLetter) -> Decimal:
    """Credits that its rows may still use today: the workspace's limit counts, and its destination's own."""
    own = fits_today.left_today([found.job.destination_id])
    return min([budget.today().left, *own.values()])


def _names(job: Job, rows: Any) -> list[str]:
    """Names of the inputs, as each row of the job has them."""
    return list(job.inputs_of(rows[0])) if rows else []


def events_of(found: DeadLetter) -> Any:
    """Its history, the newest first."""
    return LetterEvent.objects.filter(letter=found).select_related("by", "bulk", "batch", "approval__by")


@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """All of what happened to it."""
    found = load(pk)
    page = page_of(request, events_of(found), "-id", EVENTS)
    context = {"letter": found, "page": page, "events": page.items, "by_itself": BY_ITSELF}
    return render(request, "deadletters/letter/history.html", context)
