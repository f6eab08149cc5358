"""The budget page and the page of a day, in a real browser."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from playwright.sync_api import expect

from budget import credits
from budget.models import Basis
from jobs.models import Destination
from tests.pages.browser_fixtures import Open, both_looks
from tests.pages.budget.budget_support import days_ago, midday, reserved, spent
from tests.pages.looks import look
from tests.support import a_destination, csv_of, running


@pytest.fixture
def used(people: Destination) -> Destination:
    """Much of today's limit, and a few days before."""
    phones = a_destination("Phone finder with a rather long name", daily_limit=3_000)
    for back in range(0, 80, 3):
        spent(
            500 + 100 * back,
            at=days_ago(back),
            destination=people.pk,
            label="a-list-2026-final-v2.csv, batch 1",
        )
    for hour in range(8):
        at = midday() - timedelta(hours=hour)
        spent(
            400,
            Basis.REPORTED,
            of=420,
            at=at,
            destination=people.pk,
            job=hour,
            label=f"file-{hour}.csv, batch 1",
        )
    spent(2_900, Basis.UNKNOWN, destination=phones.pk, job=99)
    reserved(1_200, destination=people.pk)
    running(people, csv_of(120))
    credits.set_limit(Decimal(9_000), None, today_only=True)
    with pytest.raises(credits.Refused):
        reserved(200, destination=phones.pk)
    return people


@both_looks
def test_both_pages_at_their_looks(
    open_page: Open, used: Destination, size: dict[str, int], colours: str, request: pytest.FixtureRequest
) -> None:
    page = open_page("/budget", viewport=size, color_scheme=colours, reduced_motion="reduce")
    expect(page.get_by_text("stops at 9,000", exact=True)).to_be_visible()
    name = request.node.callspec.id
    problems = look(page, f"budget-used-{name}")
    for summary in page.get_by_text("As a table").all():
        summary.click()
    problems += look(page, f"budget-tables-{name}")
    page.goto(f"/budget/day/{midday():%Y-%m-%d}")
    problems += look(page, f"budget-day-{name}")
    page.goto(f"/budget/day/{days_ago(1):%Y-%m-%d}")
    assert problems + look(page, f"budget-empty-day-{name}") == []


def test_a_reservation_appears_without_a_reload(open_page: Open, people: Destination) -> None:
    spent(300, destination=people.pk)
    page = open_page("/budget")
    page.evaluate("window.still = true")
    today = page.locator("#budget-today")
    expect(today.locator(".spend")).to_contain_text("0 reserved")
    page.locator("#hours-table summary").click()
    reserved(200, destination=people.pk, job=7, label="new.csv, batch 1")
    expect(today.locator(".spend")).to_contain_text("200 reserved")
    expect(page.locator("#budget-by-job")).to_contain_text("new.csv")
    expect(page.locator("#hours-table")).to_have_attribute("open", "")
    assert page.evaluate("window.still")


def test_half_typed_numbers_outlive_it(open_page: Open, people: Destination) -> None:
    page = open_page("/budget")
    page.get_by_label("How many credits more").fill("12")
    reserved(200, destination=people.pk)
    expect(page.locator("#budget-today .spend")).to_contain_text("200 reserved")
    expect(page.get_by_label("How many credits more")).to_have_value("12")


def test_saving_the_warnings_keeps_what_is_typed_for_the_limit(
    open_page: Open, people: Destination, ana: User
) -> None:
    ana.user_permissions.add(Permission.objects.get(codename="change_limit"))
    page = open_page("/budget")
    page.get_by_label("Credits a day").fill("12000")
    page.get_by_label("Warn at, in %").fill("70")
    page.get_by_role("button", name="Save the warnings").click()
    expect(page.get_by_text("Pages warn at 70 % from now on.")).to_be_visible()
    expect(page.get_by_label("Credits a day")).to_have_value("12000")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_limit_comes_right_after_today_for_eye_and_keyboard(
    open_page: Open, used: Destination, width: int
) -> None:
    page = open_page("/budget", viewport={"width": width, "height": 740})
    page.get_by_role("link", name="change the limit", exact=True).click()
    expect(page).to_have_url(re.compile("#limit-panel$"))
    tops = [
        page.locator(name).bounding_box()["y"]  # type: ignore[index]
        for name in ("#budget-today", "#limit-panel", "#budget-hours")
    ]
    assert tops == sorted(tops)


def test_a_bar_leads_to_the_ledger_of_its_hour(open_page: Open, people: Destination) -> None:
    spent(300, at=midday(), destination=people.pk)
    page = open_page("/budget")
    page.locator("#budget-hours .plot-link").click()
    expect(page).to_have_url(re.compile(r"/budget/ledger\?day=[0-9-]+&hour=12$"))


def test_the_tables_are_reached_by_keyboard(open_page: Open, people: Destination) -> None:
    spent(300, at=midday(), destination=people.pk)
    page = open_page("/budget")
    page.locator("#days-table summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/budget/day/{midday():%Y-%m-%d}$"))


def test_it_can_be_read_without_javascript(open_page: Open, used: Destination) -> None:
    page = open_page("/budget", java_script_enabled=False)
    expect(page.get_by_text("By destination")).to_be_visible()
    page.locator("#days-table summary").click()
    expect(page.locator("#days-table tbody tr").first).to_be_visible()
