"""What a page looks like: its picture in test-results/, what axe finds (WCAG 2.2 AA), what sticks out."""

from typing import Any

from axe_core_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.pages.browser_fixtures import SHOTS

STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def look(page: Page, name: str, *, stylesheets: bool = False) -> list[str]:
    """Picture the page; what axe finds, and what sticks out to the right.

    axe reads the `stylesheets` for one rule alone (nothing is locked to an orientation), which takes as long
    as all others: every page has the same, so that one page is enough.
    """
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    return [f"{name}: {problem}" for problem in problems_of(page, stylesheets=stylesheets)]


def problems_of(page: Page, *, stylesheets: bool = False) -> list[str]:
    problems = [f"{each['id']} {_where(each)}" for each in _violations(page, stylesheets)]
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*problems, *([f"{width} px stick out"] if width > 0 else [])]


def _violations(page: Page, stylesheets: bool) -> list[dict[str, Any]]:
    """axe's violations alone: to carry all that passed out of the browser takes twice as long as to look."""
    page.evaluate(AXE_SCRIPT)
    run = "options => axe.run(options).then(found => found.violations)"
    options = {"runOnly": STANDARD, "resultTypes": ["violations"], "preload": stylesheets}
    found: list[dict[str, Any]] = page.evaluate(run, options)
    return found


def _where(violation: dict[str, Any]) -> str:
    return "; ".join(
        f"{node['html'][:90]} ({node.get('failureSummary', '')[:160]})" for node in violation["nodes"][:3]
    )
