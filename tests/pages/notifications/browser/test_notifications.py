"""Notification rules, with and without JavaScript: adding, trying out, deleting; and how all of it looks."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from jobs.alerting.kinds import KINDS
from jobs.models import AlertRecord, Notice, NotificationRule
from jobs.notifying import sealing
from tests.clayops.clay.server import Server, says
from tests.pages.browser_fixtures import Open, both_looks
from tests.pages.looks import look

PAGE = "/settings/notifications"
scripted = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])


@pytest.fixture
def owner(ana: User) -> User:
    ana.is_superuser = True
    ana.save(update_fields=["is_superuser"])
    return ana


@pytest.fixture
def place() -> Iterator[Server]:
    server = Server([says(200, {})])
    yield server
    server.close()


def a_rule(name: str, service: str, hint: str, **fields: object) -> NotificationRule:
    target = sealing.seal("json://127.0.0.1:1/x")
    return NotificationRule.objects.create(name=name, service=service, hint=hint, target=target, **fields)


@scripted
def test_a_rule_is_added_and_tried_out(open_page: Open, owner: User, place: Server, javascript: bool) -> None:
    page = open_page("/settings", java_script_enabled=javascript)
    page.get_by_role("link", name="Set them up").click()
    page.get_by_role("link", name="Add a rule").click()
    page.get_by_label("Name", exact=True).fill("Revops on call")
    page.get_by_label("Something else").check()
    page.get_by_label("Apprise address").fill("https://north.test/hook")
    page.get_by_role("button", name="Save and send a test").click()
    expect(page.locator("#place-other")).to_contain_text("begin with jsons:// in place of https://")
    expect(page.get_by_label("Apprise address")).to_have_value("https://north.test/hook")
    page.get_by_label("Apprise address").fill(f"json://127.0.0.1:{place.port}/hook")
    page.get_by_role("button", name="Save and send a test").click()
    expect(page.get_by_text("JSON took the test message to Revops on call.")).to_be_visible()
    assert len(place.requests) == 1
    page.get_by_role("button", name="Send a test to Revops on call").click()
    expect(page.locator(".rule")).to_contain_text("JSON · 127.0.0.1")
    assert len(place.requests) == 2


@scripted
def test_only_the_fields_of_the_choice_are_shown(open_page: Open, owner: User, javascript: bool) -> None:
    page = open_page(f"{PAGE}/new", java_script_enabled=javascript)
    expect(page.locator("#place-slack")).to_be_visible()
    expect(page.locator("#place-mail")).to_be_hidden()
    page.get_by_label("E-mail").check()
    expect(page.get_by_label("Mail server (SMTP)")).to_be_visible()
    expect(page.locator("#place-slack")).to_be_hidden()
    expect(page.locator("#kinds")).to_be_hidden()
    page.get_by_label("Only these:").check()
    expect(page.get_by_label("The disk is nearly full")).to_be_visible()


@scripted
def test_a_rule_is_deleted_after_a_question(open_page: Open, owner: User, javascript: bool) -> None:
    a_rule("Sales", "Slack", "…xY3z")
    page = open_page(PAGE, java_script_enabled=javascript)
    page.get_by_role("link", name="Delete Sales …").click()
    where = page.get_by_role("dialog") if javascript else page.locator("main")
    expect(where).to_contain_text("Nothing is sent to Slack (…xY3z) by it any more")
    where.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Sales is deleted")).to_be_visible()
    expect(page.get_by_text("Nobody is told of alerts yet")).to_be_visible()


def test_the_place_is_chosen_by_keyboard(open_page: Open, owner: User) -> None:
    page = open_page(f"{PAGE}/new")
    page.get_by_label("Slack").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Workflow address")).to_be_focused()


# -- how it looks -------------------------------------------------------------------------------------------
@pytest.fixture
def rules(owner: User) -> dict[str, NotificationRule]:
    """One of every state."""
    now = timezone.now()
    made = {
        "on": a_rule("Revops on call", "Slack", "…xY3z", last_sent_at=now - timedelta(minutes=4)),
        "failing": a_rule(
            "Whoever looks after credits in a company with a rather long name",
            "Microsoft Teams",
            "…FE5A",
            kinds=["budget", "budget_warning", "destination_budget", "limit_request", "redis"],
            last_error="Microsoft Teams answered 404: there is nothing at that address (any more).",
            last_error_at=now - timedelta(minutes=11),
            last_sent_at=now - timedelta(days=3),
        ),
        "new": a_rule("Ana", "E-mail", "a…@a-company-with-a-long-name.example and 2 more", least="bad"),
        "off": a_rule("Weekend", "PagerDuty", "…c0de", on=False, kinds=["audit"], also_resolved=False),
        "lost": a_rule("Ops", "Discord", "…V_js"),
    }
    NotificationRule.objects.filter(pk=made["lost"].pk).update(target="sealed with another key")
    record = AlertRecord.objects.create(key="redis", kind="redis", level="bad", text="Redis is away")
    Notice.objects.create(
        rule=made["failing"], record=record, what="raised", next_try_at=now + timedelta(days=1)
    )
    return made


def wrong(page: Page, place: str) -> None:
    """The form sent empty, with that place chosen."""
    page.goto(f"{PAGE}/new")
    page.locator(f"[name=where][value={place}]").check()
    page.get_by_label("Only these:").check()
    if place == "mail":
        page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved")


@both_looks
def test_every_screen(
    open_page: Open, owner: User, size: dict[str, int], colours: str, request: pytest.FixtureRequest
) -> None:
    page = open_page(PAGE, viewport=size, color_scheme=colours, reduced_motion="reduce")
    name = request.node.callspec.id
    problems = look(page, f"notifications-none-{name}")
    made = request.getfixturevalue("rules")
    screens = {"list": "", "new": "/new", "edit": f"/{made['failing'].pk}", "lost": f"/{made['lost'].pk}"}
    for screen, path in (screens | {"delete": f"/{made['failing'].pk}/delete"}).items():
        page.goto(f"{PAGE}{path}")
        problems += look(page, f"notifications-{screen}-{name}")
    for place in ("slack", "teams", "mail", "other"):
        wrong(page, place)
        problems += look(page, f"notifications-wrong-{place}-{name}")
    page.goto("/settings")
    problems += look(page, f"notifications-settings-{name}")
    User.objects.create_superuser("bea", password="kiln and glaze 9")
    User.objects.filter(pk=owner.pk).update(is_superuser=False)
    page.goto("/settings")
    problems += look(page, f"notifications-ask-{name}")
    assert problems == []


def test_all_kinds_have_a_tick(open_page: Open, owner: User) -> None:
    page = open_page(f"{PAGE}/new")
    assert page.locator("#kinds input").count() == len(KINDS)
