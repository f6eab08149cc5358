"""The swap that live parts use: what a person did outlives what the server sends."""

import pytest
from playwright.sync_api import Page, expect

from tests.pages.browser_fixtures import Open

BEFORE = """<div id="box"><p id="p">one</p><details id="d"><summary>More</summary>text</details>
<input id="i" value=""><input type="checkbox" id="c"><textarea id="t"></textarea><p>goes away</p></div>"""
AFTER = """<b id="new">new</b><p id="p">two</p><details id="d"><summary>More</summary>other</details>
<input id="i" value="server"><input type="checkbox" id="c"><textarea id="t">server</textarea>"""

SWAP = """html => htmx.swap('#box', html, {swapStyle: 'morph', settleDelay: 0, swapDelay: 0},
                            {contextElement: document.body})"""


@pytest.fixture
def page(open_page: Open) -> Page:
    page = open_page("/settings")
    page.locator("#live").click()  # nothing else shall move
    page.evaluate("html => document.querySelector('main').insertAdjacentHTML('afterbegin', html)", BEFORE)
    page.get_by_text("More").click()
    page.locator("#i").fill("half ty")
    page.locator("#c").check()
    page.locator("#t").fill("also half")
    page.evaluate("window.kept = document.querySelector('#t')")
    page.evaluate(SWAP, AFTER)
    expect(page.locator("#new")).to_be_visible()
    return page


def test_it_shows_what_is_new(page: Page) -> None:
    expect(page.locator("#p")).to_have_text("two")
    expect(page.locator("#d")).to_contain_text("other")
    expect(page.get_by_text("goes away")).to_have_count(0)


@pytest.mark.short
def test_it_keeps_what_a_person_did(page: Page) -> None:
    assert page.locator("#d").evaluate("details => details.open")
    expect(page.locator("#i")).to_have_value("half ty")
    expect(page.locator("#c")).to_be_checked()
    expect(page.locator("#t")).to_have_value("also half")


@pytest.mark.short
def test_it_keeps_the_very_elements_and_the_focus(page: Page) -> None:
    assert page.evaluate("window.kept === document.querySelector('#t')")
    expect(page.locator("#t")).to_be_focused()


def test_a_list_in_another_order_keeps_its_values_right(page: Page) -> None:
    first = "<select id='s'><option value='a'>A</option><option value='b'>B</option></select>"
    other = "<select id='s'><option value='b'>B</option><option value='a'>A</option></select>"
    page.evaluate(SWAP, first)
    page.evaluate(SWAP, other)
    expect(page.locator("#s option").first).to_have_text("B")
    assert page.locator("#s option").first.get_attribute("value") == "b"
