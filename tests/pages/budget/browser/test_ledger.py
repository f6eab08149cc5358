"""The ledger in a browser: both looks, filters that keep each other, and a decision by keyboard."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from budget import credits
from budget.credits import Basis, Purpose
from budget.models import Entry
from clayops.sandbox.server import Sandbox
from jobs.models import Destination
from tests.pages.browser_fixtures import DESK, PHONE, Open, both_looks
from tests.pages.jobs.browser.test_jobs import tab_to
from tests.pages.looks import look
from tests.support import a_destination, bring_home, csv_of, running, send

LONG = "a-list-with-a-very-long-name-2026-10-31-final-v2.csv, batch 214"


@pytest.fixture
def boss(ana: User) -> User:
    """Ana may decide as well."""
    User.objects.filter(pk=ana.pk).update(is_superuser=True)
    return ana


@pytest.fixture
def used(people: Destination, ana: User) -> None:
    """A day with a line of every kind, and some more."""
    phone = a_destination("Phone finder with a rather long name", credits_per_row=Decimal("5.5"))
    now = timezone.now()
    for n in range(24):
        place = phone if n % 5 == 3 else people
        credits.reserve(
            f"sample:{n}:{n:012x}",
            place.cost_of(50),
            [place.scope],
            Purpose(
                place.pk, 4711 if n % 2 else None, ana.pk if n % 3 else None, 50, f"leads.csv, batch {n}"
            ),
            now=now - timedelta(seconds=20 + 2 * n),
        )
        if n % 6 == 1:
            credits.settle(f"sample:{n}:{n:012x}", Decimal("92.30"), Basis.REPORTED)
        elif n % 6 == 2:
            credits.settle(f"sample:{n}:{n:012x}", Decimal("108"), Basis.PARTLY)
        elif n % 6 == 3:
            credits.settle(f"sample:{n}:{n:012x}", None, Basis.UNKNOWN)
        elif n % 6 == 4:
            credits.settle(f"sample:{n}:{n:012x}")
        elif n % 12 == 5:
            credits.release(f"sample:{n}:{n:012x}")
    Entry.objects.filter(holder__startswith="sample:3:").update(label=LONG)


def line_of(basis: Basis) -> Entry:
    return Entry.objects.filter(basis=basis).order_by("-reserved_at")[0]


@both_looks
def test_in_use(
    open_page: Open,
    used: None,
    boss: User,
    clay: Sandbox,
    size: dict[str, int],
    colours: str,
    request: pytest.FixtureRequest,
) -> None:
    told = a_destination("Told")
    clay.settings(report_credits=0.9)
    running(told, csv_of(50), name="told.csv")
    send(told)
    bring_home()
    decided = Entry.objects.filter(basis=Basis.UNKNOWN).order_by("reserved_at")[0]
    credits.decide(decided, Decimal("12.5"), boss, "Usage page, 24 Nov: 12.5 credits at 14:05")
    unknown = line_of(Basis.UNKNOWN)
    paths = {
        "ledger": "/budget/ledger",
        "ledger-filtered": f"/budget/ledger?q=leads&day={decided.day}&hour=23&state=settled&released=on",
        "ledger-wrong": "/budget/ledger?day=never&from=x&person=9",
        "ledger-unknown": "/budget/ledger?basis=unknown",
        "ledger-decide": f"/budget/ledger/decide?line={unknown.pk}",
        "ledger-line-unknown": f"/budget/ledger/{unknown.pk}?basis=unknown",
        "ledger-line-decided": f"/budget/ledger/{decided.pk}",
        "ledger-line-told": f"/budget/ledger/{Entry.objects.get(destination=told.pk).pk}",
    }
    page = open_page("/settings", viewport=size, color_scheme=colours, reduced_motion="reduce")
    problems = []
    for name, path in paths.items():
        page.goto(path)
        if page.locator("details").count():
            page.locator("details").last.evaluate("each => { each.open = true }")
        problems += look(page, f"{name}-{request.node.callspec.id}")
    assert problems == []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_empty_and_for_who_may_not_decide(
    open_page: Open, people: Destination, size: dict[str, int], request: pytest.FixtureRequest
) -> None:
    page = open_page("/budget/ledger", viewport=size, reduced_motion="reduce")
    name = request.node.callspec.id
    problems = look(page, f"ledger-empty-{name}")
    credits.reserve("a", Decimal(100), [], Purpose(people.pk, None, None, 50, "leads.csv, batch 1"))
    credits.settle("a", basis=Basis.UNKNOWN)
    paths = {"none": "?day=2020-01-01", "unknown": "?basis=unknown", "line": f"/{Entry.objects.get().pk}"}
    for what, path in paths.items():
        page.goto(f"/budget/ledger{path}")
        problems += look(page, f"ledger-ana-{what}-{name}")
    expect(page.get_by_role("button", name="Decide")).to_be_disabled()
    assert problems == []


def sums(page: Page) -> tuple[str, str]:
    return page.locator("#sum-lines").inner_text(), page.locator("#sum-spent").inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_filter_keeps_the_others_and_chips_take_one_away(
    open_page: Open, used: None, people: Destination, scripts: bool
) -> None:
    page = open_page("/budget/ledger?hour=&from=2026-01-01", java_script_enabled=scripts)
    page.get_by_label("State").select_option("Settled")
    page.get_by_role("button", name="Show").click()
    page.get_by_label("Destination").select_option("People")
    page.get_by_label("How it is known").select_option("Reported")
    page.get_by_role("button", name="Show").click()
    for part in ("from=2026-01-01", "state=settled", f"destination={people.pk}", "basis=reported"):
        assert part in page.url
    expect(page.locator(".chip")).to_have_count(4)
    few = page.locator(".ledger tbody tr").count()
    page.locator(".chip", has_text="reported").click()
    expect(page.locator(".chip")).to_have_count(3)
    assert page.locator(".ledger tbody tr").count() > few
    assert "state=settled" in page.url
    page.get_by_role("link", name="Clear all").click()
    expect(page.locator(".chip")).to_have_count(0)


def test_the_filter_survives_the_way_to_a_line_and_back(open_page: Open, used: None) -> None:
    page = open_page("/budget/ledger?basis=unknown")
    page.locator(".ledger .at a").first.click()
    page.get_by_role("link", name="Older").click()
    expect(page).to_have_url(re.compile(r"/budget/ledger/\d+\?basis=unknown"))
    page.get_by_label("Where this is").get_by_role("link", name="Ledger").click()
    expect(page).to_have_url(re.compile(r"/budget/ledger\?basis=unknown$"))


def test_a_download_of_what_is_shown(open_page: Open, used: None) -> None:
    page = open_page("/budget/ledger?basis=reported")
    with page.expect_download() as begun:
        page.get_by_role("link", name="Download CSV").click()
    lines = begun.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == 1 + page.locator(".ledger tbody tr").count()


def test_deciding_by_keyboard(open_page: Open, used: None, boss: User) -> None:
    line = line_of(Basis.UNKNOWN)
    page = open_page(f"/budget/ledger/{line.pk}")
    tab_to(page, "#d-charged_0")
    page.keyboard.press("Space")
    tab_to(page, "#d-note")
    page.keyboard.type("Nothing on the usage page")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Decided: 0 of")).to_be_visible()
    expect(page.get_by_role("cell", name="Nothing on the usage page")).to_be_visible()
    line.refresh_from_db()
    assert (line.spent, line.basis) == (Decimal(0), Basis.DECIDED)


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(open_page: Open, used: None, boss: User) -> None:
    page = open_page(f"/budget/ledger/{line_of(Basis.UNKNOWN).pk}")
    page.get_by_label("Clay charged a part of it").check()
    page.get_by_label("How you know").fill("Usage page")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Say how many of the")).to_be_visible()
    expect(page.get_by_label("How you know")).to_have_value("Usage page")
    expect(page.get_by_label("Clay charged a part of it")).to_be_checked()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_deciding_the_ticked_ones(open_page: Open, used: None, boss: User, scripts: bool) -> None:
    page = open_page("/budget/ledger?basis=unknown", java_script_enabled=scripts)
    before = page.locator(".ledger tbody tr").count()
    for box in page.locator(".ledger input[type=checkbox]").all()[:2]:
        box.check()
    page.get_by_role("button", name="Decide the ticked lines").click()
    expect(page.get_by_role("heading", name="Were 2 lines")).to_be_visible()
    page.get_by_label("Clay did not charge them").check()
    page.get_by_label("How you know").fill("Usage page")
    page.get_by_role("button", name="Decide 2 lines").click()
    expect(page.get_by_text("Decided for 2 lines: 0 of")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/budget/ledger\?basis=unknown$"))
    expect(page.locator(".ledger tbody tr")).to_have_count(before - 2)
