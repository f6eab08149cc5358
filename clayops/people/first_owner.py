"""The first account: a one-time link, printed by `up` while there is no user, makes its owner.

The link's token is a random text in DATA_DIR, so that only who can read that folder, or the terminal of `up`,
has it; it goes with the first account, and never comes back.
"""

from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.crypto import constant_time_compare

from clayops.base.environment import kept_secret


class LinkUsed(Exception):
    """The link is not, or no longer, good for making an account."""


def _file() -> Path:
    return Path(settings.DATA_DIR) / "welcome-token"


def link_token() -> str:
    """The token of the link that makes the owner's account; the same until one is made."""
    return kept_secret(_file())


def is_valid(token: str) -> bool:
    """Whether `token` is the link's and still of use: nobody has an account yet."""
    return _matches(token) and not get_user_model().objects.exists()


def _matches(token: str) -> bool:
    try:
        kept = _file().read_text().strip()
    except FileNotFoundError:
        return False
    return bool(kept) and constant_time_compare(token, kept)


def create_owner(token: str, username: str, password: str) -> User:
    """Make the owner, who may do everything. The caller has checked the password's strength.

    Raises LinkUsed where the link is no good any more; of two who post at once, one gets it.
    """
    with transaction.atomic():
        one_at_a_time()
        if not is_valid(token):
            raise LinkUsed
        owner: User = get_user_model().objects.create_superuser(username, password=password)
    _file().unlink(missing_ok=True)
    return owner


def one_at_a_time() -> None:
    """Wait for anyone else in here: SQLite's transactions are immediate, PostgreSQL locks this row."""
    list(ContentType.objects.select_for_update().filter(app_label="auth", model="user"))
