"""The main job: a CSV goes in, every row comes back enriched. With JavaScript and without."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from jobs import ingest
from jobs.models import Destination, Job
from tests.browser.conftest import PHONE, Open
from tests.support import bring_home, csv_of, send

if TYPE_CHECKING:
    from clayops.sandbox.server import Sandbox

FILE = {"name": "leads.csv", "mimeType": "text/csv", "buffer": csv_of(3).encode()}


def upload(page: Page) -> None:
    page.set_input_files("[name=file]", FILE)  # type: ignore[arg-type]
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("button", name="Start: send 3 rows")).to_be_visible()


def work(people: Destination) -> None:
    """What the workers do."""
    ingest.ingest(Job.objects.get().pk)
    send(people)
    bring_home()


def exported(page: Page) -> str:
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    assert download.value.suggested_filename == "leads-enriched.csv"
    return download.value.path().read_text("utf-8-sig")


@pytest.mark.parametrize("size", [None, PHONE], ids=["desk", "phone"])
def test_by_mouse(open_page: Open, people: Destination, clay: "Sandbox", size: dict[str, int] | None) -> None:
    page = open_page("/upload", **({"viewport": size} if size else {}))
    upload(page)
    page.get_by_label("domain").select_option(label="name")
    expect(page.locator("#setup-mapping")).to_contain_text("Ana 1")
    page.get_by_role("button", name="Start: send 3 rows").click()
    expect(page.get_by_text("0 of 3 rows settled")).to_be_visible()
    work(people)
    expect(page.locator("#job-panel [role=status]")).to_have_text("done")  # by itself
    assert exported(page).count("enriched") == 3


def test_without_javascript(open_page: Open, people: Destination, clay: "Sandbox") -> None:
    page = open_page("/upload", java_script_enabled=False)
    upload(page)
    page.get_by_label("domain").select_option(label="name")
    page.get_by_role("button", name="Save mapping").click()
    expect(page.locator("#setup-mapping")).to_contain_text("Ana 1")
    page.get_by_role("button", name="Start: send 3 rows").click()
    work(people)
    page.goto("/jobs")
    page.get_by_role("link", name="leads.csv").click()
    expect(page.locator("#job-panel [role=status]")).to_have_text("done")
    assert exported(page).count("enriched") == 3


def test_by_keyboard(open_page: Open, people: Destination) -> None:
    page = open_page("/upload")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("[name=destination]")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("[name=file]")).to_be_focused()
    page.set_input_files("[name=file]", FILE)  # type: ignore[arg-type]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Start: send 3 rows").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#job-panel [role=status]")).to_have_text("getting ready")


def test_what_cannot_be_read_is_said_where_it_happened(open_page: Open, people: Destination) -> None:
    page = open_page("/upload")
    page.set_input_files("[name=file]", FILE | {"buffer": b""})  # type: ignore[arg-type]
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("alert")).to_contain_text("your destination is kept")
    expect(page.locator("[name=destination]")).to_be_checked()
    upload(page)


def test_a_file_over_the_limit_is_refused_before_it_leaves(open_page: Open, people: Destination) -> None:
    page = open_page("/upload")
    page.locator("[name=file]").evaluate("input => input.dataset.limit = 10")
    page.set_input_files("[name=file]", FILE)  # type: ignore[arg-type]
    expect(page.locator("[data-file-hint]")).to_contain_text("more than the limit")
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("button", name="Upload and check")).to_be_enabled()
    assert not Job.objects.exists()
