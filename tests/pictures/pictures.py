"""Every picture of the guide, from the real pages in headless Chromium: `make pictures`."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from clayops.people import first_owner
from clayops.sandbox.server import Sandbox
from jobs.models import DeadLetter, Destination, Job
from providers.models import Provider
from tests.pages.browser_fixtures import PHONE, Open
from tests.pictures import story
from tests.pictures.conftest import PICTURES
from tests.support import draft

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.breaks_a_promise,
]  # letters without a ledger
WIDE = {"width": 1280, "height": 800}
SHORTEST, TALLEST = 480, 1300
"""A picture ends with the page, or at TALLEST: what is below is a scroll away."""
LOOK = {"reduced_motion": "reduce", "color_scheme": "light"}


def shoot(page: Page, name: str, *, tallest: int = TALLEST, only: str = "") -> None:
    """The page from its top on, or one part of it, as docs/guide/pictures/NAME.png."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    path = PICTURES / f"{name}.png"
    if only:
        page.locator(only).screenshot(path=path)
        return
    size = page.viewport_size
    assert size
    page.set_viewport_size({"width": size["width"], "height": SHORTEST})
    height = min(int(page.evaluate("document.documentElement.scrollHeight")), tallest)
    page.set_viewport_size({"width": size["width"], "height": height})
    page.screenshot(path=path)
    page.set_viewport_size(size)


Shoot = Callable[..., None]


@pytest.fixture
def visit(open_page: Open) -> Shoot:
    """`visit("/jobs", "jobs")`: open the page and take its picture."""
    page = open_page("/settings", viewport=WIDE, **LOOK)

    def take(path: str, name: str, before: Callable[[Page], object] | None = None, **how: object) -> None:
        story.alive()
        page.goto(path)
        if before:
            before(page)
        shoot(page, name, **how)  # type: ignore[arg-type]

    return take


def test_the_first_visit(open_page: Open, ana: User, clay: Sandbox) -> None:
    page = open_page("/signin", signed_in=False, viewport=WIDE, **LOOK)
    User.objects.all().delete()
    page.goto(f"/welcome/{first_owner.link_token()}")
    shoot(page, "welcome", tallest=640)


def test_a_day(visit: Shoot, open_page: Open, ana: User, colleagues: list[User], clay: Sandbox) -> None:
    emails, phones, facts = story.destinations()
    story.earlier_days([emails, phones, facts])
    done = story.finished(emails, story.leads(900, 1), "webinar-november.csv", 150, 31)
    story.finished(facts, story.leads(650, 2), "crm-accounts.csv", 12, 46)
    leads = draft(emails, story.messy(240), "conference-leads.csv")
    on_its_way = story.under_way(clay, emails, story.leads(900, 3), "partner-list-q4.csv", 8, 9)
    Job.objects.update(created_by=ana, started_by=ana)
    story.paced()
    visit("/upload", "upload")
    visit(f"/jobs/{leads.pk}/setup", "setup", tallest=1500)
    visit(f"/jobs/{on_its_way.pk}", "job")
    visit(f"/jobs/{done.pk}/rows", "rows", tallest=900)
    visit(f"/jobs/{done.pk}/rows/1", "row")
    visit("/budget", "budget", tallest=1250)
    visit("/budget/limit", "limit", _limit_typed)
    visit("/budget/ledger", "ledger", tallest=900)
    visit("/destinations", "destinations")
    visit("/destinations/new", "destination-new")
    story.providers_known()
    story.windows()
    visit(f"/destinations/{emails.pk}/waterfall", "waterfall")
    visit(f"/destinations/{emails.pk}/outcomes", "outcomes")
    visit("/providers", "providers")
    visit(f"/providers/{Provider.objects.get(name='hunter').pk}", "provider")
    visit("/people", "people")
    visit("/settings/notifications/new", "notification-new", tallest=1000)
    _trouble(visit, clay, emails, phones)
    for name, size, tallest in (("dark", WIDE, 800), ("phone", PHONE, 1500)):
        story.alive()
        page = open_page("/", viewport=size, reduced_motion="reduce", color_scheme="dark")
        shoot(page, f"dashboard-{name}", tallest=tallest)


def _limit_typed(page: Page) -> None:
    field = page.get_by_label("Credits a day")
    field.fill("4000")
    field.press("Tab")
    page.wait_for_timeout(900)


def _trouble(visit: Shoot, clay: Sandbox, emails: Destination, phones: Destination) -> None:
    """What a control room is for."""
    Job.objects.filter(destination=emails, state="running").update(state="paused")  # others go first
    story.refused(clay, emails, story.leads(200, 31), "trade-fair-berlin.csv", 64)
    story.refused(clay, emails, story.leads(150, 32), "newsletter-signups.csv", 38)
    Job.objects.filter(destination=emails, state="paused").update(state="running")
    visit("/deadletters", "deadletters")
    letter = DeadLetter.objects.filter(charge="possibly").order_by("-size")[0]
    visit(f"/deadletters/{letter.pk}", "letter", tallest=1100)
    visit(f"/deadletters/{letter.pk}", "retry", _retry_asked)
    story.stuck(clay, phones, story.leads(120, 5), "field-sales-emea.csv")
    story.paced()
    story.windows()
    visit("/runs", "runs")
    visit("/alerts", "alerts")
    visit("/", "dashboard", tallest=800)


def _retry_asked(page: Page) -> None:
    page.get_by_role("button", name="Approve and retry").click()
    page.wait_for_url("**/deadletters/bulk/*")
