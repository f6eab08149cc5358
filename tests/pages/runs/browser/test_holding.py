"""A live list does not move under the pointer or the focus; a run is given up only after a question."""

import pytest
from playwright.sync_api import Locator, Page, expect

from jobs.models import Destination, Hold, RunState, Submission
from tests.heartbeats import sign_on
from tests.pages.bad_day import come_home, stuck_runs
from tests.pages.browser_fixtures import Open
from tests.support import a_destination

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.breaks_a_promise]  # runs without a ledger

STUCK = "/runs?age=stuck"
GONE = """id => new Promise((gone) => {
  const look = () => document.getElementById(id) ? requestAnimationFrame(look) : gone();
  look();
})"""
"""Until no such thing is on the page."""


@pytest.fixture
def runs(people: Destination) -> list[Submission]:
    """Three stuck ones."""
    sign_on("lanes", "results", "work", "long")
    return stuck_runs(people, 3)


def bury(page: Page, run: Submission) -> Locator:
    return page.get_by_role("link", name=f"Move the rows of run {run.run_id} to dead letters")


def point_at(page: Page, what: Locator) -> tuple[float, float]:
    """Move the pointer onto it; where it is then."""
    box = what.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    return x, y


def test_a_click_hits_what_it_was_aimed_at(open_page: Open, runs: list[Submission]) -> None:
    page = open_page(STUCK)
    x, y = point_at(page, bury(page, runs[1]))
    come_home(runs[0])
    expect(page.locator("#live")).to_have_text("Live · waits", timeout=4000)
    page.mouse.click(x, y)
    expect(page.get_by_role("dialog")).to_contain_text(runs[1].run_id)
    page.get_by_role("button", name="Move to dead letters").click()
    expect(page.locator(".toast")).to_contain_text("Its rows are in the dead letters")
    state = {run.run_id: run.run_state for run in Submission.objects.all()}
    assert state == {"run_0": RunState.FINISHED, "run_1": RunState.GIVEN_UP, "run_2": RunState.OUT}


def test_what_is_new_comes_when_the_pointer_leaves(open_page: Open, runs: list[Submission]) -> None:
    page = open_page(STUCK)
    point_at(page, bury(page, runs[1]))
    come_home(runs[0])
    expect(page.locator("#live")).to_have_text("Live · waits", timeout=4000)
    page.mouse.move(3, 3)
    expect(page.locator(f"#run-{runs[0].pk}")).to_have_count(0, timeout=1500)
    expect(page.locator("#live")).to_contain_text("now")


def test_and_when_it_rests(open_page: Open, runs: list[Submission]) -> None:
    page = open_page(STUCK)
    point_at(page, bury(page, runs[1]))
    come_home(runs[0])
    page.wait_for_timeout(3500)
    expect(page.locator(f"#run-{runs[0].pk}")).to_have_count(1)
    expect(page.locator(f"#run-{runs[0].pk}")).to_have_count(0, timeout=5000)


def test_a_click_just_after_it_moved_all_the_same_does_nothing(
    open_page: Open, runs: list[Submission]
) -> None:
    page = open_page(STUCK)
    x, y = point_at(page, page.get_by_role("button", name="Check run run_1 now"))
    page.wait_for_timeout(5100)
    come_home(runs[0])
    page.evaluate(GONE, f"run-{runs[0].pk}")
    page.mouse.click(x, y)
    page.wait_for_timeout(600)
    expect(page.locator(".toast")).to_have_count(0)
    assert not Submission.objects.exclude(next_poll_at=None).exists()


def test_and_after_ten_seconds_of_moving_about(open_page: Open, runs: list[Submission]) -> None:
    page = open_page(STUCK)
    x, y = point_at(page, bury(page, runs[1]))
    come_home(runs[0])
    gone = page.locator(f"#run-{runs[0].pk}")
    for step in range(26):
        page.mouse.move(x + step % 2, y)
        page.wait_for_timeout(500)
        if not gone.count():
            break
    assert step > 12, "not as soon as it came"
    expect(gone).to_have_count(0, timeout=100)


def test_what_changes_below_it_comes_at_once(open_page: Open, runs: list[Submission]) -> None:
    come_home(runs[2])
    page = open_page(STUCK)
    point_at(page, bury(page, runs[0]))
    come_home(runs[1])
    expect(page.locator(f"#run-{runs[1].pk}")).to_have_count(0, timeout=3500)


def test_an_alert_does_not_push_the_list_down(open_page: Open, runs: list[Submission]) -> None:
    page = open_page(STUCK)
    point_at(page, bury(page, runs[1]))
    before = bury(page, runs[1]).bounding_box()
    a_destination("Phones").put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    expect(page.locator("#alerts-pill")).to_have_text("4 alerts")
    assert bury(page, runs[1]).bounding_box() == before
    page.mouse.move(3, 3)
    expect(page.locator("#alerts")).to_contain_text("1 more alert", timeout=1500)


def test_the_alerts_themselves_wait_for_the_pointer(open_page: Open, runs: list[Submission]) -> None:
    page = open_page("/jobs")
    second = page.locator(f"#act-run-check-{runs[1].pk}")
    point_at(page, second)
    before = second.bounding_box()
    come_home(runs[0])
    expect(page.locator("#alerts-pill")).to_have_text("2 alerts")
    assert second.bounding_box() == before
    page.mouse.move(3, 3)
    expect(page.locator("#alerts .alert")).to_have_count(2, timeout=1500)


def test_a_button_that_has_the_focus_stays(open_page: Open, runs: list[Submission]) -> None:
    page = open_page(STUCK)
    bury(page, runs[1]).focus()
    come_home(runs[0])
    expect(page.locator("#live")).to_have_text("Live · waits", timeout=4000)
    page.locator("#live").focus()
    expect(page.locator(f"#run-{runs[0].pk}")).to_have_count(0, timeout=1500)


def test_words_and_numbers_do_not_wait(open_page: Open, runs: list[Submission]) -> None:
    page = open_page(STUCK)
    point_at(page, bury(page, runs[1]))
    Submission.objects.filter(pk=runs[0].pk).update(run_finished=1)
    expect(page.locator(f"#run-{runs[0].pk}")).to_contain_text("1 done", timeout=3500)


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_from_an_alert_it_asks_first_too(open_page: Open, runs: list[Submission], javascript: bool) -> None:
    page = open_page("/jobs", java_script_enabled=javascript)
    page.locator(f"#alerts [href='/runs/{runs[0].pk}/give-up']").click()
    question = page.locator("#confirm")
    expect(question).to_contain_text("Run run_0, batch 1 of stuck.csv at People")
    expect(question).to_contain_text("2 rows become a dead letter with the charge “possibly”")
    expect(question).to_contain_text("4 credits count as spent")
    assert Submission.objects.get(pk=runs[0].pk).run_state == RunState.OUT
    question.get_by_role("button", name="Move to dead letters").click()
    expect(page.locator(".toast")).to_contain_text("Its rows are in the dead letters")
    assert Submission.objects.get(pk=runs[0].pk).run_state == RunState.GIVEN_UP
