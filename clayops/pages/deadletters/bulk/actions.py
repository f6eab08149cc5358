"""A verb's button: the letters that were meant are frozen, and the page of the bulk action asks."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from clayops.pages.frame.web import Request, safe_next, takes_post
from jobs.models import Cause, DeadLetter, NotPossible, Verb
from jobs.models.deadletter import DeadLetterQuerySet
from jobs.review import rights
from jobs.review.bulk import actions
from jobs.review.filters import Filter


@takes_post(lambda: reverse("deadletters"))
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
        letters, query, words = _meant(request)
        asked = actions.ask(
            verb,
            letters,
            request.user,
            query=query,
            words=words,
            assignee=_assignee(request),
            rows=_rows(request),
        )
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect(otherwise)
    return redirect(f"{asked.get_absolute_url()}?{urlencode({'next': otherwise})}")


def _meant(request: Request) -> tuple[DeadLetterQuerySet, str, str]:
    """Those that are meant, the filter as in an address, and in words. Raises `NotPossible` for none."""
    given = request.POST
    chosen = Filter.of(QueryDict(given.get("filter", "")))
    if given.get("all"):
        return chosen.letters(), chosen.query, chosen.words()
    if causes := _ids(given.getlist("cause")):
        found = chosen.letters().filter(group__in=causes)
        if len(causes) == 1:
            one = chosen.but(cause=causes[0])
            return found, one.query, one.words()
        ticked_causes = Cause.objects.filter(pk__in=causes).order_by("pk")
        names = ", ".join(f"“{cause}”" for cause in ticked_causes[:10])
        return found, chosen.query, f"{chosen.words()}, of {len(causes)} causes: {names}"
    if ticked := _ids(given.getlist("letter")):
        letters = DeadLetter.objects.shown().filter(pk__in=ticked)
        if seen := given.get("version"):
            letters = letters.filter(version__in=_ids([seen]))
            if not letters.exists():
                raise NotPossible("It has changed since the page showed it. Look at it again.")
        return letters, "", ""
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
