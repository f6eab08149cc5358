"""The mapping of outcomes: its preview follows what is typed, asks no more than it must, loses nothing."""

import pytest
from playwright.sync_api import Page, expect

from clayops.sandbox.server import Sandbox
from jobs.models import Destination
from tests.pages.browser_fixtures import Open
from tests.support import a_destination, bring_home, csv_of, running, send

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "Output with the list of attempts"


@pytest.fixture
def people(transactional_db: None, clay: Sandbox) -> Destination:
    """Three of its rows have come home."""
    made = a_destination(waterfall=["hunter", "prospeo"])
    running(made, csv_of(3))
    send(made)
    bring_home()
    return made


@pytest.fixture
def page(open_page: Open, people: Destination) -> Page:
    return open_page(f"/destinations/{people.pk}/outcomes")


def row_shown(page: Page) -> str:
    """By its address: rows of two jobs may have the same words."""
    return page.locator("#result-title + span a").get_attribute("href") or ""


def test_it_asks_once_for_what_was_typed(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    page.get_by_label(LIST).fill("no_such_output")
    expect(page.locator("#preview")).to_contain_text("Not in this result: no_such_output")
    expect(page.locator("#not-saved")).to_be_visible()
    page.wait_for_timeout(1000)
    assert len(asked) <= 2, "typing, and perhaps leaving the field"


def test_what_is_typed_outlives_a_walk_through_results(page: Page) -> None:
    page.get_by_label(LIST).fill("no_such_output")
    expect(page.locator("#preview")).to_contain_text("Not in this result")
    first = row_shown(page)
    page.get_by_role("button", name="Older").click()
    expect(page.locator("#result-title + span a")).not_to_have_attribute("href", first)
    expect(page.locator("#preview")).to_contain_text("Not in this result")
    second = row_shown(page)
    page.get_by_label(LIST).fill("provider_attempts")
    expect(page.locator("#preview")).to_contain_text("list of attempts")
    assert row_shown(page) == second
    page.locator("#save").click()
    expect(page.locator(".toast")).to_contain_text("Saved.")
    assert row_shown(page) == second


def test_a_line_that_goes_takes_what_it_read_along(page: Page) -> None:
    page.get_by_label("Name of output 1").fill("email_provider")
    expect(page.locator("#preview")).to_contain_text("who found it")
    page.locator("#add-output").click()
    expect(page.get_by_label("Name of output 3")).to_be_visible()
    page.get_by_role("button", name="Remove output 1, email_provider").click()
    expect(page.locator("#preview")).not_to_contain_text("who found it")
    expect(page.locator("#not-saved")).to_be_hidden()


def test_which_provider_is_asked_for_only_where_it_matters(page: Page) -> None:
    who = page.get_by_label("Provider of output 1")
    expect(who).to_be_hidden()
    page.get_by_label("What output 1 tells").select_option("status")
    expect(who).to_be_visible()


def test_without_javascript_a_button_previews(open_page: Open, people: Destination) -> None:
    page = open_page(f"/destinations/{people.pk}/outcomes", java_script_enabled=False)
    page.get_by_label(LIST).fill("no_such_output")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("Not in this result: no_such_output")
    expect(page.get_by_label(LIST)).to_have_value("no_such_output")
    first = row_shown(page)
    page.get_by_role("button", name="Older").click()
    expect(page.get_by_label(LIST)).to_have_value("no_such_output")
    assert row_shown(page) != first
    assert Destination.objects.get().attempts_output == "provider_attempts"
