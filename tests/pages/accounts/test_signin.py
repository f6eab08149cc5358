from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.pages.conftest import PASSWORD


def sign_in(browser: Client, password: str = PASSWORD, **more: str) -> Any:
    return browser.post("/signin", {"username": "ana", "password": password, **more})


def test_ana_signs_in(stranger: Client, ana: User) -> None:
    assert sign_in(stranger)["Location"] == "/"
    assert stranger.get("/").status_code == 200


def test_she_goes_on_to_where_she_wanted(stranger: Client, ana: User) -> None:
    assert 'value="/jobs?state=done"' in stranger.get("/signin?next=/jobs%3Fstate%3Ddone").content.decode()
    assert sign_in(stranger, next="/jobs")["Location"] == "/jobs"


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test", "javascript:alert(1)"])
def test_but_never_to_another_site(stranger: Client, ana: User, elsewhere: str) -> None:
    assert sign_in(stranger, next=elsewhere)["Location"] == "/"


def test_a_wrong_password_is_said_plainly(stranger: Client, ana: User) -> None:
    answer = sign_in(stranger, "wrong")
    assert answer.status_code == 422
    assert "do not match" in answer.content.decode()


def test_ten_wrong_passwords_lock_for_a_while(stranger: Client, ana: User) -> None:
    for _ in range(10):
        answer = sign_in(stranger, "wrong")
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.content.decode()
    assert sign_in(stranger).status_code == 429


def test_who_is_signed_in_need_not_again(client: Client) -> None:
    assert client.get("/signin")["Location"] == "/"


def test_signing_out_takes_a_post(client: Client) -> None:
    assert client.get("/signout").status_code == 405
    assert client.post("/signout")["Location"] == "/signin"
    assert client.get("/").status_code == 302


def test_a_live_part_after_the_session_ended_reloads_the_page(stranger: Client) -> None:
    answer = stranger.get("/live/chrome", headers={"HX-Request": "true"}, follow=True)
    assert answer["HX-Refresh"] == "true"
