"""The projection: what comes first, in numbers and in words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from budget.terms import Day
from clayops.views.budget.pace import Pace, Waiting, pace, rate_of, waiting
from jobs.models import Destination, Hold
from tests.support import a_destination, csv_of, running
from tests.web.budget_support import days_ago, spent

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)


def a_day(spent: int = 0, reserved: int = 0, limit: int = 10_000, breaker: str = "closed") -> Day:
    return Day(
        day=NOW.date(),
        limit=Decimal(limit),
        spent=Decimal(spent),
        reserved=Decimal(reserved),
        breaker="open" if breaker == "open" else "closed",
        reason="",
        since=None,
        resets_at=MIDNIGHT,
        warned_at=None,
        standing=Decimal(limit),
        for_today=False,
    )


def ahead(day: Day, rows: int, credits: int, rate: int) -> Pace:
    return pace(day, Waiting(rows, Decimal(credits)), Decimal(rate), NOW)


def test_the_limit_comes_first() -> None:
    found = ahead(a_day(spent=8_000), 50_000, 100_000, rate=1_000)
    assert (found.outlook, found.reaches, found.at) == ("limit", Decimal(10_000), NOW + timedelta(hours=2))


def test_the_last_waiting_row_comes_first() -> None:
    found = ahead(a_day(spent=1_000, reserved=200), 250, 500, rate=1_000)
    assert (found.outlook, found.reaches, found.at) == ("done", Decimal(1_700), NOW + timedelta(minutes=30))


def test_midnight_comes_first() -> None:
    found = ahead(a_day(spent=1_000), 50_000, 100_000, rate=300)
    assert (found.outlook, found.reaches, found.short, found.at) == (
        "midnight",
        Decimal(4_000),
        Decimal(6_000),
        None,
    )


@pytest.mark.parametrize("rate", [1, 10, 1_000, 1_000_000])
def test_it_never_passes_what_waits(rate: int) -> None:
    assert ahead(a_day(spent=1_000, reserved=50), 250, 500, rate).reaches <= 1_550


@pytest.mark.parametrize(
    ("day", "credits", "rate", "outlook"),
    [
        (a_day(spent=500, breaker="open"), 400, 300, "stopped"),
        (a_day(limit=0), 400, 0, "zero"),
        (a_day(spent=6_000, reserved=6_000), 400, 300, "full"),
        (a_day(spent=500), 0, 300, "idle"),
        (a_day(spent=500), 400, 0, "quiet"),
    ],
)
def test_when_nothing_goes_on_the_day_stays_where_it_is(
    day: Day, credits: int, rate: int, outlook: str
) -> None:
    found = ahead(day, credits // 2, credits, rate)
    assert (found.outlook, found.reaches, found.at) == (outlook, day.spent + day.reserved, None)


@pytest.mark.django_db
def test_the_rate_counts_the_last_hour_when_it_was_reserved_across_midnight() -> None:
    just_after = days_ago(1).replace(hour=0, minute=20)
    spent(100, at=just_after - timedelta(minutes=61))
    spent(70, of=80, at=just_after - timedelta(minutes=50))
    spent(5, at=just_after - timedelta(minutes=5))
    assert rate_of(just_after) == 75


def test_what_waits_costs_its_destination_s_price(people: Destination) -> None:
    running(people, csv_of(120))
    running(a_destination("Phones", credits_per_row="5.5"))
    assert waiting({}) == Waiting(123, Decimal("256.5"))


def test_a_destination_with_its_own_limit_takes_no_more_than_that(people: Destination) -> None:
    running(people, csv_of(120))
    assert waiting({people.pk: Decimal(30)}).credits == 30


def test_what_waits_for_a_person_is_not_expected(people: Destination) -> None:
    running(people)
    people.put_on_hold(Hold.KEY_REJECTED, "401")
    assert waiting({}).rows == 0


@pytest.mark.parametrize(
    ("rows", "used", "words"),
    [
        (0, 0, "Nothing is being sent: no row waits."),
        (0, 100, "Nothing is being sent: no row waits."),
        (120, 10_000, "The limit is used up: nothing new is sent until it is raised or the day turns."),
    ],
)
def test_in_words(client: Client, people: Destination, rows: int, used: int, words: str) -> None:
    if rows:
        running(people, csv_of(rows))
    if used:
        spent(used)
    assert words in client.get("/budget").content.decode()


def test_the_words_of_a_day_that_hits_its_limit(client: Client, people: Destination) -> None:
    running(people, csv_of(120))
    spent(9_990)
    shown = " ".join(client.get("/budget").content.decode().split())
    assert "9,990 an hour" in shown
    assert "At this rate the limit is hit at about <time" in shown
