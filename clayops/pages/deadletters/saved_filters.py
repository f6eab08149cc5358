"""Filters that somebody gave a name: each has their own."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from clayops.pages.frame.web import Request, back
from jobs.models import NotPossible, SavedView
from jobs.review.filters import Filter

QUERY_LENGTH = 2000
MOST = 50
"""So many a person."""


def keep(request: Request, name: str, query: str) -> bool:
    """Give the filter of that address a name; True where another filter had it before.

    Raises `NotPossible` with what is wrong.
    """
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise NotPossible("Give the view a name.")
    if len(name) > SavedView.NAME_LENGTH:
        raise NotPossible(f"The name has {len(name)} characters; at most {SavedView.NAME_LENGTH} fit.")
    query = Filter.of(QueryDict(query)).query
    if len(query) > QUERY_LENGTH:
        raise NotPossible("The text of the filter is too long to be kept. Look for a shorter one.")
    mine = request.user.letter_views
    if not mine.filter(name=name).exists() and mine.count() >= MOST:
        raise NotPossible(f"You have {MOST} views already. Delete one of them first.")
    _, is_new = SavedView.objects.update_or_create(user=request.user, name=name, defaults={"query": query})
    return not is_new


@require_POST
def save(request: Request) -> HttpResponse:
    """Keep the filter that is shown, under a name."""
    try:
        replaced = keep(request, request.POST.get("name", ""), request.POST.get("filter", ""))
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        words = "is saved, in place of the one of that name" if replaced else "is saved"
        messages.success(request, f"The view {words}.")
    return back(request, reverse("deadletters"))


@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    """Forget one of one's own."""
    view = get_object_or_404(request.user.letter_views, pk=pk)
    view.delete()
    messages.success(request, f"The view “{view}” is deleted. The letters are as they were.")
    return back(request, reverse("deadletters"))
