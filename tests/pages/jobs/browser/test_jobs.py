"""The list of jobs, a job and its rows: by mouse, by keyboard, at 360 px, and without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from jobs import steering
from jobs.models import Destination, Job, JobState, Proof, RowState
from tests.pages.browser_fixtures import PHONE, Open, both_looks
from tests.pages.looks import look
from tests.support import csv_of, draft, fresh, running


@pytest.fixture
def job(people: Destination) -> Job:
    return running(people, csv_of(60))


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.locator(selector).evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{selector} cannot be reached with Tab")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_searching_and_sorting_the_list(
    open_page: Open, people: Destination, job: Job, scripts: bool
) -> None:
    draft(people, name="Ölberg.csv")
    page = open_page("/jobs", java_script_enabled=scripts)
    page.get_by_label("Search", exact=True).fill("ölb")
    page.get_by_label("Order").select_option("Name, A to Z")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="Ölberg.csv")).to_be_visible()
    expect(page.get_by_role("link", name="leads.csv")).to_have_count(0)
    assert "q=%C3%B6lb" in page.url
    assert "sort=name" in page.url
    page.get_by_role("link", name="Clear").click()
    expect(page.get_by_role("link", name="leads.csv")).to_be_visible()


def test_a_half_typed_search_outlives_the_live_refresh(open_page: Open, job: Job) -> None:
    page = open_page("/jobs")
    page.get_by_label("Search", exact=True).fill("half ty")
    Job.objects.update(name="renamed.csv")
    page.evaluate("refreshNow()")
    expect(page.get_by_role("link", name="renamed.csv")).to_be_visible()
    expect(page.get_by_label("Search", exact=True)).to_have_value("half ty")


def test_the_list_by_keyboard(open_page: Open, people: Destination, job: Job) -> None:
    draft(people, name="other.csv")
    page = open_page("/jobs")
    tab_to(page, "#q")
    page.keyboard.type("leads")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="other.csv")).to_have_count(0)
    tab_to(page, f"#job-{job.pk} .row-name")
    page.keyboard.press("Enter")
    expect(page.locator("#job-panel")).to_be_visible()


def test_the_menu_by_keyboard(open_page: Open, job: Job) -> None:
    page = open_page(f"/jobs/{job.pk}")
    tab_to(page, "#job-more > summary")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Rename …")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Rename …")).to_be_hidden()
    expect(page.locator("#job-more > summary")).to_be_focused()


def test_an_open_menu_outlives_the_live_refresh(open_page: Open, job: Job) -> None:
    page = open_page(f"/jobs/{job.pk}")
    page.locator("#job-more > summary").click()
    job.rows.filter(number=1).update(state=RowState.ENRICHED, proof=Proof.SENT, result={})
    expect(page.locator("#state-enriched b")).to_have_text("1")
    expect(page.get_by_role("link", name="Rename …")).to_be_visible()
    page.locator("h1").click()
    expect(page.get_by_role("link", name="Rename …")).to_be_hidden()


def test_renaming_in_a_dialog(open_page: Open, job: Job) -> None:
    page = open_page(f"/jobs/{job.pk}")
    page.locator("#job-more > summary").click()
    page.get_by_role("link", name="Rename …").click()
    page.get_by_role("dialog").get_by_label("New name").fill("Spring leads")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Spring leads")


@pytest.mark.parametrize(
    "options",
    [{}, {"viewport": PHONE}, {"java_script_enabled": False}],
    ids=["desk", "phone", "no-scripts"],
)
def test_deleting_asks_for_the_name(open_page: Open, job: Job, options: dict[str, object]) -> None:
    steering.jobs.cancel(job)
    page = open_page(f"/jobs/{job.pk}", **options)
    page.locator("#job-more > summary").click()
    page.get_by_role("link", name="Delete …").click()
    page.get_by_label("to delete it").fill("leads")
    page.get_by_role("button", name="Delete job").click()
    expect(page.get_by_text("That is not its name")).to_be_visible()
    assert fresh(job).deleted_at is None
    page.get_by_label("to delete it").fill("leads.csv")
    page.get_by_role("button", name="Delete job").click()
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    assert fresh(job).deleted_at is not None


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_duplicating_and_moving(open_page: Open, people: Destination, job: Job, scripts: bool) -> None:
    running(people, name="other.csv")
    page = open_page(f"/jobs/{job.pk}", java_script_enabled=scripts)
    page.locator("#job-more > summary").click()
    page.get_by_role("button", name="Move up in the lane").click()
    expect(page.get_by_text("leads.csv: first in the lane at People.")).to_be_visible()
    page.locator("#job-more > summary").click()
    page.get_by_role("button", name="Duplicate as a draft").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("leads.csv (copy)")
    assert Job.objects.get(name="leads.csv (copy)").state == JobState.DRAFT


def test_the_uploaded_file_comes_back(open_page: Open, job: Job) -> None:
    page = open_page(f"/jobs/{job.pk}")
    page.locator("#job-more > summary").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the uploaded file").click()
    assert download.value.suggested_filename == "leads.csv"
    assert download.value.path().read_text() == csv_of(60)


@pytest.mark.parametrize(
    "options",
    [{}, {"viewport": PHONE}, {"java_script_enabled": False}],
    ids=["desk", "phone", "no-scripts"],
)
def test_from_a_search_to_one_row_and_the_next(open_page: Open, job: Job, options: dict[str, object]) -> None:
    page = open_page(f"/jobs/{job.pk}/rows", **options)
    page.get_by_label("Search the cells").fill("ANA17@")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#row-17")).to_be_visible()
    expect(page.locator("#row-18")).to_have_count(0)
    page.locator("#row-17").get_by_role("link", name="17", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Row 17")
    page.get_by_role("link", name="Row 18 →").click()
    expect(page.get_by_text("ana18@north18.test").first).to_be_visible()


@pytest.mark.parametrize("path", ["", "/rows", "/rows/1", "/rename"])
def test_nothing_sticks_out_on_a_phone(open_page: Open, job: Job, path: str) -> None:
    Job.objects.update(name="a-name-without-any-blank-" * 10)
    job.rows.filter(number=1).update(cells=["x" * 500, "ana@north.test", ""])
    page = open_page(f"/jobs/{job.pk}{path}", viewport=PHONE)
    if not path:
        page.locator("#job-more > summary").click()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@both_looks
def test_every_page_of_a_job_is_accessible(
    open_page: Open, people: Destination, job: Job, size: dict[str, int], colours: str
) -> None:
    result = {"title": "CTO", "company": {"name": "Contoso", "tags": ["a", {"b": 1}]}}
    job.rows.filter(number=1).update(state=RowState.ENRICHED, proof=Proof.SENT, result=result)
    ended = running(people, name="ended.csv")
    steering.jobs.cancel(ended)
    page = open_page("/jobs?q=leads", viewport=size, color_scheme=colours, reduced_motion="reduce")
    problems = look(page, f"jobs-searched-{size['width']}")
    of_job = ["rows?q=ana1&state=waiting", "rows?q=nobody", "rows/1", "rows/2", "rename"]
    for path in [*(f"{job.pk}/{part}" for part in of_job), f"{ended.pk}/delete"]:
        page.goto(f"/jobs/{path}")
        problems += look(page, f"job-{path.partition('/')[2].replace('/', '-')}-{size['width']}")
    page.goto(f"/jobs/{job.pk}")
    page.locator("#job-more > summary").click()
    assert [*problems, *look(page, f"job-menu-{size['width']}")] == []
