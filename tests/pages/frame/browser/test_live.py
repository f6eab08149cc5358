"""Live parts: they follow by themselves, and take nothing out of a person's hands."""

import pytest
from playwright.sync_api import Page, Request, expect

from jobs import steering
from jobs.models import Destination, Hold, Job, Proof, RowState
from tests.pages.browser_fixtures import Open
from tests.support import running


@pytest.fixture
def job(people: Destination) -> Job:
    return running(people)


def enrich(job: Job, number: int) -> None:
    row = job.rows.filter(number=number)
    row.update(state=RowState.ENRICHED, proof=Proof.SENT, result={"title": "CTO"})


def hide(page: Page, *, hidden: bool) -> None:
    """As when another tab is in front."""
    value = str(hidden).lower()
    page.evaluate(f"Object.defineProperty(document, 'hidden', {{get: () => {value}, configurable: true}})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def asked(page: Page, milliseconds: int) -> list[str]:
    """What the page asks the server for by itself."""
    seen: list[str] = []

    def note(request: Request) -> None:
        seen.append(request.url)

    page.on("request", note)
    page.wait_for_timeout(milliseconds)
    page.remove_listener("request", note)
    return seen


@pytest.mark.short
def test_counts_follow_and_focus_stays(open_page: Open, job: Job) -> None:
    page = open_page(f"/jobs/{job.pk}")
    page.locator("#export").focus()
    enrich(job, 1)
    expect(page.locator("#state-enriched b")).to_have_text("1")
    expect(page.locator("#export")).to_be_focused()


def test_open_details_and_the_place_on_the_page_stay(open_page: Open, job: Job) -> None:
    page = open_page(f"/jobs/{job.pk}/rows", viewport={"width": 1280, "height": 400})
    page.get_by_label("Details of row 3").click()
    expect(page.get_by_text("Line 4 of the file")).to_be_visible()
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(200)
    before = page.evaluate("scrollY")
    enrich(job, 1)
    expect(page.locator("#state-enriched b")).to_have_text("1")
    expect(page.get_by_text("Line 4 of the file")).to_be_visible()
    assert page.evaluate("scrollY") == before > 0


def test_an_alert_appears_on_a_page_that_is_open(open_page: Open, people: Destination, job: Job) -> None:
    page = open_page("/settings")
    people.put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    expect(page.get_by_text("Clay rejects the API key at People")).to_be_visible()
    button = page.locator(f"#act-hold-lift-{people.pk}")
    button.focus()
    Destination.objects.update(hold_reason="Clay answered 401 again")
    expect(page.get_by_text("Clay answered 401 again")).to_be_visible()
    expect(button).to_be_focused()


def test_half_typed_text_stays(open_page: Open, people: Destination, job: Job) -> None:
    page = open_page("/budget")
    page.get_by_label("What for").fill("Campaign of")
    people.put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    expect(page.get_by_text("Clay rejects the API key at People")).to_be_visible()
    expect(page.get_by_label("What for")).to_have_value("Campaign of")


def test_a_hidden_tab_asks_for_nothing_and_catches_up(open_page: Open, job: Job) -> None:
    page = open_page(f"/jobs/{job.pk}")
    hide(page, hidden=True)
    page.wait_for_timeout(300)
    assert asked(page, 5500) == []
    enrich(job, 1)
    hide(page, hidden=False)
    expect(page.locator("#state-enriched b")).to_have_text("1", timeout=1500)


def test_it_can_be_paused(open_page: Open, job: Job) -> None:
    page = open_page(f"/jobs/{job.pk}")
    page.locator("#live").click()
    expect(page.locator("#live")).to_have_text("Paused")
    page.wait_for_timeout(300)
    assert asked(page, 2500) == []
    enrich(job, 1)
    page.locator("#live").click()
    expect(page.locator("#state-enriched b")).to_have_text("1", timeout=1500)


def test_it_stops_asking_when_the_job_is_over(open_page: Open, job: Job) -> None:
    page = open_page(f"/jobs/{job.pk}")
    steering.jobs.cancel(job)
    expect(page.locator("#job-panel [role=status]")).to_have_text("cancelled")
    page.wait_for_timeout(500)
    assert not [url for url in asked(page, 3000) if url.endswith(f"{job.pk}/live")]


def test_cancelling_asks_in_a_dialog(open_page: Open, job: Job) -> None:
    page = open_page(f"/jobs/{job.pk}")
    page.get_by_role("link", name="Cancel …").click()
    expect(page.get_by_role("dialog")).to_contain_text("3 rows that have not been sent")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("link", name="Cancel …").click()
    page.get_by_role("button", name="Cancel job").click()
    expect(page.locator("#job-panel [role=status]")).to_have_text("cancelled")
    expect(page.get_by_text("Runs at Clay still come back")).to_be_visible()


def test_the_colours_are_remembered(open_page: Open) -> None:
    page = open_page("/settings", color_scheme="light")
    page.locator(".side [data-set-theme=dark]").click()
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 19, 17)"
    expect(page.locator(".side [data-set-theme=dark]")).to_have_attribute("aria-pressed", "true")
