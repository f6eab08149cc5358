"""The main job: a CSV goes in, every row comes back enriched. With JavaScript and without."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from jobs.intake.rows import ingest
from jobs.models import Destination, Job
from tests.pages.browser_fixtures import PHONE, Open
from tests.pages.upload.test_workbook import LEADS, NOTES
from tests.support import bring_home, csv_of, send, workbook

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


@pytest.mark.parametrize(
    "size", [pytest.param(None, id="desk", marks=pytest.mark.short), pytest.param(PHONE, id="phone")]
)
def test_by_mouse(open_page: Open, people: Destination, clay: "Sandbox", size: dict[str, int] | None) -> None:
    page = open_page("/upload", **({"viewport": size} if size else {}))
    upload(page)
    page.get_by_label("domain", exact=True).select_option(label="name")
    expect(page.locator("#setup-mapping")).to_contain_text("Ana 1")
    page.get_by_role("button", name="Start: send 3 rows").click()
    expect(page.get_by_text("0 of 3 rows settled")).to_be_visible()
    work(people)
    expect(page.locator("#job-panel [role=status]")).to_have_text("done")  # by itself
    assert exported(page).count("enriched") == 3


@pytest.mark.short
def test_without_javascript(open_page: Open, people: Destination, clay: "Sandbox") -> None:
    page = open_page("/upload", java_script_enabled=False)
    upload(page)
    page.get_by_label("domain", exact=True).select_option(label="name")
    page.get_by_role("button", name="Save mapping").click()
    expect(page.locator("#setup-mapping")).to_contain_text("Ana 1")
    page.get_by_role("button", name="Start: send 3 rows").click()
    work(people)
    page.goto("/jobs")
    page.get_by_role("link", name="leads.csv").click()
    expect(page.locator("#job-panel [role=status]")).to_have_text("done")
    assert exported(page).count("enriched") == 3


@pytest.mark.short
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


def drop(page: Page, where: str, *names: str) -> None:
    """Drop files on an element, as a mouse would."""
    data = page.evaluate_handle(
        """names => {
            const data = new DataTransfer();
            for (const name of names) data.items.add(new File(["email\\na@b.test\\n"], name));
            return data;
        }""",
        list(names),
    )
    for kind in ("dragover", "drop"):
        page.dispatch_event(where, kind, {"dataTransfer": data})


@pytest.mark.parametrize("where", [".drop", "#upload", "aside"])
def test_a_file_is_dropped_anywhere(open_page: Open, people: Destination, where: str) -> None:
    page = open_page("/upload")
    drop(page, where, "dropped.csv")
    expect(page.locator("[data-file-name]")).to_have_text("dropped.csv")
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("button", name="Start: send 1 row")).to_be_visible()


def test_several_files_at_once_are_not_taken(open_page: Open, people: Destination) -> None:
    page = open_page("/upload")
    drop(page, ".drop", "one.csv")
    drop(page, "#upload", "one.csv", "two.csv")
    expect(page.locator("[data-file-hint]")).to_contain_text("One at a time, please")
    expect(page.locator("[data-file-name]")).to_have_text("Drop a file here, or pick one")
    assert page.locator("[name=file]").evaluate("input => input.files.length") == 0


def test_a_workbook_and_its_sheet(open_page: Open, people: Destination) -> None:
    page = open_page("/upload")
    book = FILE | {"name": "book.xlsx", "buffer": workbook(Notes=NOTES, Leads=LEADS)}
    page.set_input_files("[name=file]", book)  # type: ignore[arg-type]
    page.get_by_role("button", name="Upload and check").click()
    page.get_by_text("Read it differently").click()
    page.get_by_label("Sheet").select_option("Leads")
    expect(page.locator("#preview")).to_contain_text("zoe@north.test")
    expect(page.locator("#input-0")).to_have_value("1")
    expect(page.locator("#read-skip")).to_have_value("0")
    page.get_by_role("button", name="Start: send 2 rows").click()
    expect(page.locator("#job-panel [role=status]")).to_have_text("getting ready")
