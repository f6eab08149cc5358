"""Adding and changing a rule: what is typed becomes an address, or the field says what is wrong with it."""

import re
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from jobs.models import AlertRecord, Notice, NotificationRule
from jobs.notifying import sealing
from jobs.notifying.rules import keep
from tests.clayops.clay.server import Server, says
from tests.jobs.notifying.test_addresses import SLACK, TEAMS

NEW = "/settings/notifications/new"
MAIL = {
    "where": "mail",
    "mail_to": "ops@north.test, sales@north.test",
    "mail_from": "clay@north.test",
    "mail_host": "smtp.north.test",
    "mail_security": "starttls",
    "mail_user": "ana",
    "mail_password": " tr0ub4dor&3 ",
}


def given(**fields: Any) -> dict[str, Any]:
    base = {"name": "Revops", "where": "slack", "slack_url": SLACK, "which": "all", "least": "warn"}
    return base | fields


def post(client: Client, path: str = NEW, **fields: Any) -> Any:
    return client.post(path, given(**fields))


def url_of(rule: NotificationRule) -> str:
    return sealing.unseal(rule.target)


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 422
    return dict(answer.context["form"].errors)


def test_slack(boss_client: Client) -> None:
    assert post(boss_client, which="some", kinds=["redis", "disk"], least="bad")["Location"].endswith(
        "/notifications"
    )
    rule = NotificationRule.objects.get()
    assert (url_of(rule), rule.service, rule.hint) == (SLACK, "Slack", "…i7FQ")
    assert (rule.kinds, rule.least, rule.also_resolved) == (["redis", "disk"], "bad", False)
    assert str(rule.created_by) == "bea"


def test_teams(boss_client: Client) -> None:
    post(boss_client, where="teams", teams_url=f" {TEAMS} ", also_resolved="on")
    rule = NotificationRule.objects.get()
    assert (url_of(rule), rule.service, rule.also_resolved) == (TEAMS, "Microsoft Teams", True)


def test_e_mail(boss_client: Client) -> None:
    post(boss_client, **MAIL)
    rule = NotificationRule.objects.get()
    assert (rule.service, rule.hint) == ("E-mail", "o…@north.test and 1 more")
    assert url_of(rule).startswith("mailtos://ana:%20tr0ub4dor%263%20@smtp.north.test:587?")


def test_any_other_address(boss_client: Client) -> None:
    post(boss_client, where="other", other_url="discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js")
    assert NotificationRule.objects.get().service == "Discord"


def test_fields_of_what_was_not_chosen_are_not_read(boss_client: Client) -> None:
    post(boss_client, teams_url="nonsense", other_url="nonsense", mail_port="x", kinds=["redis"])
    assert NotificationRule.objects.get().kinds == []


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": ""}, "name", "Give it a name"),
        ({"where": ""}, "where", "Choose where"),
        ({"slack_url": ""}, "slack_url", "Paste the webhook"),
        ({"slack_url": "https://slack.com/x"}, "slack_url", "hooks.slack.com"),
        ({"where": "teams", "teams_url": SLACK}, "teams_url", "no address of a workflow"),
        ({"where": "other", "other_url": "foo://x"}, "other_url", "knows no service foo://"),
        ({"where": "keep"}, "where", "not one of the available choices"),
        ({"which": "some"}, "kinds", "Tick at least one"),
        (
            {"which": "some", "kinds": ["provider", "cells"], "least": "bad"},
            "least",
            "never more than a warning",
        ),
        (MAIL | {"mail_to": "ops"}, "mail_to", "“ops” is no e-mail address"),
        (MAIL | {"mail_to": ","}, "mail_to", "Type an e-mail address"),
        (MAIL | {"mail_from": "a@b.test,c@d.test"}, "mail_from", "Only one"),
        (MAIL | {"mail_host": "smtp.north.test:587"}, "mail_host", "Only the server’s name"),
        (MAIL | {"mail_host": ""}, "mail_host", "Type the mail server"),
        (MAIL | {"mail_port": "99999"}, "mail_port", "1 to 65535"),
        (MAIL | {"mail_port": "٣"}, "mail_port", "1 to 65535"),
        (MAIL | {"mail_password": "pässword"}, "mail_password", "ASCII"),
        (MAIL | {"mail_user": ""}, "mail_user", "needs a user name"),
        (MAIL | {"mail_security": "insecure"}, "mail_security", "for all to read"),
        (MAIL | {"mail_security": "rot13"}, "mail_security", "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    boss_client: Client, fields: dict[str, Any], field: str, words: str
) -> None:
    found = errors(post(boss_client, **fields))
    assert words in found[field][0]
    assert set(found) == {field}
    assert not NotificationRule.objects.exists()


def test_what_was_typed_is_kept_but_for_the_password(boss_client: Client) -> None:
    page = post(boss_client, **MAIL, mail_port="x", kinds=["disk"], which="some").content.decode()
    assert 'value="ops@north.test, sales@north.test"' in page
    assert re.search(r'value="mail"[^>]* checked', page)
    assert re.search(r'value="disk"[^>]* checked', page)
    assert "tr0ub4dor" not in page
    assert "Type it again" in page


def test_an_address_is_left_where_nothing_else_is_chosen(boss_client: Client) -> None:
    post(boss_client)
    rule = NotificationRule.objects.get()
    page = boss_client.get(f"/settings/notifications/{rule.pk}").content.decode()
    assert "Leave it: Slack" in page
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in page
    post(
        boss_client,
        f"/settings/notifications/{rule.pk}",
        name="Others",
        where="keep",
        slack_url="",
        least="bad",
    )
    rule.refresh_from_db()
    assert (rule.name, rule.least, url_of(rule)) == ("Others", "bad", SLACK)


def test_another_address_has_what_was_given_up_tried_again(boss_client: Client) -> None:
    post(boss_client)
    rule = NotificationRule.objects.get()
    record = AlertRecord.objects.create(key="redis", kind="redis", level="bad", text="Redis is away")
    Notice.objects.create(rule=rule, record=record, what="raised", tries=8, given_up=True)
    rule.refused("Slack answered 404", timezone.now())
    post(boss_client, f"/settings/notifications/{rule.pk}", where="teams", teams_url=TEAMS)
    rule.refresh_from_db()
    assert (rule.service, rule.last_error) == ("Microsoft Teams", "")
    assert Notice.objects.waiting().exists()


def test_an_address_that_cannot_be_read_is_no_choice(boss_client: Client, settings: LazySettings) -> None:
    post(boss_client)
    NotificationRule.objects.update(target="nonsense")
    address = f"/settings/notifications/{NotificationRule.objects.get().pk}"
    assert "where" in errors(post(boss_client, address, where="keep"))
    post(boss_client, address)
    assert url_of(NotificationRule.objects.get()) == SLACK


def test_saving_while_a_worker_sends_opens_no_gate(boss_client: Client) -> None:
    post(boss_client)
    rule = NotificationRule.objects.get()
    before = NotificationRule.objects.values_list("next_at", "last_sent_at").get()
    rule.name, rule.next_at = "Stale", timezone.now()
    keep(rule, None)
    assert NotificationRule.objects.values_list("next_at", "last_sent_at").get() == before


def test_saved_and_tried_at_once(boss_client: Client) -> None:
    place = Server([says(200, {})])
    url = f"json://127.0.0.1:{place.port}/hook"
    answer = boss_client.post(NEW, given(where="other", other_url=url, test="1"), follow=True)
    place.close()
    said = [str(message) for message in answer.context["messages"]]
    assert said == ["Revops is saved.", "JSON took the test message to Revops. See whether it is there."]
    assert len(place.requests) == 1


def test_a_page_with_a_typed_address_is_not_cached(boss_client: Client) -> None:
    assert "no-store" in post(boss_client, slack_url="x")["Cache-Control"]
