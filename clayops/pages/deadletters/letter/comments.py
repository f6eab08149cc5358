"""What people say to a letter, and whose it is. Everybody may."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from clayops.pages.deadletters.letter.views import load, shown
from clayops.pages.frame.web import Request, takes_post
from jobs.models import NotPossible, Verb
from jobs.review import rights, verbs


def _page(pk: int) -> str:
    return reverse("deadletter", args=[pk])


@takes_post(_page)
def comment(request: Request, pk: int) -> HttpResponse:
    """Say something to it."""
    found, text = load(pk), request.POST.get("text", "")
    try:
        verbs.comment(found, request.user, text)
    except NotPossible as problem:
        return shown(request, found, 422, problem=str(problem), typed=text)
    messages.success(request, "Your comment is in its history.")
    return redirect(found)


@takes_post(_page)
def assign(request: Request, pk: int) -> HttpResponse:
    """`me`, or `assignee`: a user's id, empty for nobody."""
    found = load(pk)
    wanted = str(request.user.pk) if request.POST.get("me") else request.POST.get("assignee", "")
    to = _person(wanted)
    if wanted and to is None:
        messages.error(request, "This person is not here any more. Choose somebody else.")
        return redirect(found)
    try:
        verbs.assign(found, request.user, to)
    except NotPossible as problem:
        messages.info(request, str(problem))
    else:
        messages.success(request, f"It is {to}’s now." if to else "It is nobody’s now.")
    return redirect(found)


@takes_post(_page)
def withdraw(request: Request, pk: int) -> HttpResponse:
    """End the letter's approval. Who may approve may do so, and so may who did."""
    found = load(pk)
    if found.approved_by_id != request.user.pk and (why := rights.why_not(request.user, Verb.APPROVE)):
        raise PermissionDenied(why)
    try:
        verbs.withdraw(found, request.user)
    except NotPossible as problem:
        messages.info(request, str(problem))
    else:
        messages.success(request, "The approval is withdrawn: the letter is open again.")
    return redirect(found)


def _person(wanted: str) -> User | None:
    """Who can still sign in with this id."""
    if not (wanted.isdecimal() and len(wanted) < 19):
        return None
    return User.objects.filter(pk=int(wanted), is_active=True).first()
