"""The page of a draft in its states, light and dark, desk and phone: axe is content, nothing sticks out."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from budget import credits
from jobs.intake.check import checking
from jobs.models import Destination, Job, Proof, RowState
from tests.pages.browser_fixtures import Open, both_looks
from tests.pages.looks import look
from tests.pages.upload.test_workbook import LEADS, NOTES
from tests.support import csv_of, draft, running, workbook

LINES = [
    *(f"Old {n},old{n}@north{n}.test,https://north{n}.test/a-long-address/{'x' * 60}" for n in range(1, 8)),
    *["Old 1,OLD1@north1.test ,https://north1.test"] * 3,
    *["Nobody,,north.test", "Wrong,not an address,not a domain", "Free,free@gmail.com,gmail.com"],
    *["Too,many@x.test,cells.test,here,a,b,c,d"] * 2,
    *(f"Ana {n},ana{n}@north{n}.test,north{n}.test" for n in range(1, 1200)),
]
TEXT = "name,email,website\n" + "\n".join(LINES) + "\n"


def with_findings(people: Destination) -> Job:
    """Every kind of finding; too much for today; the same file is there twice."""
    old = running(people, "name,email,website\n" + "\n".join(LINES[:7]) + "\n", "october.csv")
    home = {"state": RowState.ENRICHED, "proof": Proof.SENT, "enriched_at": timezone.now()}
    old.rows.filter(number__lte=4).update(**home, result={"title": "CTO"})
    draft(people, TEXT, "a-list-with-a-very-long-name-2026-10-31-final-v2.csv")
    credits.set_limit(Decimal(500), by=None)
    return draft(people, TEXT, "november.csv")


def large(people: Destination) -> Job:
    job = draft(people, csv_of(20_000))
    checking._tell_progress(job, 0.42)
    return job


def wide(people: Destination) -> Job:
    names = ",".join(f"column {n}" for n in range(120))
    return draft(people, f"{names}\n" + ",".join(["x"] * 120) + "\n")


def book(people: Destination) -> Job:
    return draft(people, workbook(Leads=LEADS, Notes=NOTES), "book.xlsx")


def touch(page: Page) -> None:
    """Open what can be opened, fill what can be filled, and make a slip."""
    page.locator("#live").click()
    for summary in page.locator("#setup summary").all():
        summary.click()
    page.locator("#input-1").select_option("=")
    page.locator("#constant-1").fill("north.test")
    page.locator("#read-skip").fill("many")
    page.keyboard.press("Tab")
    page.wait_for_timeout(1200)


@both_looks
@pytest.mark.parametrize("made", [with_findings, large, wide, book])
def test_looks(
    open_page: Open,
    people: Destination,
    made: Callable[[Destination], Job],
    size: dict[str, int],
    colours: str,
) -> None:
    page = open_page(
        f"/jobs/{made(people).pk}/setup", viewport=size, color_scheme=colours, reduced_motion="reduce"
    )
    name = f"setup-{made.__name__}-{size['width']}-{colours}"
    problems = look(page, name)
    touch(page)
    assert [*problems, *look(page, f"{name}-touched")] == []
