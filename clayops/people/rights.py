"""Who may work here and what they may do: rights, owners, and the links with which people set their password.

People are never deleted, as the ledger names them: they are switched off. Somebody can always manage people:
nobody switches off himself, and the last owner who can sign in stays one.

At any moment at most one link works for a person. It is kept nowhere but in the session of the owner who
made it, until the page has shown it, once. Django's token signs the person's password and last sign-in, so
that setting a password, signing in, and every newer link end it.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from clayops.people.first_owner import LinkUsed, one_at_a_time

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Right:
    """Something that not everybody may do. `name` is what `has_perm` asks for: "budget.change_limit"."""

    name: str
    short: str
    text: str

    @property
    def permission(self) -> Q:
        """Where Django keeps it."""
        app, codename = self.name.split(".")
        return Q(content_type__app_label=app, codename=codename)


CHANGE_LIMIT = "budget.change_limit"
SEE_PERSONAL_DATA = "jobs.see_personal_data"
DISCARD_LETTERS = "jobs.discard_deadletter"
STEER_JOBS = "jobs.steer_jobs"
STEER_RUNS = "jobs.steer_runs"
MANAGE_DESTINATIONS = "jobs.manage_destinations"
STEER_PROVIDERS = "providers.steer_providers"

# A new one needs a line here, a line in the `Meta` of its model, and an entry in the table of rights (tests).
RIGHTS = [
    Right(
        CHANGE_LIMIT,
        "change limits",
        "May change credit limits, decide what unknown outcomes cost, and grant what others ask for",
    ),
    Right(
        "jobs.approve_deadletter",
        "approve dead letters",
        "May sign off that rows which Clay may have charged for are sent, and paid for, again",
    ),
    Right("jobs.retry_deadletter", "retry dead letters", "May send dead letters again"),
    Right(DISCARD_LETTERS, "discard dead letters", "May discard dead letters, and restore them"),
    Right("jobs.edit_rows", "edit rows", "May edit what rows of dead letters send to Clay"),
    Right(
        "jobs.change_notificationrule",
        "change notifications",
        "May say who is told of alerts, and where",
    ),
    Right(
        SEE_PERSONAL_DATA,
        "take personal data away",
        "May take away files with people’s data that others uploaded: uploads, exports, CSVs of rows",
    ),
    Right(
        STEER_JOBS,
        "steer the jobs of others",
        "May set up, start, pause, cancel, rename, move and delete jobs and drafts of others",
    ),
    Right(STEER_RUNS, "steer runs", "May ask Clay again about runs of others’ jobs, wait longer, or give up"),
    Right(
        MANAGE_DESTINATIONS,
        "manage destinations",
        "May create, change, pause and archive destinations, and say how their providers are asked",
    ),
    Right(
        STEER_PROVIDERS,
        "steer providers",
        "May add, pin, reset, name, price and remove providers",
    ),
]
SHORT = {right.name: right.short for right in RIGHTS}


class Refused(Exception):
    """It cannot be so: `field` of the form, or none, says where; the text is a sentence for people."""

    def __init__(self, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Person:
    """Somebody with an account, as the page shows them."""

    user: User
    rights: list[Right] = field(default_factory=list)
    """Those that were ticked; an owner has all of them anyway."""

    @property
    def state(self) -> str:
        """ "active", "invited" (no password yet) or "off"."""
        if not self.user.is_active:
            return "off"
        return "active" if self.user.has_usable_password() else "invited"

    @property
    def right_names(self) -> list[str]:
        return [right.name for right in self.rights]


def person_of(user: User) -> Person:
    has = {f"{each.content_type.app_label}.{each.codename}" for each in user.user_permissions.all()}
    return Person(user, [right for right in RIGHTS if right.name in has])


def everyone() -> list[Person]:
    """By name; who is switched off comes last."""
    users = User.objects.prefetch_related("user_permissions__content_type")
    return [person_of(user) for user in sorted(users, key=lambda u: (not u.is_active, _folded(u.username)))]


def may_manage(user: User) -> bool:
    return user.is_active and user.is_superuser


def why_not(user: User | AnonymousUser, *needed: str, made_by: int | None = None) -> str:
    """Why this person may not do what needs these rights; empty where they may.

    `made_by` is the id of who made the thing, where its maker may do it without any right.
    """
    if made_by is not None and made_by == user.pk:
        return ""
    missing = [SHORT[right] for right in needed if not user.has_perm(right)]
    if not missing:
        return ""
    return f"You may not {' or '.join(missing)}. An owner can let you, on the page People."


# -- what must stay ---------------------------------------------------------------------------------------
def why_still_owner(user: User) -> str:
    """Why this owner must stay one; empty where that is not so."""
    if not user.is_superuser or _another_owner_than(user):
        return ""
    return (
        "The only owner who can sign in. Make somebody else an owner first; it counts once they have joined."
    )


def why_not_off(user: User, by: User) -> str:
    """Why `by` may not switch this person off; empty where that is not so."""
    if user == by:
        return "You cannot switch yourself off. Another owner can."
    return why_still_owner(user)


def why_no_link(user: User, by: User) -> str:
    """Why `by` can make no link for this person; empty where that is not so."""
    if user == by:
        return "You are signed in: change your own password in the settings."
    if not user.is_active:
        return "Switched off: no link works. Switch the account on first."
    return why_still_owner(user)  # making a link ends the old password


def _another_owner_than(user: User) -> bool:
    """Whether somebody else can sign in and manage people."""
    others = User.objects.filter(is_active=True, is_superuser=True).exclude(pk=user.pk)
    return any(other.has_usable_password() for other in others)


# -- changes: one at a time, and only while whoever makes them is still an owner ----------------------------
def add(by: User, username: str, rights: Collection[str], *, owner: bool) -> User:
    """A person without a password: `new_link` makes the link with which they set one. Raises Refused."""
    with transaction.atomic():
        _only(by)
        taken = next((name for name in _names() if _folded(name) == _folded(username)), "")
        if taken:
            raise Refused(f"There is somebody called {taken} already.", "username")
        user: User = User.objects.create_user(username, is_superuser=owner)
        _tick(user, rights)
    logger.info("%s added %s: %s", by, user, _what(rights, owner=owner))
    return user


def change(by: User, user: User, rights: Collection[str], *, owner: bool) -> bool:
    """What the person may do from now on. False where that was so already. Raises Refused."""
    with transaction.atomic():
        _only(by)
        user.refresh_from_db()
        if not owner and (why := why_still_owner(user)):
            raise Refused(why, "owner")
        had = person_of(user).right_names
        if (set(had), user.is_superuser) == (set(rights), owner):
            return False
        before, user.is_superuser = _what(had, owner=user.is_superuser), owner
        user.save(update_fields=["is_superuser"])
        _tick(user, rights)
    logger.info("%s changed what %s may do: %s (before: %s)", by, user, _what(rights, owner=owner), before)
    return True


def switch_off(by: User, user: User) -> bool:
    """Nobody signs in with the account any more, and whoever is signed in is so no longer. Raises Refused."""
    with transaction.atomic():
        _only(by)
        if why := why_not_off(user, by):
            raise Refused(why)
        changed = User.objects.filter(pk=user.pk, is_active=True).update(is_active=False)
        _end_sessions(user)
    if changed:
        logger.info("%s switched %s off", by, user)
    return bool(changed)


def switch_on(by: User, user: User) -> bool:
    """As before: the same password, the same rights; but nobody is signed in by that."""
    with transaction.atomic():
        _only(by)
        changed = User.objects.filter(pk=user.pk, is_active=False).update(is_active=True)
    if changed:
        logger.info("%s switched %s on", by, user)
    return bool(changed)


def _only(by: User) -> None:
    """Wait for anyone else in here; `by` may have lost the ownership meanwhile."""
    one_at_a_time()
    if not User.objects.filter(pk=by.pk, is_active=True, is_superuser=True).exists():
        raise PermissionDenied


def _names() -> list[str]:
    return list(User.objects.values_list("username", flat=True))


def _folded(username: str) -> str:
    """Names that differ in capitals only are the same; SQLite knows those of ASCII only."""
    return username.casefold()


def permissions_of(names: Collection[str]) -> QuerySet[Permission]:
    """The permissions behind the rights with these names."""
    wanted = Q(pk__in=[])
    for right in RIGHTS:
        if right.name in names:
            wanted |= right.permission
    return Permission.objects.filter(wanted)


def _tick(user: User, rights: Collection[str]) -> None:
    """Exactly these of ours; what else Django may keep for the person stays."""
    ours, wanted = permissions_of([right.name for right in RIGHTS]), permissions_of(rights)
    user.user_permissions.remove(*ours.exclude(pk__in=wanted))
    user.user_permissions.add(*wanted)


def _what(rights: Collection[str], *, owner: bool) -> str:
    said = ["owner"] * owner + [right.short for right in RIGHTS if right.name in rights]
    return ", ".join(said) or "no special right"


def _end_sessions(user: User) -> None:
    """For good: they do not come back when the account is switched on again."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


# -- links --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Link:
    """Where the person sets a password: a path of ours, good once, and until then at most."""

    path: str
    until: datetime


def new_link(by: User, user: User) -> Link:
    """The only link that works for the person. Their password, if any, ends, and so do their sessions.

    Raises Refused.
    """
    with transaction.atomic():
        _only(by)
        user.refresh_from_db()
        if why := why_no_link(user, by):
            raise Refused(why)
        user.set_unusable_password()  # a random text: what was signed with another one is void
        user.save(update_fields=["password"])
    logger.info("%s made a link for %s to set a password", by, user)
    uid, token = urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)
    until = timezone.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    return Link(reverse("join", args=[uid, token]), until)


def invited(uid: str, token: str) -> User | None:
    """Whose link it is; None for one that does not work, or no longer."""
    try:
        user = User.objects.get(pk=int(urlsafe_base64_decode(uid)), is_active=True)
    except (ValueError, OverflowError, User.DoesNotExist):
        return None
    return user if default_token_generator.check_token(user, token) else None


def join(uid: str, token: str, password: str) -> User:
    """Set the password of the link's person; the caller has checked its strength. Raises LinkUsed.

    Of two who post at once, one gets it.
    """
    with transaction.atomic():
        one_at_a_time()
        user = invited(uid, token)
        if user is None:
            raise LinkUsed
        user.set_password(password)
        user.save(update_fields=["password"])
    logger.info("%s set a password by way of a link", user)
    return user
