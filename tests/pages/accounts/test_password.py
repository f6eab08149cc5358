from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from tests.pages.conftest import PASSWORD

NEW = "terracotta evening 7"


def change(client: Client, old: str = PASSWORD, again: str = NEW) -> Any:
    return client.post("/password", {"old_password": old, "new_password1": NEW, "new_password2": again})


def test_ana_changes_her_password_and_stays_signed_in(client: Client, ana: User) -> None:
    assert change(client)["Location"] == "/settings"
    ana.refresh_from_db()
    assert ana.check_password(NEW)
    assert "Your password is changed" in client.get("/settings").content.decode()


def test_her_other_browser_is_signed_out(client: Client, ana: User) -> None:
    other = Client()
    other.force_login(ana)
    change(client)
    assert other.get("/").status_code == 302


def test_the_old_password_is_needed(client: Client, ana: User) -> None:
    assert change(client, old="guess").status_code == 422
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)


def test_both_must_be_the_same(client: Client) -> None:
    assert change(client, again="another").status_code == 422
