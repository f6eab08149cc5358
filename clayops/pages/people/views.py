"""The people who work here: seen by everybody, managed by owners; and the link that lets somebody in."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clayops.base import origin
from clayops.pages.frame.web import Request
from clayops.pages.people.forms import AddForm, ChangeForm, JoinForm
from clayops.people import rights as rules
from clayops.people.first_owner import LinkUsed

ONCE = "people-link"
"""In the session of the owner who made it, from the click to the page that shows it."""
BY_PASSWORD = "django.contrib.auth.backends.ModelBackend"  # noqa: S105  a backend's path
"""What a session of somebody who joined is checked with from then on."""


def _load(request: Request, pk: int) -> User:
    """A person, for an owner's eyes. Raises PermissionDenied for anybody else."""
    _only_owners(request)
    return get_object_or_404(User, pk=pk)


def _only_owners(request: Request) -> None:
    if not rules.may_manage(request.user):
        raise PermissionDenied


@require_safe
def everyone(request: Request) -> HttpResponse:
    """Everybody with an account, and what they may do."""
    context = {"people": rules.everyone(), "manages": rules.may_manage(request.user)}
    return render(request, "people/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request) -> HttpResponse:
    """Add somebody; the answer is the link to give them."""
    _only_owners(request)
    form = AddForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            user = rules.add(request.user, given["username"], given["rights"], owner=given["owner"])
        except rules.Refused as problem:
            form.add_error(problem.field, str(problem))
        else:
            origin.note(
                "person added", by=request.user, user=user, owner=given["owner"], rights=given["rights"]
            )
            return _show_once(request, user)
    return render(request, "people/new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """What somebody may do; and the ways to a new link and to switching off."""
    person = rules.person_of(_load(request, pk))
    form = ChangeForm(request.POST if request.method == "POST" else None, person)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if rules.change(request.user, person.user, given["rights"], owner=given["owner"]):
                about = {"owner": given["owner"], "rights": given["rights"]}
                origin.note("rights changed", by=request.user, user=person.user, **about)
                messages.success(request, f"What {person.user} may do is changed. It holds from now on.")
        except rules.Refused as problem:
            form.add_error(problem.field, str(problem))
        else:
            return redirect("people")
    context = {
        "form": form,
        "person": person,
        "why_not_off": rules.why_not_off(person.user, request.user),
        "why_no_link": rules.why_no_link(person.user, request.user),
    }
    return render(request, "people/person.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def off(request: Request, pk: int) -> HttpResponse:
    """Ask; then end the person's sessions and let them in no more."""
    user = _load(request, pk)
    if request.method != "POST":
        why = rules.why_not_off(user, request.user)
        return render(request, "people/switch_off.html", {"person": user, "why": why})
    try:
        if rules.switch_off(request.user, user):
            origin.note("person switched off", by=request.user, user=user)
            messages.success(request, f"{user} is switched off and signed out everywhere.")
        else:
            messages.info(request, f"{user} was switched off already.")
    except rules.Refused as problem:
        messages.error(request, str(problem))
    return redirect("people")


@require_POST
def on(request: Request, pk: int) -> HttpResponse:
    user = _load(request, pk)
    if rules.switch_on(request.user, user):
        origin.note("person switched on", by=request.user, user=user)
        messages.success(request, f"{user} can sign in again.")
    else:
        messages.info(request, f"{user} was not switched off.")
    return redirect("person", pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: Request, pk: int) -> HttpResponse:
    """Ask, saying what a new link ends; after the answer show it, once."""
    user = _load(request, pk)
    if request.method == "POST":
        return _show_once(request, user)
    kept = request.session.pop(ONCE, {}) if request.method == "GET" else {}
    if kept.get("for") == pk:
        address, until = request.build_absolute_uri(kept["path"]), datetime.fromisoformat(kept["until"])
        return render(request, "people/link.html", {"person": user, "link": address, "until": until})
    context = {"person": rules.person_of(user), "why": rules.why_no_link(user, request.user)}
    return render(request, "people/link_ask.html", context)


def _show_once(request: Request, user: User) -> HttpResponse:
    try:
        made = rules.new_link(request.user, user)
    except rules.Refused as problem:
        messages.error(request, str(problem))
        return redirect("person", user.pk)
    origin.note("link made", by=request.user, user=user)
    request.session[ONCE] = {"for": user.pk, "path": made.path, "until": made.until.isoformat()}
    return redirect("person-link", user.pk)


@login_not_required
@sensitive_post_parameters("password", "again")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """The one-time link: its person sets a password and is signed in. Looking at it uses nothing up."""
    user = rules.invited(uid, token)
    if user is None:
        return _link_used(request)
    form = JoinForm(request.POST if request.method == "POST" else None, user)
    if request.method == "POST" and form.is_valid():
        try:
            user = rules.join(uid, token, form.cleaned_data["password"])
        except LinkUsed:
            return _link_used(request)
        origin.note("password set by link", user=user)
        login(request, user, backend=BY_PASSWORD)
        messages.success(request, f"Welcome, {user}. Your password is set.")
        return redirect("dashboard")
    context = {"form": form, "person": user}
    return render(request, "people/join.html", context, status=422 if form.errors else 200)


def _link_used(request: HttpRequest) -> HttpResponse:
    return render(request, "people/link_used.html", status=404)
