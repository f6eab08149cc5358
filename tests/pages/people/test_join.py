"""The one-time link: how somebody who was added, or has lost the password, gets in."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from clayops.people import rights as rules
from clayops.people.first_owner import LinkUsed
from tests.pages.conftest import PASSWORD
from tests.pages.people.test_people import RIGHT, text

GOOD = {"password": "kiln and glaze 9", "again": "kiln and glaze 9"}


def link_in(answer: Any) -> str:
    found = re.search(r'value="http://testserver(/join/[^"]+)"', answer.content.decode())
    assert found
    return found[1]


@pytest.fixture
def invite(boss_client: Client) -> Callable[..., str]:
    """`invite("ben")`: Bea adds Ben, and the path of his link."""

    def add(name: str = "ben", **ticks: Any) -> str:
        return link_in(boss_client.post("/people/new", {"username": name, **ticks}, follow=True))

    return add


@pytest.fixture
def link(invite: Callable[..., str]) -> str:
    return invite()


def new_link(browser: Client, user: User) -> str:
    return link_in(browser.post(f"/people/{user.pk}/link", follow=True))


def test_ben_sets_a_password_in_another_browser_and_is_in(stranger: Client, link: str) -> None:
    assert "Set your password" in text(stranger.get(link))
    assert stranger.post(link, GOOD)["Location"] == "/"
    assert "Welcome, ben" in text(stranger.get("/"))
    assert stranger.get("/budget").status_code == 200
    user = stranger.get("/people").wsgi_request.user
    assert (user.get_username(), user.has_perm(RIGHT), user.is_superuser) == ("ben", False, False)


def test_from_then_on_he_signs_in_with_it(stranger: Client, link: str) -> None:
    stranger.post(link, GOOD)
    again = Client().post("/signin", {"username": "ben", "password": GOOD["password"]})
    assert again["Location"] == "/"


def test_a_right_ticked_meanwhile_is_there(boss_client: Client, stranger: Client, link: str) -> None:
    stranger.post(link, GOOD)
    boss_client.post(f"/people/{User.objects.get(username='ben').pk}", {"rights": [RIGHT]})
    assert stranger.get("/people").wsgi_request.user.has_perm(RIGHT)


def test_a_used_link_is_dead(stranger: Client, link: str) -> None:
    stranger.post(link, GOOD)
    for answer in (Client().get(link), Client().post(link, {"password": PASSWORD, "again": PASSWORD})):
        assert answer.status_code == 404
        assert "does not work (any more)" in text(answer)
    assert User.objects.get(username="ben").check_password(GOOD["password"])


def test_of_two_who_use_it_at_once_one_gets_it(link: str) -> None:
    """Both have seen the form: only the rule itself can tell."""
    uid, token = link.split("/")[2:]
    rules.join(uid, token, GOOD["password"])
    with pytest.raises(LinkUsed):
        rules.join(uid, token, "somebody else's 1")
    assert User.objects.get(username="ben").check_password(GOOD["password"])


def test_looking_uses_nothing_up(stranger: Client, link: str) -> None:
    for _ in range(3):
        assert stranger.get(link).status_code == 200
    assert stranger.post(link, GOOD).status_code == 302


@pytest.mark.parametrize(
    ("field", "given", "said"),
    [
        ("password", {"password": "12345678", "again": "12345678"}, "numeric"),
        ("password", {"password": "short", "again": "short"}, "too short"),
        ("password", {"password": "benedikta1", "again": "benedikta1"}, "too similar"),
        ("password", {"password": "password", "again": "password"}, "too common"),
        ("again", {"password": GOOD["password"], "again": "other"}, "differ"),
        ("again", {"password": GOOD["password"]}, "required"),
    ],
)
def test_a_password_that_will_not_do_is_said_at_the_field(
    stranger: Client, invite: Callable[..., str], field: str, given: dict[str, str], said: str
) -> None:
    answer = stranger.post(invite("benedikta"), given)
    assert answer.status_code == 422
    assert said in str(answer.context["form"].errors[field])
    assert said in text(answer)
    assert not User.objects.get(username="benedikta").has_usable_password()


@pytest.mark.parametrize(
    "change",
    [
        lambda uid, token: (uid, token[:-1] + "x"),
        lambda uid, token: ("MQ", token),
        lambda uid, token: ("!!", token),
        lambda uid, token: ("_-8", token),
        lambda uid, token: ("OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", token),
        lambda uid, token: (uid, "0-0"),
        lambda uid, token: (uid, "nonsense"),
    ],
)
def test_a_link_that_is_not_right_says_what_to_do(stranger: Client, link: str, change: Any) -> None:
    answer = stranger.post("/join/{}/{}".format(*change(*link.split("/")[2:])), GOOD)
    assert answer.status_code == 404
    assert "ask an owner" in text(answer)
    assert not User.objects.get(username="ben").has_usable_password()


def test_it_ends_by_itself(stranger: Client, link: str, settings: LazySettings) -> None:
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert stranger.get(link).status_code == 404


def test_a_newer_link_ends_the_older(boss_client: Client, stranger: Client, link: str) -> None:
    newer = new_link(boss_client, User.objects.get(username="ben"))
    assert stranger.get(link).status_code == 404
    assert stranger.post(newer, GOOD).status_code == 302


def test_a_new_link_ends_the_password_and_the_sessions(
    boss_client: Client, client: Client, ana: User
) -> None:
    assert "The password of ana ends now" in text(boss_client.get(f"/people/{ana.pk}/link"))
    link = new_link(boss_client, ana)
    assert client.get("/")["Location"].startswith("/signin")
    assert client.post("/signin", {"username": "ana", "password": PASSWORD}).status_code == 422
    assert client.post(link, GOOD)["Location"] == "/"


def test_a_link_of_somebody_switched_off_is_dead(boss_client: Client, stranger: Client, link: str) -> None:
    ben = User.objects.get(username="ben")
    boss_client.post(f"/people/{ben.pk}/off")
    assert stranger.post(link, GOOD).status_code == 404
    assert "Switch the account on first" in text(boss_client.post(f"/people/{ben.pk}/link", follow=True))


def test_for_oneself_there_is_the_settings_page(boss_client: Client, boss: User) -> None:
    answer = boss_client.post(f"/people/{boss.pk}/link", follow=True)
    assert "change your own password in the settings" in text(answer)
    assert boss_client.get("/").status_code == 200


def test_it_is_shown_once(boss_client: Client, link: str) -> None:
    ben = User.objects.get(username="ben")
    again = text(boss_client.get(f"/people/{ben.pk}/link"))
    assert "/join/" not in again
    assert "Make a new link for ben?" in again
    assert all("/join/" not in str(each.get_decoded()) for each in Session.objects.all())


def test_it_is_not_shown_at_somebody_else_s_place(boss_client: Client, ana: User) -> None:
    boss_client.post("/people/new", {"username": "ben"})
    assert "/join/" not in text(boss_client.get(f"/people/{ana.pk}/link"))


def test_neither_page_is_kept_by_browsers_or_sends_its_address_elsewhere(
    boss_client: Client, stranger: Client, link: str
) -> None:
    ben = User.objects.get(username="ben")
    shown = boss_client.post(f"/people/{ben.pk}/link", follow=True)
    for answer in (shown, stranger.get(link_in(shown)), stranger.get(link)):
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "same-origin"
        assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_whoever_is_signed_in_is_told_whose_link_it_is(boss_client: Client, link: str) -> None:
    assert "You are signed in as bea." in text(boss_client.get(link))
    boss_client.post(link, GOOD)
    assert boss_client.get("/people").wsgi_request.user.get_username() == "ben"


def test_ten_wrong_passwords_do_not_shut_out_who_has_a_link(boss_client: Client, ana: User) -> None:
    browser = Client()
    for _ in range(10):
        locked = browser.post("/signin", {"username": "ana", "password": "wrong"})
    assert locked.status_code == 429
    assert browser.post(new_link(boss_client, ana), GOOD)["Location"] == "/"
    assert browser.get("/").status_code == 200


def test_a_link_does_not_lift_the_lock_of_others(boss_client: Client, ana: User, link: str) -> None:
    browser = Client()
    for _ in range(10):
        browser.post("/signin", {"username": "ana", "password": "wrong"})
    browser.post(link, GOOD)
    assert Client().post("/signin", {"username": "ana", "password": PASSWORD}).status_code == 429


def test_strange_methods_are_refused(stranger: Client, link: str) -> None:
    assert stranger.put(link).status_code == 405


def test_the_link_is_not_logged(invite: Callable[..., str], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="clayops"):
        link = invite()
    assert "bea made a link for ben to set a password" in caplog.messages
    assert link.split("/")[-1] not in caplog.text


def test_until_is_the_timeout_from_now(boss: User, settings: LazySettings) -> None:
    settings.PASSWORD_RESET_TIMEOUT = 3600
    ben = rules.add(boss, "ben", [], owner=False)
    made = rules.new_link(boss, ben)
    assert made.until - ben.date_joined < timedelta(hours=1, minutes=1)
