"""A verb's button: the letters that were meant are frozen, and the page of the bulk action asks."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from clayops.web import Request, safe_next
from jobs.models import DeadLetter, NotPossible, Verb
from jobs.models.deadletter import DeadLetterQuerySet
from jobs.review import bulk, rights
from jobs.review.filters import Filter


@require_POST
def do(request: Request) -> HttpResponse:
    """`verb`, and what it is for: `letter` (ids), or `all` of `filter` (as in an address), or of it those
    whose `cause` is ticked. With one letter, `row` (ids) means these rows of it alone.
    """
    wanted = request.POST.get("verb", "")
    if wanted not in Verb.values:
        raise PermissionDenied
    verb = Verb(wanted)
    if why := rights.why_not(request.user, verb):
        raise PermissionDenied(why)
    otherwise = safe_next(request, reverse("deadletters"))
    try:
        letters, chosen = _meant(request)
        asked = bulk.ask(
            verb,
            letters,
            request.user,
            query=chosen.query if chosen else "",
            words=chosen.words() if chosen else "",
            assignee=_assignee(request),
            rows=_rows(request),
        )
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect(otherwise)
    return redirect(asked)


def _meant(request: Request) -> tuple[DeadLetterQuerySet, Filter | None]:
    """Raises `NotPossible` where nothing was ticked."""
    given = request.POST
    chosen = Filter.of(QueryDict(given.get("filter", "")))
    if given.get("all"):
        return chosen.letters(), chosen
    if causes := _ids(given.getlist("cause")):
        return chosen.letters().filter(group__in=causes), chosen
    if ticked := _ids(given.getlist("letter")):
        letters = DeadLetter.objects.shown().filter(pk__in=ticked)
        if seen := given.get("version"):
            letters = letters.filter(version__in=_ids([seen]))
            if not letters.exists():
                raise NotPossible("It has changed since the page showed it. Look at it again.")
        return letters, None
    raise NotPossible("Tick what you mean first.")


def _rows(request: Request) -> list[int]:
    """The ticked rows of one letter; none means all. `apart` says that some were ticked, though they may have
    left the page since.
    """
    given = request.POST
    rows = _ids(given.getlist("row")) if len(given.getlist("letter")) == 1 else []
    if not rows and (given.getlist("row") or given.get("apart")):
        raise NotPossible("The rows that you ticked have left the letter. Look at it again.")
    return rows


def _ids(given: list[Any]) -> list[int]:
    return [int(text) for text in given if text.isdecimal() and len(text) < 19]


def _assignee(request: Request) -> User | None:
    given = request.POST.get("assignee", "")
    found = User.objects.filter(pk__in=_ids([given]), is_active=True).first()
    if given and found is None:
        raise NotPossible("There is nobody like that any more who could look after it.")
    return found
