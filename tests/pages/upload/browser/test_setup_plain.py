"""The page of a draft without JavaScript, and by keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from jobs.intake.check import checking
from jobs.models import Destination, JobState
from tests.pages.browser_fixtures import PHONE, Open
from tests.pages.upload.browser.test_setup import PEOPLE, TROUBLE
from tests.support import csv_of, draft, fresh


@pytest.fixture(params=[None, PHONE], ids=["desk", "phone"])
def plain(request: pytest.FixtureRequest) -> dict[str, object]:
    size = {"viewport": request.param} if request.param else {}
    return {"java_script_enabled": False, **size}


def test_reading_it_differently(open_page: Open, people: Destination, plain: dict[str, object]) -> None:
    job = draft(people, PEOPLE)
    page = open_page(f"/jobs/{job.pk}/setup", **plain)
    page.get_by_text("Read it differently").click()
    page.get_by_label("Between cells").select_option(label="comma")
    page.get_by_role("button", name="Read again").click()
    expect(page.locator("#preview thead")).to_contain_text("name;email;site")
    page.get_by_text("Read it differently").click()
    page.get_by_label("Lines to skip at the top").fill("99")
    page.get_by_role("button", name="Read again").click()
    expect(page.locator("#read-skip-error")).to_contain_text("Skip fewer lines")
    page.get_by_role("button", name="Back to the guess").click()
    expect(page.locator("#setup-file")).to_contain_text("UTF-8, semicolon, header in line 1")


def test_constants_and_clean_ups(open_page: Open, people: Destination, plain: dict[str, object]) -> None:
    page = open_page(f"/jobs/{draft(people, PEOPLE).pk}/setup", **plain)
    page.locator("#line-0").get_by_text("lower case").click()
    page.get_by_label("domain", exact=True).select_option("=")
    page.get_by_label("domain: the same text for every row").fill("acme.test")
    page.get_by_role("button", name="Save mapping").click()
    expect(page.locator("#line-0 .samples")).to_contain_text("zoe@north.test")
    expect(page.locator("#line-1 .samples")).to_have_text("acme.test")


def test_leaving_out_and_starting(open_page: Open, people: Destination, plain: dict[str, object]) -> None:
    job = draft(people, TROUBLE)
    page = open_page(f"/jobs/{job.pk}/setup", **plain)
    expect(page.locator("#start")).to_be_disabled()
    page.get_by_label("Leave out: Lines that cannot be read").check()
    page.locator("#findings-actions").get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Start: send 31 rows").click()
    assert fresh(job).state == JobState.READY


def test_a_large_file(open_page: Open, people: Destination, plain: dict[str, object]) -> None:
    job = draft(people, csv_of(20_000))
    page = open_page(f"/jobs/{job.pk}/setup", **plain)
    checking.check_by_worker(job.pk)
    page.get_by_role("button", name="Save and look again").click()
    expect(page.get_by_role("button", name="Start: send 20,000 rows")).to_be_enabled()


def test_the_preview_s_columns(open_page: Open, people: Destination, plain: dict[str, object]) -> None:
    job = draft(people, ",".join(["email", *(f"c{n}" for n in range(99))]) + "\na@b.test" + ",x" * 99 + "\n")
    page = open_page(f"/jobs/{job.pk}/setup", **plain)
    page.get_by_role("button", name="Columns after").click()
    expect(page.locator("#preview thead")).to_contain_text("c50")


def tab_to(page: Page, selector: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} cannot be reached by Tab")


def test_by_keyboard(open_page: Open, people: Destination) -> None:
    job = draft(people, TROUBLE)
    page = open_page(f"/jobs/{job.pk}/setup")
    tab_to(page, "#differently summary")
    page.keyboard.press("Enter")
    tab_to(page, "#read-header")
    page.keyboard.press("ArrowDown")  # the next choice
    expect(page.locator("#preview thead")).to_contain_text("Column 1")
    expect(page.locator("#read-header")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#preview thead")).to_contain_text("email")
    tab_to(page, "#cleanup-0-lower")
    page.keyboard.press("Space")
    expect(page.locator("#cleanup-0-lower")).to_be_focused()
    tab_to(page, "#leave-unreadable")
    page.keyboard.press("Space")
    expect(page.locator("#start")).to_be_enabled()
    expect(page.locator("#leave-unreadable")).to_be_focused()
    tab_to(page, "#start")
    page.keyboard.press("Enter")
    expect(page.locator("#job-panel [role=status]")).to_have_text("getting ready")
    assert fresh(job).cleanups["email"] == ["trim", "lower"]
