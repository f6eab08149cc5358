"""Signing in and out, the password, and the owner's first visit."""

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from clayops.base import origin
from clayops.pages.accounts import throttling
from clayops.pages.accounts.forms import SigninForm, WelcomeForm
from clayops.pages.frame.web import Request, safe_next
from clayops.people import first_owner


@login_not_required
@sensitive_post_parameters("password")
@never_cache
def signin(request: HttpRequest) -> HttpResponse:
    """After ten wrong passwords django-axes answers with accounts/locked.html instead."""
    if (
        "HX-Request" in request.headers
    ):  # a live part asked after the session had ended: the page itself must come here
        return HttpResponseClientRefresh()
    if request.user.is_authenticated:
        return redirect(safe_next(request, "/"))
    form = SigninForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        return redirect(safe_next(request, "/"))
    status = 422 if form.errors else 200
    return render(
        request, "accounts/signin.html", {"form": form, "next": safe_next(request, "")}, status=status
    )


@require_POST
def signout(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("signin")


@sensitive_post_parameters()
def password(request: Request) -> HttpResponse:
    """Change one's own password; other sessions of the account end."""
    if request.method == "POST" and throttling.is_locked(request, request.user):
        return render(request, "accounts/locked.html", status=429)
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.has_error("old_password", "password_incorrect"):
        throttling.wrong_password(request, request.user)
    if request.method == "POST" and form.is_valid():
        origin.note("password changed", user=request.user)
        update_session_auth_hash(request, form.save())
        messages.success(request, "Your password is changed. Other browsers have been signed out.")
        return redirect("settings")
    return render(request, "accounts/password.html", {"form": form}, status=422 if form.errors else 200)


@login_not_required
@sensitive_post_parameters("password", "again")
@never_cache
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """The one-time link of the first start: creates the owner's account and signs in."""
    if not first_owner.is_valid(token):
        return render(request, "accounts/welcome_used.html", status=404)
    form = WelcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _create_owner(request, token, form)
    return render(request, "accounts/welcome.html", {"form": form}, status=422 if form.errors else 200)


def _create_owner(request: HttpRequest, token: str, form: WelcomeForm) -> HttpResponse:
    name, secret = form.cleaned_data["username"], form.cleaned_data["password"]
    try:
        first_owner.create_owner(token, name, secret)
        origin.note("first owner made", user=name)
    except first_owner.LinkUsed:
        return render(request, "accounts/welcome_used.html", status=404)
    user = authenticate(request, username=name, password=secret)
    if user is None:  # django-axes has locked this address
        return redirect("signin")
    login(request, user)
    messages.success(request, f"Welcome, {name}. This account owns ClayOps.")
    return redirect("dashboard")
