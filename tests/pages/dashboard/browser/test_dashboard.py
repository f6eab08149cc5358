"""The dashboard on a bad day, and what stands in the frame around every page."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from jobs.alerting import recording
from jobs.models import AlertRecord, Destination, Hold
from tests.heartbeats import sign_on
from tests.pages.bad_day import a_bad_day, reject_key
from tests.pages.browser_fixtures import DESK, PHONE, Open

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.breaks_a_promise]  # runs without a ledger

NOT_LINKED = """() => {
  const found = [];
  const texts = document.createTreeWalker(document.querySelector("#dash"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    if (/[0-9]/.test(data) && !parentElement.closest("a, svg")) found.push(data.trim());
  }
  return found;
}"""


def test_a_bad_day_is_seen_at_one_glance(open_page: Open, people: Destination) -> None:
    a_bad_day(people)
    page = open_page("/", viewport=DESK)
    expect(page.locator("#alerts .alert")).to_have_count(3)
    expect(page.locator("#alerts")).to_contain_text("5 more alerts")
    for part, rows in (("jobs", 3), ("letters", 4), ("providers", 5)):
        expect(page.locator(f"#dash-{part} tbody tr")).to_have_count(rows)
    assert page.evaluate("document.documentElement.scrollHeight") <= DESK["height"]


def test_on_a_phone_alerts_leave_room(open_page: Open, people: Destination) -> None:
    a_bad_day(people)
    page = open_page("/", viewport=PHONE)
    alerts = page.locator("#alerts").bounding_box()
    assert alerts
    assert alerts["height"] < 180
    expect(page.locator("#alerts .button").first).to_be_hidden()
    page.locator("#alerts summary").first.click()
    expect(page.locator("#alerts").get_by_role("button", name="Check now")).to_be_visible()


def test_an_alert_tells_all_when_it_is_opened_and_stays_open(open_page: Open, people: Destination) -> None:
    a_bad_day(people)
    page = open_page("/")
    first = page.locator("#alerts summary").first
    is_cut = "each => each.scrollWidth > each.clientWidth"
    assert first.evaluate(is_cut)
    first.click()
    assert not first.evaluate(is_cut)
    expect(first).to_contain_text("4 credits at stake · Clay has not said anything of it yet")
    reject_key("One more")
    expect(page.locator("#alerts")).to_contain_text("6 more alerts")
    assert not first.evaluate(is_cut)


def test_every_number_is_a_link(open_page: Open, people: Destination) -> None:
    a_bad_day(people)
    page = open_page("/")
    assert page.evaluate(NOT_LINKED) == []


def test_the_page_of_alerts_shows_each_once(open_page: Open, people: Destination) -> None:
    a_bad_day(people)
    page = open_page("/alerts")
    with page.expect_response(re.compile("/live/chrome")):
        pass
    page.wait_for_timeout(200)
    expect(page.get_by_text("Clay rejects the API key at Mobile numbers 0")).to_have_count(1)
    expect(page.locator(".alert:visible")).to_have_count(8)


def test_without_javascript_nothing_says_that_it_is_live(open_page: Open, people: Destination) -> None:
    page = open_page("/", java_script_enabled=False)
    expect(page.locator("#live")).to_be_hidden()
    expect(page.locator("[data-set-theme]").first).to_be_hidden()


def test_what_is_put_aside_is_not_well(open_page: Open, people: Destination, ana: User) -> None:
    sign_on("lanes", "results", "work", "long")
    people.put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    recording.sync()
    AlertRecord.objects.get().snooze(timezone.now() + timedelta(hours=1), ana, "Ana asks Clay")
    page = open_page("/jobs")
    pill = page.locator("#alerts-pill")
    expect(pill).to_have_text("1 put aside")
    pill.get_by_role("link").click()
    expect(page.locator("#alerts-aside")).to_contain_text("Ana asks Clay")
