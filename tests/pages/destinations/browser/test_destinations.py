"""Destinations by mouse, by keyboard, on a phone and without JavaScript; and the menu of an export."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.models import Destination, Hold, Job, Proof, RowState
from tests.pages.browser_fixtures import Open, both_looks
from tests.pages.looks import look
from tests.support import a_destination, running


@pytest.fixture
def job(people: Destination) -> Job:
    return running(people)


def fill_in(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("Find work email")
    page.get_by_label("Routine", exact=True).fill("function:t_mail")
    page.get_by_label("Name of input 1").fill("email")
    page.get_by_label("Name of input 2").fill("company")
    page.get_by_label("Is input 2 required?").select_option("optional")


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_a_new_one_with_more_inputs_than_there_were_lines(open_page: Open, javascript: bool) -> None:
    page = open_page("/destinations", java_script_enabled=javascript)
    page.locator("main").get_by_role("link", name="Add a destination").click()
    fill_in(page)
    page.get_by_role("button", name="More lines").click()
    page.get_by_label("Name of input 3").fill("domain")
    page.get_by_role("button", name="Remove input 2, company").click()
    expect(page.get_by_label("Name of input 2")).to_have_value("domain")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Find work email")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("Find work email is saved.")).to_be_visible()
    made = Destination.objects.get()
    assert (made.input_names, made.required_inputs) == (["email", "domain"], ["email", "domain"])


def test_enter_saves(open_page: Open) -> None:
    page = open_page("/destinations/new")
    fill_in(page)
    page.get_by_label("Name of input 2").press("Enter")
    expect(page.get_by_text("Find work email is saved.")).to_be_visible()
    assert Destination.objects.get().required_inputs == ["email"]


def test_what_is_wrong_is_said_and_what_was_typed_stays(open_page: Open) -> None:
    page = open_page("/destinations/new")
    fill_in(page)
    page.get_by_label("Credits a row").fill("2,5")
    page.get_by_label("Credits a row").press("Enter")
    expect(page.get_by_text("It must be a number of credits such as 2 or 0.25")).to_be_visible()
    expect(page.get_by_label("Credits a row")).to_have_value("2,5")
    expect(page.get_by_label("Name of input 2")).to_have_value("company")


def test_the_key_and_one_row(open_page: Open, people: Destination, clay: Sandbox) -> None:
    page = open_page(f"/destinations/{people.pk}/test")
    page.get_by_role("button", name="Ask Clay").click()
    expect(page.get_by_text("Clay knows the key")).to_be_visible()
    page.get_by_label("email").fill("ana@north.test")
    page.get_by_role("button", name="Send one row: about 2 credits").click()
    expect(page.get_by_text("One row goes to People.")).to_be_visible()
    assert Job.objects.get().row_count == 1


def test_pause_asks_why_in_a_dialog(open_page: Open, job: Job) -> None:
    page = open_page("/destinations")
    page.get_by_role("link", name="Pause People").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 job that is not finished sends no further row.")
    dialog.get_by_label("Why").fill("New prompt")
    page.keyboard.press("Enter")
    expect(page.locator(".dest")).to_contain_text("ana: New prompt")
    page.get_by_role("button", name="Resume People").click()
    expect(page.get_by_text("People goes on.")).to_be_visible()


def test_a_hold_shows_by_itself(open_page: Open, people: Destination) -> None:
    page = open_page("/destinations")
    people.put_on_hold(Hold.BUDGET, "The day's limit is reached")
    expect(page.get_by_text("held: budget")).to_be_visible()
    expect(page.get_by_text("The day's limit is reached")).to_be_visible()


def test_archive_without_javascript(open_page: Open, people: Destination) -> None:
    page = open_page("/destinations", java_script_enabled=False)
    page.get_by_role("button", name="Archive People").click()
    page.get_by_text("Archived 1").click()
    page.get_by_role("button", name="Restore People").click()
    expect(page.get_by_text("People takes uploads again.")).to_be_visible()


# -- the menu of an export ---------------------------------------------------------------------------
def test_an_open_menu_and_its_choices_outlive_a_refresh(open_page: Open, job: Job) -> None:
    page = open_page(f"/jobs/{job.pk}")
    page.get_by_text("Other exports").click()
    page.get_by_label("enriched").check()
    page.get_by_label("Nested values").check()
    job.rows.filter(number=1).update(state=RowState.ENRICHED, proof=Proof.SENT, result={"a": 1})
    expect(page.locator("#state-enriched b")).to_have_text("1")
    expect(page.get_by_label("enriched")).to_be_checked()
    expect(page.get_by_label("Nested values")).to_be_checked()
    expect(page.locator("#export-form")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Excel", exact=True).click()
    assert download.value.suggested_filename == "leads-enriched.xlsx"


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_a_csv_is_one_click_and_part_of_it_a_few(open_page: Open, job: Job, javascript: bool) -> None:
    page = open_page(f"/jobs/{job.pk}", java_script_enabled=javascript)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    assert download.value.suggested_filename == "leads-enriched.csv"
    page.get_by_text("Other exports").click()
    page.get_by_label("waiting").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    assert download.value.suggested_filename == "leads-waiting.csv"


# -- how it looks ------------------------------------------------------------------------------------
@pytest.fixture
def places(people: Destination, ana: User, job: Job) -> dict[str, str]:
    a_destination("Phone finder with a rather long name", waterfall=["hunter", "prospeo"], daily_limit=500)
    Destination.objects.filter(name__startswith="Phone").get().put_on_hold(Hold.KEY_REJECTED, "Clay says 401")
    a_destination("Old one", archived_at=timezone.now())
    steering.destinations.pause(people, ana, "The table gets a new prompt until Friday")
    return {
        "dest-list": "/destinations",
        "dest-new": "/destinations/new",
        "dest-edit": f"/destinations/{people.pk}/edit",
        "dest-test": f"/destinations/{people.pk}/test",
        "dest-pause": f"/destinations/{people.pk}/pause",
        "dest-job": f"/jobs/{job.pk}",
    }


@both_looks
def test_it_is_readable_everywhere(
    open_page: Open, places: dict[str, str], size: dict[str, int], colours: str
) -> None:
    page = open_page("/settings", viewport=size, color_scheme=colours, reduced_motion="reduce")
    problems = []
    for name, path in places.items():
        page.goto(path)
        if name == "dest-job":
            page.get_by_text("Other exports").click()
        if name == "dest-new":
            page.locator("#save").click()
        problems += look(page, f"{name}-{size['width']}-{colours}")
    assert problems == []
