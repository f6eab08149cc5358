"""A job that does not fit today: the three choices, with and without JavaScript, and how all of it looks."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from playwright.sync_api import Page, expect

from budget import credits
from jobs import steering
from jobs.intake.rows import ingest
from jobs.models import Destination, Job, JobState
from jobs.sending import completion
from tests.jobs.credits.test_reported_costs import came_home
from tests.pages.browser_fixtures import Open, both_looks
from tests.pages.looks import look
from tests.support import a_destination, csv_of, draft, fresh, running

scripted = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])


@pytest.fixture
def leads(people: Destination) -> Job:
    """5,000 people for 10,000 credits: 6,400 are left today, another job still wants 4,000 of them."""
    running(people, csv_of(2000), "inbound.csv")
    credits.set_limit(Decimal(6400), None)
    return draft(people, csv_of(5000), "webinar-leads.csv")


@pytest.fixture
def may_raise(ana: User) -> None:
    ana.user_permissions.add(Permission.objects.get(codename="change_limit"))


def setup(open_page: Open, job: Job, *, javascript: bool = True) -> Page:
    return open_page(f"/jobs/{job.pk}/setup", java_script_enabled=javascript)


@scripted
def test_all_of_it_is_started_all_the_same(open_page: Open, leads: Job, javascript: bool) -> None:
    page = setup(open_page, leads, javascript=javascript)
    later = page.locator("#later")
    expect(later).to_contain_text("1,200 of 5,000 rows fit into what is left today (2,400 credits)")
    expect(later).to_contain_text("the other 3,800 go from 00:00 on, over 2 days")
    expect(later).to_contain_text("4,000 credits are spoken for by 1 running job")
    page.get_by_role("button", name="Start: send 5,000 rows").click()
    expect(page.locator("#job-panel [role=status]")).to_have_text("getting ready")
    assert fresh(leads).trial_rows == 0


@scripted
def test_only_what_fits_is_sent(open_page: Open, leads: Job, javascript: bool) -> None:
    page = setup(open_page, leads, javascript=javascript)
    page.get_by_role("button", name="Send only the 1,200 that fit").click()
    expect(page.locator("#trial")).to_contain_text("Only what fits today: the first 1,200 rows.")
    assert (fresh(leads).trial_rows, fresh(leads).trial_fits) == (1200, True)


@scripted
def test_the_limit_is_raised_and_then_it_fits(
    open_page: Open, may_raise: None, leads: Job, javascript: bool
) -> None:
    page = setup(open_page, leads, javascript=javascript)
    page.get_by_role("button", name="Raise today’s limit by 7,600").click()
    expect(page.get_by_text("Today’s limit is 14,000 credits, until midnight.")).to_be_visible()
    expect(page.locator("#later")).to_have_count(0)
    expect(page.get_by_role("button", name="Send only")).to_have_count(0)
    assert (fresh(leads).state, credits.limit_of().standing) == (JobState.DRAFT, Decimal(6400))


def test_a_change_of_a_field_presses_no_button_again(open_page: Open, may_raise: None, leads: Job) -> None:
    page = setup(open_page, leads)
    page.get_by_role("button", name="Raise today’s limit").click()
    expect(page.locator("#later")).to_have_count(0)
    page.get_by_label("domain", exact=True).select_option(label="name")
    expect(page.locator("#line-1 .samples")).to_contain_text("Ana 1")
    assert (fresh(leads).state, credits.limit_of().amount) == (JobState.DRAFT, Decimal(14_000))


def test_who_may_not_raise_it_asks(open_page: Open, leads: Job) -> None:
    page = setup(open_page, leads)
    page.get_by_role("link", name="Ask for 7,600 more").click()
    expect(page.locator("[name=credits]")).to_have_value("7600")
    expect(page.locator("[name=why]")).to_have_value("webinar-leads.csv")


def test_a_better_estimate_is_one_click(open_page: Open, ana: User, people: Destination) -> None:
    User.objects.filter(pk=ana.pk).update(is_superuser=True)
    came_home(people, [1, 2, 6])
    page = open_page("/destinations")
    page.get_by_role("button", name="Use 3 credits a row at People from now on").click()
    expect(page.get_by_text("People counts with 3 credits a row from now on. It was 2.")).to_be_visible()
    expect(page.get_by_role("button", name="Use 3")).to_have_count(0)


# -- how it looks ----------------------------------------------------------------------------------------
@pytest.fixture
def places(people: Destination, ana: User) -> dict[str, str]:
    """The panel in its states, a job that was paused by itself, destinations that told and did not."""
    came_home(people, [1, 2, 6])
    paused = running(people, csv_of(120), "events-paris.csv")
    Job.objects.filter(pk=paused.pk).update(trial_fits=True, trial_rows=50, trial_batches=1)
    first = paused.batches.get(number=1)
    first.rows.update(state="enriched", proof="sent", result={"title": "CTO"}, credits=3)
    paused.batches.filter(number=1).update(state="finished")
    for number, (spent, basis) in enumerate([(150, "reported"), (40, "estimated"), (10, "unknown")]):
        credits.reserve(f"test:{number}", Decimal(spent), purpose=credits.Purpose(job=paused.pk))
        credits.settle(f"test:{number}", None, credits.Basis(basis))
    credits.reserve("test:open", Decimal(30), purpose=credits.Purpose(job=paused.pk))
    completion.end_trial(fresh(paused))
    fits = draft(people, csv_of(3000), "fits.csv")
    starting = draft(people, csv_of(200), "only-a-part.csv")
    steering.jobs.start(starting, trial_rows=150, fits=True)
    ingest.ingest(starting.pk)
    running(people, csv_of(2000), "inbound.csv")
    own = a_destination("Phone finder with a rather long name", daily_limit=500, credits_per_row="5.5")
    part = draft(own, csv_of(700), "phones-of-a-list-with-a-very-long-name-2026-10-31-final-v2.csv")
    dear = a_destination("Company profile", daily_limit=90)
    credits.set_limit(Decimal(800), None, scope=own.scope, today_only=True)
    return {
        "fits-some": f"/jobs/{draft(people, csv_of(5000), 'webinar-leads.csv').pk}/setup",
        "fits-all": f"/jobs/{fits.pk}/setup",
        "fits-own-limit": f"/jobs/{part.pk}/setup",
        "fits-never": f"/jobs/{draft(dear, csv_of(60), 'companies.csv').pk}/setup",
        "fits-paused": f"/jobs/{paused.pk}",
        "fits-sending": f"/jobs/{starting.pk}",
        "fits-row": f"/jobs/{paused.pk}/rows/1",
        "fits-destinations": "/destinations",
        "fits-edit": f"/destinations/{people.pk}/edit",
        "fits-edit-own": f"/destinations/{own.pk}/edit",
    }


@both_looks
@pytest.mark.parametrize("who", ["ana", "may-raise"])
def test_it_is_readable_everywhere(
    request: pytest.FixtureRequest,
    open_page: Open,
    places: dict[str, str],
    size: dict[str, int],
    colours: str,
    who: str,
) -> None:
    if who == "may-raise":
        request.getfixturevalue("may_raise")
    page = open_page("/settings", viewport=size, color_scheme=colours, reduced_motion="reduce")
    problems = []
    for name, path in places.items():
        page.goto(path)
        problems += look(page, f"{name}-{who}-{size['width']}-{colours}")
    assert problems == []
