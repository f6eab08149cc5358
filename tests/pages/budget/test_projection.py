"""The projection: what comes first, in numbers and in words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from budget import credits
from budget.terms import Day
from clayops.pages.budget.projection import Behind, Pace, Rate, Waiting, pace, rate_of, waiting
from jobs.models import Destination, Hold
from tests.pages.budget.budget_support import days_ago, reserved, spent
from tests.support import a_destination, csv_of, running

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


def ahead(day: Day, rows: int, credits: int, rate: int, behind: int = 0) -> Pace:
    left = (Behind(behind, "People", own_limit=True),) if behind else ()
    return pace(day, Waiting(rows, Decimal(credits), left), Rate(Decimal(rate)), NOW)


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


def test_rows_left_behind_are_never_called_done() -> None:
    found = ahead(a_day(spent=1_000), 250, 500, rate=1_000, behind=50)
    assert (found.outlook, found.own, found.reaches) == ("limit", True, Decimal(1_500))
    found = ahead(a_day(spent=1_000), 50, 0, rate=1_000, behind=50)
    assert (found.outlook, found.own, found.at) == ("stopped", True, None)


def test_the_workspace_s_limit_before_a_destination_s_own_is_the_workspace_s() -> None:
    found = ahead(a_day(spent=9_900), 250, 500, rate=1_000, behind=50)
    assert (found.outlook, found.own) == ("limit", False)


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
def test_while_sending_the_rate_counts_since_that_began_also_across_midnight() -> None:
    just_after = days_ago(1).replace(hour=0, minute=5)
    spent(900, at=just_after - timedelta(minutes=40))
    for minutes in (12, 4):
        spent(30, of=40, at=just_after - timedelta(minutes=minutes))
    assert rate_of(just_after) == Rate(Decimal(300), 12)


@pytest.mark.django_db
def test_the_first_batch_of_all_counts_as_a_minute_of_sending() -> None:
    spent(5, at=NOW - timedelta(seconds=2))
    assert rate_of(NOW) == Rate(Decimal(300), 1)


@pytest.mark.django_db
def test_sending_for_longer_than_an_hour_is_the_last_hour() -> None:
    for minutes in range(1, 90, 8):
        spent(10, at=NOW - timedelta(minutes=minutes))
    assert rate_of(NOW) == Rate(Decimal(80), 60)


@pytest.mark.django_db
def test_when_nothing_is_sent_now_the_rate_is_that_of_the_last_hour() -> None:
    spent(100, at=NOW - timedelta(minutes=61))
    spent(70, of=80, at=NOW - timedelta(minutes=50))
    spent(5, at=NOW - timedelta(minutes=11))
    assert rate_of(NOW) == Rate(Decimal(75), 60)


def test_what_waits_costs_its_destination_s_price(people: Destination) -> None:
    running(people, csv_of(120))
    running(a_destination("Phones", credits_per_row="5.5"))
    assert waiting({}) == Waiting(123, Decimal("256.5"))


def test_a_destination_with_its_own_limit_sends_only_whole_batches_below_it(db: None) -> None:
    people = a_destination(batch_size=50)
    running(people, csv_of(120))
    assert waiting({people.pk: Decimal(130)}) == Waiting(120, Decimal(100), (Behind(70, "People", True),))
    assert waiting({people.pk: Decimal(99)}) == Waiting(120, Decimal(0), (Behind(120, "People", True),))
    assert waiting({people.pk: Decimal(240)}) == Waiting(120, Decimal(240))


def test_of_a_destination_that_is_stopped_nothing_leaves(db: None) -> None:
    people, phones = a_destination(batch_size=50), a_destination("Phones")
    running(people, csv_of(120))
    running(phones)
    found = waiting({people.pk: Decimal(1_000)}, {people.pk})
    assert (found.credits, found.behind) == (Decimal(6), (Behind(120, "People", True),))


def test_the_page_says_which_rows_wait_behind_a_destination_s_own_limit(client: Client) -> None:
    people = a_destination(batch_size=50, daily_limit=150)
    running(people, csv_of(120))
    spent(100, destination=people.pk)
    with pytest.raises(credits.Refused):
        reserved(100, destination=people.pk)
    shown = " ".join(client.get("/budget").content.decode().split())
    assert "Nothing is being sent. 120 rows wait behind People’s own limit." in shown
    assert "last waiting row" not in shown


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
    assert "599,400 an hour<small>reserved in the last minute" in shown
    assert "At this rate the limit is hit at about <time" in shown
