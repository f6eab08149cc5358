"""Guessing is slow, and locks out nobody but who guesses."""

import logging
from ipaddress import ip_network
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from tests.pages.conftest import PASSWORD


def sign_in(name: str, password: str, address: str, **headers: str) -> Any:
    given = {"username": name, "password": password}
    return Client().post("/signin", given, REMOTE_ADDR=address, headers=headers)


def test_a_stranger_elsewhere_locks_nobody_out(ana: User) -> None:
    for _ in range(12):
        sign_in("ana", "wrong", "203.0.113.9")
    assert sign_in("ana", PASSWORD, "203.0.113.9").status_code == 429
    assert sign_in("ana", PASSWORD, "198.51.100.7").status_code == 302


def test_nor_does_one_behind_the_same_proxy(ana: User, settings: LazySettings) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    for number in range(12):
        sign_in("ana", "wrong", "10.0.0.1", **{"X-Forwarded-For": f"192.0.2.{number}, 203.0.113.9, 10.0.0.2"})
    assert sign_in("ana", PASSWORD, "10.0.0.1", **{"X-Forwarded-For": "203.0.113.9"}).status_code == 429
    assert sign_in("ana", PASSWORD, "10.0.0.1", **{"X-Forwarded-For": "198.51.100.7"}).status_code == 302


def test_who_is_no_proxy_of_ours_cannot_name_an_address(ana: User) -> None:
    for number in range(12):
        sign_in("ana", "wrong", "203.0.113.9", **{"X-Forwarded-For": f"192.0.2.{number}"})
    assert sign_in("ana", PASSWORD, "203.0.113.9").status_code == 429


def test_one_password_on_many_names_meets_a_limit_that_known_people_pass(ana: User) -> None:
    User.objects.create_user("new", password=PASSWORD)
    assert sign_in("ana", PASSWORD, "203.0.113.9").status_code == 302
    answers = [sign_in(f"name{number}", "spring", "203.0.113.9").status_code for number in range(51)]
    assert answers[0] == 422
    assert answers[-1] == 429
    assert sign_in("new", PASSWORD, "203.0.113.9").status_code == 429
    assert sign_in("ana", PASSWORD, "203.0.113.9").status_code == 302


def test_the_old_password_cannot_be_guessed_without_end(client: Client) -> None:
    new = "terracotta evening 7"
    given = {"old_password": "wrong", "new_password1": new, "new_password2": new}
    answers = [client.post("/password", given).status_code for _ in range(10)]
    assert answers[:9] == [422] * 9
    assert client.post("/password", given | {"old_password": PASSWORD}).status_code == 429


@pytest.mark.parametrize("weak", ["clay water1", "anastasia.north"])
def test_short_passwords_and_ones_like_the_name_are_refused(client: Client, ana: User, weak: str) -> None:
    User.objects.filter(pk=ana.pk).update(username="anastasia.north")
    given = {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak}
    assert client.post("/password", given).status_code == 422


def test_failed_sign_ins_and_locks_are_in_the_security_log(
    ana: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "clayops.security"):
        for _ in range(10):
            answer = sign_in("ana\nforged line", "wrong", "203.0.113.9")
    lines = [each.getMessage() for each in caplog.records if each.name == "clayops.security"]
    assert len([line for line in lines if line.startswith("sign-in failed")]) == 10
    assert lines[-1].startswith("locked out")
    assert lines[-1].endswith(f"address=203.0.113.9 request={answer['X-Request-Id']}")
    assert not any("\n" in line or "wrong" in line for line in lines)
