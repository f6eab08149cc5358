"""The waterfall by mouse and by keyboard, and the preview of what a mapping reads."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from clayops.sandbox.server import Sandbox
from jobs.models import Destination
from providers.waterfall import Step
from tests.pages.browser_fixtures import PHONE, Open, both_looks
from tests.pages.looks import look
from tests.support import bring_home, csv_of, running, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def steps(people: Destination) -> Destination:
    people.steps = [Step("hunter"), Step("prospeo", Decimal("1.5")), Step("apollo")]
    people.save()
    return people


def order(page: Page) -> list[str]:
    return [str(each.get_attribute("data-name")) for each in page.locator("#steps-list > .step").all()]


def save(page: Page) -> None:
    page.locator("#save").click()
    expect(page.locator(".toast")).to_contain_text("is saved")


def saved() -> list[str]:
    return Destination.objects.get().providers


def test_a_step_is_dragged(open_page: Open, steps: Destination) -> None:
    page = open_page(f"/destinations/{steps.pk}/waterfall")
    source = page.locator("#handle-2").bounding_box()
    target = page.locator("#handle-0").bounding_box()
    assert source
    assert target
    page.mouse.move(source["x"] + 8, source["y"] + 8)
    page.mouse.down()
    page.mouse.move(target["x"] + 8, target["y"] + 20, steps=12)
    page.mouse.move(target["x"] + 8, target["y"] - 2, steps=6)
    page.mouse.up()
    expect(page.locator("#moved")).to_have_text("apollo is now 1st of 3")
    expect(page.locator("#not-saved")).to_be_visible()
    save(page)
    assert saved() == ["apollo", "hunter", "prospeo"]


def test_a_step_is_moved_by_keyboard_and_keeps_the_focus(open_page: Open, steps: Destination) -> None:
    page = open_page(f"/destinations/{steps.pk}/waterfall")
    page.locator("#handle-0").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#moved")).to_have_text("hunter is now 2nd of 3")
    expect(page.locator("#handle-0")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#moved")).to_have_text("hunter is last already")
    save(page)
    assert saved() == ["prospeo", "apollo", "hunter"]


def test_one_is_added_another_switched_off_and_a_third_removed(open_page: Open, steps: Destination) -> None:
    page = open_page(f"/destinations/{steps.pk}/waterfall")
    page.get_by_label("Add a provider").fill("Wiza")
    page.keyboard.press("Enter")
    expect(page.locator("#moved")).to_have_text("Wiza is added as 4th of 4")
    page.get_by_label("On: use hunter").uncheck()
    page.get_by_role("button", name="Remove apollo").click()
    page.get_by_label("Credits a hit of prospeo").fill("2")
    assert order(page) == ["hunter", "prospeo", "Wiza"]
    save(page)
    found = Destination.objects.get().steps
    assert found == [Step("hunter", on=False), Step("prospeo", Decimal(2)), Step("Wiza")]
    page.reload()
    assert order(page) == ["hunter", "prospeo", "Wiza"]
    expect(page.get_by_label("On: use hunter")).not_to_be_checked()


def test_a_step_is_dragged_by_touch(open_page: Open, steps: Destination) -> None:
    page = open_page(f"/destinations/{steps.pk}/waterfall", viewport=PHONE, has_touch=True, is_mobile=True)
    finger = page.context.new_cdp_session(page)
    page.locator("#handle-0").scroll_into_view_if_needed()
    source, target = page.locator("#handle-0").bounding_box(), page.locator("#handle-2").bounding_box()
    assert source
    assert target
    x, y, way = source["x"] + 8, source["y"] + 8, target["y"] + 30 - source["y"]
    places = [{"x": x, "y": y + way * part / 20} for part in range(21)]
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": places[:1]})
    for place in places:
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator("#moved")).to_have_text("hunter is now 3rd of 3")


def test_with_everybody_off_it_says_that_nothing_is_sent(open_page: Open, steps: Destination) -> None:
    page = open_page(f"/destinations/{steps.pk}/waterfall")
    for name in ("hunter", "prospeo", "apollo"):
        expect(page.get_by_text("Every provider is off.")).to_be_hidden()
        page.get_by_label(f"On: use {name}").uncheck()
    expect(page.get_by_text("Every provider is off.")).to_be_visible()
    page.get_by_label("Send with every row").uncheck()
    expect(page.get_by_text("Every provider is off.")).to_be_hidden()


def test_it_works_without_javascript(open_page: Open, steps: Destination) -> None:
    page = open_page(f"/destinations/{steps.pk}/waterfall", java_script_enabled=False)
    page.get_by_role("button", name="Move apollo up").click()
    assert order(page) == ["hunter", "apollo", "prospeo"]
    assert saved() == ["hunter", "prospeo", "apollo"]
    page.locator("#save").click()
    assert saved() == ["hunter", "apollo", "prospeo"]


def test_a_preview_follows_what_is_typed(open_page: Open, steps: Destination, clay: Sandbox) -> None:
    clay.settings(provider_errors={"hunter": 1, "prospeo": 0, "apollo": 0})
    running(steps, csv_of(5))
    send(steps)
    bring_home()
    page = open_page(f"/destinations/{steps.pk}/outcomes")
    told = page.locator("#preview")
    expect(told).to_contain_text("list of attempts")
    page.get_by_label("Output with the list of attempts").fill("no_such_output")
    expect(told).not_to_contain_text("list of attempts")
    page.get_by_label("Name of output 1").fill("email_provider")
    expect(told).to_contain_text("who found it")
    assert Destination.objects.get().attempts_output == "provider_attempts", "nothing is saved by that"


@both_looks
def test_looks(
    open_page: Open,
    steps: Destination,
    clay: Sandbox,
    size: dict[str, int],
    colours: str,
    request: pytest.FixtureRequest,
) -> None:
    running(steps, csv_of(5))
    send(steps)
    bring_home()
    page = open_page("/settings", viewport=size, color_scheme=colours, reduced_motion="reduce")
    problems = []
    for name in ("waterfall", "outcomes", "edit"):
        page.goto(f"/destinations/{steps.pk}/{name}")
        problems += look(page, f"destination-{name}-{request.node.callspec.id}")
    assert problems == []
