"""The limit by keyboard, with its preview; without JavaScript; asking for more, and granting it."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, expect

from budget import credits
from budget.models import LimitRequest
from budget.steering import requests
from jobs.models import Destination, Hold, Job
from tests.pages.browser_fixtures import DESK, Open, both_looks
from tests.pages.looks import look
from tests.support import a_destination, csv_of, running


@pytest.fixture
def bea(transactional_db: None) -> User:
    """Who may change the limit."""
    return User.objects.create_superuser("bea", password="clay and water")


@pytest.fixture
def as_bea(open_page: Open, bea: User) -> Open:
    """`as_bea("/budget")`: a tab of Bea's."""

    def open_it(path: str = "/", **options: object) -> Page:
        page = open_page("/signin", signed_in=False, **options)
        client = Client()
        client.force_login(bea)
        session = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": page.url}])
        page.goto(path)
        return page

    return open_it


@pytest.fixture
def held(people: Destination) -> Job:
    """120 rows that wait for credits: a batch costs 100, and 60 of a limit of 100 are left."""
    credits.set_limit(Decimal(100), by=None)
    credits.reserve("earlier", Decimal(40), [people.scope], credits.Purpose(destination=people.pk))
    job = running(people, csv_of(120))
    people.put_on_hold(Hold.BUDGET, "The daily limit of 100 credits is reached")
    return job


def test_what_a_limit_means_appears_while_it_is_typed(as_bea: Open, held: Job) -> None:
    page = as_bea("/budget/limit")
    page.get_by_label("Credits a day").press_sequentially("1,000", delay=20)
    preview = page.locator("#limit-preview")
    expect(preview).to_contain_text("1 held job, 120 rows will go on, at most 240 credits.")
    expect(preview).to_contain_text("From now on, every day.")
    page.get_by_label("Today only").check()
    expect(preview).to_contain_text("Until midnight (00:00), then 100 again.")
    expect(page.get_by_label("Credits a day")).to_have_value("1,000")
    assert credits.limit_of().amount == 100


@pytest.mark.short
def test_it_is_saved_by_keyboard_alone(as_bea: Open, held: Job) -> None:
    page = as_bea("/budget/limit")
    page.get_by_label("Credits a day").focus()
    page.keyboard.type("1 000")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Campaign")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The limit is 1,000 credits until midnight.")).to_be_visible()
    limit = credits.limit_of()
    assert (limit.amount, limit.standing) == (Decimal(1000), Decimal(100))


def test_zero_asks_first(as_bea: Open, held: Job) -> None:
    page = as_bea("/budget/limit")
    page.get_by_label("Credits a day").fill("0")
    expect(page.locator("#limit-preview")).to_contain_text("All sending stops.")
    page.get_by_role("button", name="Change the limit").click()
    expect(page.get_by_text("0 stops all sending. Tick this if that is meant.")).to_be_visible()
    assert credits.limit_of().amount == 100
    page.get_by_label("Yes, stop all sending").check()
    page.get_by_role("button", name="Change the limit").click()
    expect(page.get_by_text("The limit is 0 credits a day from now on.")).to_be_visible()


def test_without_javascript_it_is_seen_first_too(as_bea: Open, held: Job) -> None:
    page = as_bea("/budget/limit", java_script_enabled=False)
    page.get_by_label("Credits a day").fill("1,000")
    page.get_by_role("button", name="See what it means").click()
    expect(page.get_by_text("1 held job, 120 rows will go on")).to_be_visible()
    assert credits.limit_of().amount == 100
    expect(page.get_by_label("Credits a day")).to_have_value("1,000")
    page.get_by_role("button", name="Change the limit").click()
    expect(page.get_by_text("The limit is 1,000 credits a day from now on.")).to_be_visible()


def test_ana_asks_and_bea_grants_by_one_click(open_page: Open, as_bea: Open, held: Job) -> None:
    hers = open_page("/budget/limit")
    expect(hers.get_by_role("button", name="Change the limit")).to_be_disabled()
    hers.get_by_label("How many credits more").fill("500")
    hers.get_by_label("What for").fill("leads.csv must go out today")
    hers.get_by_label("What for").press("Enter")
    expect(hers.locator("#limit-requests")).to_contain_text("waiting")
    bea = as_bea("/jobs")
    bea.get_by_role("button", name="Grant 500 to ana").click()
    expect(bea.get_by_text("Granted. The limit is 600 credits until midnight.")).to_be_visible()
    hers.reload()
    expect(hers.locator("#limit-requests")).to_contain_text("granted by bea")
    assert LimitRequest.objects.get().change is not None


@pytest.fixture
def places(held: Job, ana: User, bea: User) -> dict[str, str]:
    """Addresses, with everything on them that there is to see."""
    phones = a_destination("Phone finder with a rather long name", daily_limit=500)
    a_destination("Company profile")
    credits.reserve("out", Decimal("42.5"), [phones.scope], credits.Purpose(destination=phones.pk))
    credits.settle("earlier", Decimal(38))
    credits.set_limit(Decimal(2500), bea, "Campaign of November, agreed with the whole team on Monday")
    credits.set_limit(Decimal(200), bea, scope=phones.scope, today_only=True)
    requests.decline(requests.ask(Decimal(90), "A second try of the spring list", ana), bea)
    requests.grant(requests.ask(Decimal(50), "emea-accounts.csv", ana), bea)
    requests.ask(Decimal(500), "webinar-leads-nov.csv must go out before Thursday's call", ana)
    return {
        "limit": "/budget/limit",
        "limit-preview": "/budget/limit?credits=50,000&until=today",
        "limit-zero": "/budget/limit?credits=0",
        "limit-wrong": "/budget/limit?credits=12.500",
        "limit-of-one": f"/budget/limit?scope={phones.scope}&credits=30",
        "limit-none": f"/budget/limit?scope={held.destination.scope}",
        "limit-changes": "/budget/limits",
        "limit-ask": "/budget/ask?credits=500&why=leads.csv",
        "limit-budget": "/budget",
    }


@both_looks
@pytest.mark.parametrize("who", ["bea", "ana"])
def test_it_is_readable_everywhere(
    open_page: Open, as_bea: Open, places: dict[str, str], size: dict[str, int], colours: str, who: str
) -> None:
    options = {"viewport": size, "color_scheme": colours, "reduced_motion": "reduce"}
    page = (as_bea if who == "bea" else open_page)("/settings", **options)
    problems = []
    for name, path in places.items():
        page.goto(path)
        problems += look(page, f"{name}-{who}-{size['width']}-{colours}")
    assert problems == []


@pytest.mark.parametrize("path", ["limit", "limits", "ask"])
def test_empty_it_is_readable_too(as_bea: Open, path: str) -> None:
    page = as_bea(f"/budget/{path}", viewport=DESK, reduced_motion="reduce")
    assert look(page, f"limit-empty-{path}") == []
