"""The bars of outcomes by keyboard, live, and what a person does with a provider."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from jobs.destinations import waterfalls
from jobs.destinations.waterfalls import Steering, Telling
from jobs.models import Destination
from providers import health, recording, steering
from providers.models import Provider
from providers.terms import Attempt, Outcome
from providers.waterfall import of_names
from tests.pages.browser_fixtures import PHONE, Open, both_looks
from tests.pages.looks import look
from tests.pages.providers.provider_data import feed, providers_in_every_state

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hunter(people: Destination) -> Provider:
    feed("Hunter", "s" * 28 + "ex")
    return Provider.objects.get()


def bar(page: Page) -> Locator:
    return page.get_by_role("slider", name="Outcomes of Hunter")


def reads(page: Page, text: str) -> None:
    expect(page.locator(".cells-told")).to_contain_text(text)
    assert text in (bar(page).get_attribute("aria-valuetext") or "")


def test_keys_read_single_cells(open_page: Open, hunter: Provider) -> None:
    page = open_page("/providers")
    assert "28 success, 1 empty, 1 error" in (bar(page).get_attribute("aria-valuetext") or "")
    bar(page).focus()
    reads(page, "Newest: error, 8.2 s, 0 credits")
    page.keyboard.press("ArrowLeft")
    reads(page, "2nd newest: empty")
    page.keyboard.press("Home")
    reads(page, "30th newest: success, 240 ms, 1 credit")
    page.keyboard.press("ArrowLeft")
    reads(page, "30th newest")
    page.keyboard.press("PageUp")
    reads(page, "20th newest")
    page.keyboard.press("End")
    reads(page, "Newest: error")
    assert bar(page).get_attribute("aria-valuenow") == "30"


def test_the_pointer_reads_them_too(open_page: Open, hunter: Provider) -> None:
    page = open_page("/providers")
    box = bar(page).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.985, box["y"] + box["height"] / 2)
    reads(page, "2nd newest: empty")
    page.mouse.move(5, 5)
    expect(page.locator(".cells-told")).to_have_text("")


def test_a_tap_reads_them_on_a_phone(open_page: Open, hunter: Provider) -> None:
    page = open_page("/providers", viewport=PHONE, has_touch=True, is_mobile=True)
    box = bar(page).bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] * 0.85, box["y"] + box["height"] / 2)
    expect(page.locator(".cells-told")).to_have_text(re.compile("^1[4-7]th newest: success"))


def test_times_are_those_of_the_product_not_of_the_browser(open_page: Open, hunter: Provider) -> None:
    page = open_page("/providers", timezone_id="Asia/Tokyo", locale="de-DE")
    bar(page).focus()
    arrived = health.health("hunter").entries[-1].at
    reads(page, f"{timezone.localtime(datetime.fromtimestamp(arrived, UTC)):%H:%M}")


def test_new_outcomes_show_by_themselves_and_leave_what_is_looked_at(
    open_page: Open, hunter: Provider
) -> None:
    page = open_page("/providers")
    bar(page).focus()
    page.keyboard.press("ArrowLeft")
    reads(page, "2nd newest: empty")
    feed("Hunter", "xx")
    expect(page.locator(".cells-sum")).to_have_text("28 success, 1 empty, 3 error")
    reads(page, "4th newest: empty")
    expect(bar(page)).to_be_focused()
    page.keyboard.press("ArrowRight")
    reads(page, "3rd newest: error")


def test_a_change_of_state_shows_by_itself(open_page: Open, hunter: Provider) -> None:
    page = open_page(f"/providers/{hunter.pk}")
    expect(page.locator("#provider-now .pill").first).to_have_text("healthy")
    feed("Hunter", "x" * 40)
    expect(page.locator("#provider-now .pill").first).to_have_text("left out")
    expect(page.locator("#provider-log")).to_contain_text("49 % of its last")
    expect(page.locator("#badge-providers")).to_have_text("1")


def test_a_pin_with_a_note_by_keyboard(open_page: Open, hunter: Provider) -> None:
    page = open_page(f"/providers/{hunter.pk}")
    page.get_by_label("Note").focus()
    page.keyboard.type("Too expensive")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Hunter is pinned out")
    hunter.refresh_from_db()
    assert (hunter.pinned, hunter.pin_reason) == ("out", "Too expensive")


def test_enter_in_the_note_asks_which(open_page: Open, hunter: Provider) -> None:
    page = open_page(f"/providers/{hunter.pk}")
    page.get_by_label("Note").fill("Too expensive")
    page.get_by_label("Note").press("Enter")
    expect(page.get_by_label("Note")).to_have_value("Too expensive")
    problems = look(page, "provider-pin-asked")
    page.get_by_role("button", name="Pin out").click()
    expect(page.locator(".toast")).to_contain_text("Hunter is pinned out")
    assert problems == []


def test_what_others_do_shows_beside_it_and_keeps_what_is_wrong(open_page: Open, hunter: Provider) -> None:
    page = open_page(f"/providers/{hunter.pk}")
    page.get_by_role("button", name="Pin out").click()
    expect(page.get_by_text("Say why, so that others know")).to_be_visible()
    page.get_by_label("Shown as").fill("Hunter the Great")
    steering.pin(hunter, "in", None, "we need it")
    expect(page.locator("#steer-now")).to_have_text("Pinned in: new batches use it whatever its outcomes.")
    expect(page.get_by_role("button", name="Back to automatic")).to_be_visible()
    expect(page.get_by_text("Say why, so that others know")).to_be_visible()
    expect(page.get_by_label("Shown as")).to_have_value("Hunter the Great")


def test_a_half_typed_note_outlives_a_refresh(open_page: Open, hunter: Provider) -> None:
    page = open_page(f"/providers/{hunter.pk}")
    page.get_by_label("Note").fill("Too expen")
    feed("Hunter", "xx")
    expect(page.locator(".cells-sum")).to_have_text("28 success, 1 empty, 3 error")
    expect(page.get_by_label("Note")).to_have_value("Too expen")


def test_a_reset_asks_in_a_dialog(open_page: Open, hunter: Provider) -> None:
    page = open_page(f"/providers/{hunter.pk}")
    page.get_by_role("link", name="Reset its window").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("20 new outcomes")
    dialog.get_by_role("button", name="Reset").click()
    expect(page.locator(".toast")).to_contain_text("forgotten")
    assert health.health("hunter").requests == 0


def test_it_all_works_without_javascript(open_page: Open, hunter: Provider) -> None:
    page = open_page(f"/providers/{hunter.pk}", java_script_enabled=False)
    page.get_by_text("In words").click()
    expect(page.locator("#words-" + str(hunter.pk))).to_contain_text("1 error, 1 empty, 28 success")
    page.get_by_label("Note").fill("We need it")
    page.get_by_role("button", name="Pin in").click()
    expect(page.locator("#steer")).to_contain_text("Pinned in: new batches use it whatever its outcomes.")


@both_looks
def test_their_looks_beside_those_of_every_page(
    open_page: Open, people: Destination, size: dict[str, int], colours: str, request: pytest.FixtureRequest
) -> None:
    providers_in_every_state(people)
    unseen, name = steering.add("LeadMagic"), request.node.callspec.id
    page = open_page(unseen.get_absolute_url(), viewport=size, color_scheme=colours, reduced_motion="reduce")
    problems = look(page, f"provider-unseen-{name}")
    page.goto(Provider.objects.get(name="wiza").get_absolute_url())
    page.get_by_text("In words").click()
    for summary in page.get_by_text("As a table").all():
        summary.click()
    bar_of = page.get_by_role("slider", name="Outcomes of Wiza")
    bar_of.focus()
    problems += look(page, f"provider-pinned-{name}")
    page.get_by_role("button", name="Pin out").click()
    expect(page.get_by_text("Say why, so that others know")).to_be_visible()
    problems += look(page, f"provider-no-note-{name}")
    page.get_by_label("Note").fill("Too expensive")
    page.get_by_label("Note").press("Enter")
    expect(page.get_by_role("heading", name="What shall become of Wiza?")).to_be_visible()
    problems += look(page, f"provider-pin-asked-{name}")
    new = Provider.objects.get(name="find their mail, worldwide edition")
    page.goto(new.get_absolute_url() + "/remove")
    assert problems + look(page, f"provider-remove-{name}") == []


@both_looks
def test_many_of_them_and_what_is_failing_without_lists(
    open_page: Open, people: Destination, size: dict[str, int], colours: str, request: pytest.FixtureRequest
) -> None:
    providers_in_every_state(people)
    Destination.objects.update(sends_lists=False)
    recording.record([Attempt(f"Data source no. {number}", Outcome.SUCCESS) for number in range(60)])
    name = request.node.callspec.id
    page = open_page("/providers", viewport=size, color_scheme=colours, reduced_motion="reduce")
    problems = look(page, f"providers-many-{name}")
    page.get_by_role("link", name="More").click()
    expect(page.get_by_text("51 to 69 of 69")).to_be_visible()
    hunter = Provider.objects.get(name="hunter")
    steering.change(hunter, "Hunter.io", Decimal("1.5"))
    page.goto(hunter.get_absolute_url())
    steering.change(hunter, "Hunter", None)
    page.get_by_label("Shown as").fill("The Hunter")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Not saved: somebody changed it meanwhile.")).to_be_visible()
    assert problems + look(page, f"provider-changed-{name}") == []


@both_looks
def test_what_was_changed_at_a_waterfall(
    open_page: Open, people: Destination, size: dict[str, int], colours: str, request: pytest.FixtureRequest
) -> None:
    providers_in_every_state(people)
    how = Steering(sends_lists=True, use_input="use_providers", skip_input="skip_providers")
    for steps in (["hunter", "Apollo"], ["Apollo", "hunter", "Wiza"], []):
        waterfalls.save_waterfall(people, of_names(steps), how)
    telling = Telling("tried", [], reads_cells=False, row_id_input="row_id", cell_columns={})
    waterfalls.save_telling(people, telling)
    problems = []
    for tab in ("waterfall", "outcomes"):
        address = f"/destinations/{people.pk}/{tab}"
        page = open_page(address, viewport=size, color_scheme=colours, reduced_motion="reduce")
        problems += look(page, f"{tab}-changes-{request.node.callspec.id}")
    assert problems == []
