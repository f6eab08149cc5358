"""The one-time link that makes the owner's account."""

from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from pytest_django.fixtures import Settings

from clayops.people import first_owner
from tests.clayops.up.product import python

RACE = """
import threading
from django.core.management import call_command
from django.contrib.auth.models import User
from clayops.people import first_owner
call_command("migrate", "auth", verbosity=0)
token, together, outcomes = first_owner.link_token(), threading.Barrier(2), []
def post(name):
    together.wait()
    try:
        outcomes.append(first_owner.create_owner(token, name, "a long pass phrase").username)
    except first_owner.LinkUsed:
        outcomes.append("used")
threads = [threading.Thread(target=post, args=(name,)) for name in ("ada", "grace")]
[thread.start() for thread in threads], [thread.join() for thread in threads]
print(outcomes.count("used"), User.objects.count())
"""


@pytest.fixture(autouse=True)
def _own_folder(data: Path, settings: Settings) -> None:
    settings.DATA_DIR = data


@pytest.mark.django_db
def test_the_link_makes_an_owner_who_may_do_everything() -> None:
    ada = first_owner.create_owner(first_owner.link_token(), "ada", "a long pass phrase")
    assert ada.is_superuser
    assert ada.check_password("a long pass phrase")


@pytest.mark.django_db
def test_it_works_once() -> None:
    token = first_owner.link_token()
    first_owner.create_owner(token, "ada", "a long pass phrase")
    assert not first_owner.is_valid(token)
    with pytest.raises(first_owner.LinkUsed):
        first_owner.create_owner(token, "grace", "a long pass phrase")


@pytest.mark.django_db
def test_it_never_works_again_though_all_users_are_gone() -> None:
    token = first_owner.link_token()
    first_owner.create_owner(token, "ada", "a long pass phrase").delete()
    assert not first_owner.is_valid(token)


@pytest.mark.django_db
def test_it_is_of_no_use_once_somebody_has_an_account() -> None:
    token = first_owner.link_token()
    get_user_model().objects.create_user("grace")
    assert not first_owner.is_valid(token)


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "x", "ümlaut", "a" * 5000])
def test_a_guess_is_refused(token: str) -> None:
    first_owner.link_token()
    assert not first_owner.is_valid(token)
    with pytest.raises(first_owner.LinkUsed):
        first_owner.create_owner(token, "mallory", "a long pass phrase")


@pytest.mark.django_db
def test_it_stays_the_same_until_it_is_used() -> None:
    assert first_owner.link_token() == first_owner.link_token()


def test_of_two_who_post_at_once_one_becomes_the_owner(data: Path) -> None:
    assert python(RACE, data) == "1 1"
