"""Rules: who may change them, what they say, and what each button does. The address is never shown."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from jobs import notifying
from jobs.models import AlertRecord, Notice, NotificationRule
from jobs.notifying import sealing
from tests.clayops.clay.server import Server, says

SECRET = "x1Y2tok3nz9"
PAGE = "/settings/notifications"


@pytest.fixture
def place() -> Iterator[Server]:
    server = Server([says(200, {})])
    yield server
    server.close()


@pytest.fixture
def rule(db: None, place: Server) -> NotificationRule:
    target = sealing.seal(f"json://127.0.0.1:{place.port}/{SECRET}")
    return NotificationRule.objects.create(name="Sales", target=target, service="JSON", hint="127.0.0.1")


@pytest.fixture
def keeper(ana: User, client: Client) -> Client:
    """Ana, who may change notifications and nothing else."""
    ana.user_permissions.add(Permission.objects.get(codename="change_notificationrule"))
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def noted(rule: NotificationRule) -> Notice:
    record = AlertRecord.objects.create(key="redis", kind="redis", level="bad", text="Redis is away")
    notifying.note([record], [], timezone.now())
    return rule.notices.get()


def test_with_no_rule_the_page_says_what_to_do(keeper: Client) -> None:
    assert "Nobody is told of alerts yet" in text(keeper.get(PAGE))


def test_the_list_says_what_goes_where_and_no_address(keeper: Client, rule: NotificationRule) -> None:
    NotificationRule.objects.update(kinds=["redis", "disk"], least="bad", last_sent_at=timezone.now())
    page = text(keeper.get(PAGE))
    assert "Redis is away · The disk is nearly full" in page
    assert "Only alerts, no warnings, and when they are over" in page
    assert SECRET not in page
    assert SECRET not in text(keeper.get(f"{PAGE}/{rule.pk}"))


def test_many_kinds_are_counted(keeper: Client, rule: NotificationRule) -> None:
    NotificationRule.objects.update(kinds=["redis", "disk", "audit", "stuck", "gone"])
    assert "and 2 more kinds" in text(keeper.get(PAGE))


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "not used yet"),
        ({"last_sent_at": timezone.now()}, "on"),
        ({"last_error": "Slack answered 404: gone."}, "failing"),
        ({"on": False, "last_error": "x"}, "switched off"),
    ],
)
def test_each_state_has_a_word(
    keeper: Client, rule: NotificationRule, fields: dict[str, Any], word: str
) -> None:
    NotificationRule.objects.update(**fields)
    assert keeper.get(PAGE).context["rules"][0].look.word == word


def test_a_failure_is_said_with_what_waits(keeper: Client, rule: NotificationRule) -> None:
    noted(rule)
    rule.refused("JSON answered 500: it has trouble of its own.", timezone.now())
    assert "it has trouble of its own. 1 alert waits for the next try." in text(keeper.get(PAGE))


def test_another_secret_key_is_no_error_page(
    keeper: Client, boss: User, rule: NotificationRule, settings: LazySettings
) -> None:
    NotificationRule.objects.update(target=rule.target[:-4] + "AAAA")
    assert "Type the address again" in text(keeper.get(PAGE))
    page = text(keeper.get(f"{PAGE}/{rule.pk}"))
    assert "Type the address again." in page
    assert "Leave it" not in page
    answer = keeper.post(f"{PAGE}/{rule.pk}/test", follow=True)
    assert "type the address again" in said(answer)[0]


# -- buttons ------------------------------------------------------------------------------------------------
def test_a_test_arrives_at_once_and_is_said(keeper: Client, rule: NotificationRule, place: Server) -> None:
    answer = keeper.post(f"{PAGE}/{rule.pk}/test", follow=True)
    assert said(answer) == ["JSON took the test message to Sales. See whether it is there."]
    assert "ana tried “Sales” out" in place.requests[0].json["message"]


def test_a_test_that_fails_says_why(keeper: Client, rule: NotificationRule, place: Server) -> None:
    place.answers = [says(404, {})]
    answer = keeper.post(f"{PAGE}/{rule.pk}/test", follow=True)
    expected = "JSON answered 404: there is nothing at that address (any more)."
    assert said(answer) == [f"The test message to Sales was not taken. {expected}"]
    assert expected in text(answer)


def test_a_rule_is_switched_off_and_on(keeper: Client, rule: NotificationRule) -> None:
    noted(rule)
    for verb, is_on in (("off", False), ("off", False), ("on", True)):
        keeper.post(f"{PAGE}/{rule.pk}/{verb}")
        rule.refresh_from_db()
        assert rule.on == is_on
    assert not Notice.objects.exists()


def test_a_rule_is_deleted_after_a_question(keeper: Client, rule: NotificationRule) -> None:
    noted(rule)
    page = text(keeper.get(f"{PAGE}/{rule.pk}/delete"))
    assert "1 alert that waits" in page
    assert NotificationRule.objects.exists()
    assert said(keeper.post(f"{PAGE}/{rule.pk}/delete", follow=True))
    assert not NotificationRule.objects.exists()


# -- who ----------------------------------------------------------------------------------------------------
PARTS = ["", "/new", "/{pk}", "/{pk}/test", "/{pk}/on", "/{pk}/off", "/{pk}/delete"]


@pytest.mark.parametrize("part", PARTS)
def test_who_may_not_is_refused(client: Client, rule: NotificationRule, part: str) -> None:
    address = PAGE + part.format(pk=rule.pk)
    before = list(NotificationRule.objects.values())
    assert {client.get(address).status_code, client.post(address).status_code} <= {403, 405}
    assert list(NotificationRule.objects.values()) == before


@pytest.mark.parametrize("part", PARTS)
def test_a_stranger_is_sent_to_sign_in(stranger: Client, rule: NotificationRule, part: str) -> None:
    address = PAGE + part.format(pk=rule.pk)
    assert stranger.post(address)["Location"].startswith("/signin?next=")


def test_an_owner_may(boss_client: Client, rule: NotificationRule) -> None:
    assert boss_client.get(PAGE).status_code == 200


def test_the_right_can_be_given_on_the_people_page(boss_client: Client, ana: User) -> None:
    boss_client.post(f"/people/{ana.pk}", {"rights": ["jobs.change_notificationrule"]})
    assert User.objects.get(pk=ana.pk).has_perm("jobs.change_notificationrule")


def test_the_settings_lead_there_or_say_whom_to_ask(client: Client, boss: User, ana: User) -> None:
    User.objects.create_superuser("zed", is_active=False)
    assert "You may not change that: ask bea." in text(client.get("/settings"))
    ana.user_permissions.add(Permission.objects.get(codename="change_notificationrule"))
    page = text(client.get("/settings"))
    assert f'href="{PAGE}">Set them up' in page
    assert "So far nobody is told." in page


def test_the_settings_count_what_fails(keeper: Client, rule: NotificationRule) -> None:
    rule.refused("gone", timezone.now() - timedelta(hours=1))
    assert "1 failing" in text(keeper.get("/settings"))


@pytest.mark.parametrize("part", ["test", "on", "off"])
def test_looking_changes_nothing(keeper: Client, rule: NotificationRule, part: str) -> None:
    assert keeper.get(f"{PAGE}/{rule.pk}/{part}").status_code == 405


@pytest.mark.parametrize("part", ["", "/delete"])
def test_what_is_not_there_is_a_404(keeper: Client, part: str) -> None:
    assert keeper.get(f"{PAGE}/4711{part}").status_code == 404
