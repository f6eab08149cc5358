"""Dead letters by keyboard and by pointer: ticks outlive refreshes, filters outlive actions."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from jobs.models import BulkAction, Charge, DeadLetter, Destination, Job, SavedView
from tests.pages.browser_fixtures import PHONE, Open, both_looks
from tests.pages.looks import problems_of
from tests.support import a_letter, csv_of, running

REFRESH = "document.querySelectorAll('[data-live]').forEach(part => htmx.trigger(part, 'refresh'))"


@pytest.fixture(autouse=True)
def _may(ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(is_superuser=True)


@pytest.fixture
def job(people: Destination) -> Job:
    return running(people, csv_of(20))


@pytest.fixture
def letters(job: Job) -> list[DeadLetter]:
    """Three causes: of six rows, of two that may be charged, of one."""
    return [
        a_letter(job, range(1, 7), "Clay rejected the request (400): email is required"),
        a_letter(job, [7, 8], "Clay did not answer within 30 seconds.", Charge.POSSIBLY),
        a_letter(job, [9], "refused otherwise"),
    ]


def refreshed(page: Page) -> None:
    """Wait until the list has come anew."""
    with page.expect_response(re.compile("/live/deadletters")) as answer:
        page.evaluate(REFRESH)
    answer.value.finished()
    page.wait_for_timeout(100)


def boxes(page: Page) -> list[bool]:
    each = page.locator("[data-keys] tbody input[type=checkbox]")
    return [each.nth(place).is_checked() for place in range(each.count())]


# -- keys ---------------------------------------------------------------------------------------------
def test_j_k_x_and_enter(open_page: Open, letters: list[DeadLetter]) -> None:
    page = open_page("/deadletters")
    names = page.locator("[data-keys] .row-name")
    page.keyboard.press("j")
    expect(names.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert boxes(page) == [False, True, False]
    page.keyboard.press("k")
    expect(names.nth(0)).to_be_focused()
    page.keyboard.press("k")
    expect(names.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/deadletters/letters\?cause={letters[0].group_id}$"))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/deadletters/{letters[0].pk}$"))


def test_a_key_means_the_current_line_where_nothing_is_ticked(
    open_page: Open, letters: list[DeadLetter]
) -> None:
    page = open_page("/deadletters/letters?order=rows")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("d")
    expect(page).to_have_url(re.compile(r"/deadletters/bulk/\d+(\?next=.*)?$"))
    action = BulkAction.objects.get()
    assert action.verb == "discard"
    assert [item.letter for item in action.items.all()] == [letters[1]]


def test_a_key_means_what_is_ticked_and_not_the_current_line(
    open_page: Open, letters: list[DeadLetter]
) -> None:
    page = open_page("/deadletters/letters?order=rows")
    for key in "jxjr":
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile(r"/deadletters/bulk/\d+(\?next=.*)?$"))
    assert [item.letter for item in BulkAction.objects.get().items.all()] == [letters[0]]


def test_e_opens_the_current_letter_s_rows(open_page: Open, letters: list[DeadLetter]) -> None:
    page = open_page("/deadletters/letters")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile(rf"/deadletters/{letters[2].pk}/edit"))


def test_keys_are_letters_while_typing(open_page: Open, letters: list[DeadLetter]) -> None:
    page = open_page("/deadletters")
    page.keyboard.press("/")
    field = page.get_by_label("Search", exact=True)
    expect(field).to_be_focused()
    page.keyboard.type("jxard?/")
    expect(field).to_have_value("jxard?/")
    assert boxes(page) == [False] * 3
    page.locator("#f-charge").focus()
    page.keyboard.press("x")
    assert boxes(page) == [False] * 3
    assert not BulkAction.objects.exists()


def test_keys_with_control_are_the_browser_s(open_page: Open, letters: list[DeadLetter]) -> None:
    page = open_page("/deadletters")
    page.keyboard.press("j")
    for key in ("Control+x", "Alt+x", "Control+d"):
        page.keyboard.press(key)
    assert boxes(page) == [False] * 3
    assert not BulkAction.objects.exists()


def test_help_by_key_and_by_pointer(open_page: Open, letters: list[DeadLetter]) -> None:
    page = open_page("/deadletters")
    keys = page.locator("#keys")
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("j")
    assert not page.evaluate("document.activeElement.closest('[data-keys]') !== null")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.locator("[data-open-keys]").click()
    expect(keys).to_be_visible()
    keys.get_by_role("button", name="Close").click()
    expect(keys).to_be_hidden()
    assert page.url.endswith("/deadletters")


# -- ticks --------------------------------------------------------------------------------------------
def test_ticks_are_counted_in_letters(open_page: Open, job: Job, letters: list[DeadLetter]) -> None:
    a_letter(job, [10], letters[0].cause)
    page = open_page("/deadletters")
    said = page.locator("[data-ticked]")
    expect(said).to_have_text("Nothing ticked")
    page.locator("[data-keys] input").nth(0).check()
    expect(said).to_have_text("1 ticked, 2 letters")
    expect(page.get_by_role("button", name="Discard")).to_have_text("Discard2")
    page.get_by_label("All 4 that match").check()
    expect(said).to_have_text("All 4 are meant")


def test_ticks_and_focus_outlive_a_refresh_that_changes_the_order(
    open_page: Open, job: Job, letters: list[DeadLetter]
) -> None:
    page = open_page("/deadletters")
    line = page.locator(f"#cause-{letters[0].group_id}")
    for key in "jx":
        page.keyboard.press(key)
    page.locator("#save-view summary").evaluate("summary => summary.parentElement.open = true")
    a_letter(job, range(10, 19), letters[1].cause, Charge.POSSIBLY)
    refreshed(page)
    expect(page.locator("[data-keys] tbody tr").first).to_have_id(f"cause-{letters[1].group_id}")
    expect(line.locator("input")).to_be_checked()
    expect(line.locator(".row-name")).to_be_focused()
    assert boxes(page) == [False, True, False]
    expect(page.locator("[data-ticked]")).to_have_text("1 ticked")
    assert page.locator("#save-view").evaluate("menu => menu.open")


def test_ticks_outlive_many_refreshes_and_what_left_is_not_meant(
    open_page: Open, letters: list[DeadLetter]
) -> None:
    page = open_page("/deadletters/letters")
    for place in range(2):
        page.locator("[data-keys] input").nth(place).check()
    page.locator("#q").fill("half ty")
    for _ in range(2):
        DeadLetter.objects.filter(pk=letters[0].pk).update(seen_at=timezone.now() + timedelta(seconds=1))
        refreshed(page)
    assert boxes(page) == [True, True, False]
    expect(page.locator("#q")).to_have_value("half ty")
    DeadLetter.objects.filter(pk=letters[2].pk).update(state="approved")
    refreshed(page)
    assert boxes(page) == [True, False]
    DeadLetter.objects.filter(pk=letters[2].pk).update(state="open")
    refreshed(page)
    assert boxes(page) == [False, True, False]


def test_tick_all_and_a_button_lead_to_the_confirmation(open_page: Open, letters: list[DeadLetter]) -> None:
    page = open_page("/deadletters")
    every = page.get_by_label("Tick all shown")
    every.check()
    assert boxes(page) == [True] * 3
    page.locator("[data-keys] input").nth(1).uncheck()
    expect(every).to_have_js_property("indeterminate", True)
    page.get_by_role("button", name="Retry", exact=False).nth(1).click()
    expect(page).to_have_url(re.compile(r"/deadletters/bulk/\d+(\?next=.*)?$"))
    assert BulkAction.objects.get().letters == 2


def test_the_filter_outlives_an_action_that_is_not_possible(
    open_page: Open, letters: list[DeadLetter]
) -> None:
    page = open_page("/deadletters?charge=no")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("Tick what you mean first.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/deadletters\?charge=no$"))


# -- notes and views ----------------------------------------------------------------------------------
def test_a_note_is_written_in_a_dialog(open_page: Open, letters: list[DeadLetter]) -> None:
    page = open_page("/deadletters?charge=possibly")
    page.get_by_role("link", name="Add a note").click()
    page.locator("#dialog").get_by_label("Note").fill("Ben looks after it")
    page.locator("#dialog").get_by_role("button", name="Save the note").click()
    expect(page.get_by_text("Ben looks after it")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/deadletters\?charge=possibly$"))


def test_a_view_is_saved_used_and_deleted(open_page: Open, letters: list[DeadLetter]) -> None:
    page = open_page("/deadletters?charge=possibly")
    page.locator("#save-view summary").click()
    page.get_by_label("Name").fill("Dear ones")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="One by one").click()
    page.goto("/deadletters/letters")
    page.get_by_role("link", name="Dear ones").click()
    expect(page).to_have_url(re.compile(r"/deadletters/letters\?charge=possibly$"))
    page.get_by_role("button", name="Delete the view Dear ones").click()
    expect(page.get_by_role("link", name="Dear ones")).to_have_count(0)
    assert not SavedView.objects.exists()


# -- without JavaScript -------------------------------------------------------------------------------
def test_without_javascript(open_page: Open, letters: list[DeadLetter]) -> None:
    page = open_page("/deadletters", java_script_enabled=False)
    expect(page.get_by_label("Tick all shown")).to_be_hidden()
    page.locator("#f-charge").select_option("possibly")
    page.get_by_role("button", name="Show").last.click()
    expect(page).to_have_url(re.compile("charge=possibly"))
    page.get_by_role("link", name="Add a note").click()
    page.get_by_label("Note").fill("Ask Ben")
    page.get_by_role("button", name="Save the note").click()
    page.locator("[data-keys] .row-name").click()
    expect(page).to_have_url(re.compile(r"/deadletters/letters\?charge=possibly&cause="))
    expect(page.get_by_text("Ask Ben")).to_be_visible()
    page.locator("[data-keys] tbody input").check()
    page.get_by_role("button", name="Discard").click()
    expect(page).to_have_url(re.compile(r"/deadletters/bulk/\d+(\?next=.*)?$"))


# -- looks --------------------------------------------------------------------------------------------
@both_looks
def test_both_lists_fit_and_are_accessible(
    open_page: Open, letters: list[DeadLetter], ana: User, size: dict[str, int], colours: str
) -> None:
    letters[0].group.write_note("A note with averyveryverylongwordthatdoesnotfitonanyphone" * 2, ana)
    SavedView.objects.create(user=ana, name="Mine", query="charge=no")
    page = open_page("/deadletters", viewport=size, color_scheme=colours, reduced_motion="reduce")
    problems = []
    for path in (
        "/deadletters",
        f"/deadletters/letters?cause={letters[0].group_id}&assigned={ana.pk}",
        "/deadletters/letters?order=rows&q=clay",
        "/deadletters?state=resolved",
        f"/deadletters/causes/{letters[0].group_id}/note",
    ):
        page.goto(path)
        if box := page.locator("[data-keys] tbody input").all():
            box[0].check()
        problems += [(path, problem) for problem in problems_of(page)]
    assert problems == []


def test_phones_show_no_keys(open_page: Open, letters: list[DeadLetter]) -> None:
    page = open_page("/deadletters", viewport=PHONE)
    expect(page.locator("[data-open-keys]")).to_be_hidden()
    expect(page.get_by_label("Tick all shown")).to_be_visible()
