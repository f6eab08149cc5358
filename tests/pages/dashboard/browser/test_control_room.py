"""The control room by a real browser: what goes wrong shows on an open page, without a reload."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clayops.sandbox.server import Sandbox
from jobs.models import Destination, Hold, Submission, Trouble
from jobs.results import polling
from jobs.upkeep import tick
from tests.heartbeats import sign_on
from tests.pages.browser_fixtures import DESK, Open
from tests.pages.providers.provider_data import providers_in_every_state
from tests.support import csv_of, running, send

pytestmark = pytest.mark.django_db(transaction=True)


def all_alive() -> None:
    """As if workers and scheduler ran."""
    sign_on("lanes", "results", "work", "long")


def test_a_run_that_hangs_shows_on_an_open_dashboard(
    open_page: Open, people: Destination, clay: Sandbox
) -> None:
    all_alive()
    clay.settings(next_stuck=1)
    Destination.objects.update(timeout_minutes=0.05)
    running(people)
    send(Destination.objects.get())
    page = open_page("/")
    expect(page.locator("#dash-out")).to_contain_text("1 run · 3 rows")
    page.evaluate("window.sameAsBefore = true")
    time_out = Submission.objects.get().timeout_at
    while not page.locator("#alerts").get_by_text("Run stuck: out for").is_visible():
        tick.tick()
        assert time_out
        assert timezone.now() < time_out + timedelta(minutes=1), "nobody sees it within a minute"
        page.wait_for_timeout(500)
    expect(page.locator("#alerts")).to_contain_text("table t_people")
    expect(page).to_have_title("(1) Dashboard · ClayOps")
    assert page.evaluate("window.sameAsBefore"), "the page was not loaded again"


def test_waiting_longer_is_asked_in_a_dialog_and_ends_the_alert(
    open_page: Open, people: Destination, clay: Sandbox
) -> None:
    all_alive()
    clay.settings(next_stuck=1)
    running(people)
    send(people)
    run = Submission.objects.select_related("destination").get()
    polling.trouble(run, Trouble.STUCK, "No result within 30 minutes")
    page = open_page("/jobs")
    page.get_by_role("link", name="Wait longer").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("2 hours").check()
    dialog.get_by_role("button", name="Wait").click()
    expect(page.locator(".toast")).to_contain_text("No alert for it before")
    expect(page.locator("#alerts-pill")).to_have_text("All well")
    expect(page).to_have_url("/jobs")


def test_an_alert_that_ends_takes_its_count_with_it(open_page: Open, people: Destination) -> None:
    all_alive()
    people.put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    page = open_page("/jobs")
    expect(page).to_have_title("(1) Jobs · ClayOps")
    assert (page.locator("link[rel=icon]").get_attribute("href") or "").startswith("data:image/svg+xml")
    people.lift_hold()
    expect(page.locator("#alerts-pill")).to_have_text("All well")
    expect(page).to_have_title("Jobs · ClayOps")


def test_an_unchanged_page_is_answered_with_nothing(open_page: Open, people: Destination) -> None:
    all_alive()
    page = open_page("/")
    statuses: list[int] = []
    page.on("response", lambda answer: statuses.append(answer.status) if "/live/" in answer.url else None)
    page.wait_for_timeout(6500)
    assert len(statuses) >= 4
    assert statuses.count(204) >= len(statuses) - 4, "once a part, once more after a minute"


def test_the_dashboard_is_seen_at_one_glance(open_page: Open, people: Destination) -> None:
    all_alive()
    providers_in_every_state(people)
    for number in range(6):
        running(people, csv_of(30), name=f"leads-{number}.csv")
    people.put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    page = open_page("/", viewport=DESK)
    expect(page.locator("#dash-workers")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollHeight") <= DESK["height"]


def test_putting_an_alert_aside(open_page: Open, people: Destination) -> None:
    all_alive()
    people.put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    page = open_page("/alerts")
    page.get_by_role("link", name="Put aside: Clay rejects the API key at People").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why").fill("Ana asks Clay")
    dialog.get_by_role("button", name="Put aside").click()
    expect(page.locator("#alerts-aside")).to_contain_text("Ana asks Clay")
    expect(page.locator("#alerts-pill")).to_have_text("1 put aside")
    page.get_by_role("button", name="Show again").click()
    expect(page.locator("#alerts-pill")).to_have_text("1 alert")
