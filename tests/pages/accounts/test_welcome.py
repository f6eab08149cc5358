from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from clayops.people import first_owner

GOOD = {"username": "olga", "password": "kiln and glaze 9", "again": "kiln and glaze 9"}


@pytest.fixture
def link(db: None, settings: LazySettings, tmp_path: Path) -> str:
    settings.DATA_DIR = tmp_path
    return f"/welcome/{first_owner.link_token()}"


def test_olga_makes_the_owner_s_account_and_is_signed_in(stranger: Client, link: str) -> None:
    assert stranger.get(link).status_code == 200
    assert stranger.post(link, GOOD)["Location"] == "/"
    assert "Welcome, olga" in stranger.get("/").content.decode()
    assert User.objects.get().is_superuser


def test_the_link_works_once(stranger: Client, link: str) -> None:
    stranger.post(link, GOOD)
    again = Client().post(link, GOOD | {"username": "mallory"})
    assert again.status_code == 404
    assert "works once" in again.content.decode()
    assert User.objects.get().username == "olga"


def test_a_wrong_link_says_what_to_do(stranger: Client, link: str) -> None:
    answer = stranger.get("/welcome/guessed")
    assert answer.status_code == 404
    assert "make up" in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("password", "12345678", "numeric"),
        ("again", "other", "differ"),
        ("username", "o lga!", "valid"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    stranger: Client, link: str, field: str, value: str, said: str
) -> None:
    answer = stranger.post(link, GOOD | {field: value})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not User.objects.exists()
