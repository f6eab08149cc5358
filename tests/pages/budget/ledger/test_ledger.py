"""The ledger's page: its filters, its pages, and sums that are those of the list."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from budget import credits
from budget.credits import Basis, Purpose
from budget.models import Entry, EntryState
from budget.terms import day_of
from clayops.pages.budget.ledger.filters import hour_in_words, hours_of
from jobs.models import Destination, Job
from tests.support import a_destination

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def take(holder: str, amount: str = "100", at: datetime = NOON, **purpose: Any) -> None:
    """Reserve, for 50 rows of "leads.csv, batch 1" unless something else is said."""
    known: dict[str, Any] = {"rows": 50, "label": "leads.csv, batch 1"} | purpose
    credits.reserve(holder, Decimal(amount), [], Purpose(**known), now=at)


def settle(holder: str, spent: str, basis: Basis = Basis.REPORTED) -> None:
    credits.settle(holder, Decimal(spent), basis)


def holders(client: Client, **given: object) -> list[str]:
    """Those of the list, over all of its pages."""
    return [line.entry.holder for page in pages(client, **given) for line in page["lines"]]


def pages(client: Client, **given: object) -> Iterator[dict[str, Any]]:
    query = f"?{urlencode(given)}"
    while query:
        answer = client.get(f"/budget/ledger{query}")
        assert answer.status_code == 200
        yield {name: answer.context[name] for name in ("lines", "page")}
        query = answer.context["page"].following


@pytest.fixture
def lines(ana: User, people: Destination, job: Job) -> None:
    """Five lines of two days: settled, unknown, reserved; one released and one of nobody's."""
    mine: dict[str, Any] = {"destination": people.pk, "job": job.pk, "person": ana.pk}
    take("a", "100", **mine)
    settle("a", "92.30")
    take("b", "40", NOON + timedelta(hours=2), **mine | {"rows": 20, "label": "leads.csv, batch 2"})
    settle("b", "40", Basis.UNKNOWN)
    take("c", "60", NOON + timedelta(days=1), rows=30, label="événements.csv, batch 1", destination=4711)
    take("d", "10", NOON + timedelta(days=1), rows=5, job=4711)
    credits.release("d")
    take("e", "7", NOON + timedelta(days=2), person=ana.pk)
    settle("e", "7", Basis.ESTIMATED)


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, "e c b a"),
        ({"released": "on"}, "e d c b a"),
        ({"day": "2026-11-20"}, "b a"),
        ({"day": "2026-11-20", "hour": "14"}, "b"),
        ({"from": "2026-11-21"}, "e c"),
        ({"to": "2026-11-21"}, "c b a"),
        ({"from": "2026-11-21", "to": "2026-11-21", "released": "on"}, "d c"),
        ({"destination": "4711"}, "c"),
        ({"destination": "none"}, "e"),
        ({"job": "none"}, "e c"),
        ({"job": "4711", "released": "on"}, "d"),
        ({"person": "none"}, "c"),
        ({"state": "reserved"}, "c"),
        ({"state": "settled"}, "e b a"),
        ({"state": "released"}, "d"),
        ({"state": "pending"}, ""),
        ({"basis": "unknown"}, "b"),
        ({"basis": "reported"}, "a"),
        ({"basis": "estimated"}, "e"),
        ({"q": "BATCH 2"}, "b"),
        ({"q": "ÉVÉN"}, "c"),
        ({"q": "batch", "state": "settled", "to": "2026-11-20", "basis": "reported"}, "a"),
    ],
)
def test_each_filter_alone_and_together(client: Client, given: dict[str, str], found: str) -> None:
    assert holders(client, **given) == found.split()


@pytest.mark.usefixtures("lines")
def test_filters_of_what_has_a_name(client: Client, ana: User, people: Destination, job: Job) -> None:
    assert holders(client, destination=people.pk) == ["b", "a"]
    assert holders(client, person=ana.pk) == ["e", "b", "a"]
    assert holders(client, job=job.pk, person=ana.pk, destination=people.pk, basis="unknown") == ["b"]


@pytest.mark.usefixtures("lines")
def test_the_sums_are_those_of_the_day(client: Client) -> None:
    sums = client.get("/budget/ledger?day=2026-11-20").context["sums"]
    day = credits.on_day(date(2026, 11, 20))
    assert (sums.spent, sums.reserved) == (day.spent, day.reserved) == (Decimal("132.30"), Decimal(0))
    assert (sums.lines, sums.rows, sums.estimated) == (2, 70, 140)


@pytest.mark.usefixtures("lines")
def test_what_was_released_counts_for_nothing_shown_or_not(client: Client) -> None:
    without, with_it = (
        client.get(f"/budget/ledger{query}").context["sums"] for query in ("", "?released=on")
    )
    assert without == with_it
    assert (without.lines, without.rows, without.reserved, without.released) == (4, 150, 60, 1)
    assert "1 line was released and counts for nothing" in text_of(client)


def text_of(client: Client, address: str = "/budget/ledger", status: int = 200) -> str:
    """What a person reads of a page."""
    answer = client.get(address)
    assert answer.status_code == status
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_what_is_pending_is_shown_and_not_counted(client: Client) -> None:
    Entry.objects.create(
        holder="p", day=day_of(NOON), scopes=[""], credits=5, reserved_at=NOON, state=EntryState.PENDING
    )
    answer = client.get("/budget/ledger").context
    assert [line.entry.holder for line in answer["lines"]] == ["p"]
    assert (answer["sums"].lines, answer["sums"].reserved, answer["sums"].pending) == (0, 0, 1)


def test_all_pages_together_are_the_sum_each_line_once(client: Client) -> None:
    for n in range(130):  # several at the same moment
        take(f"h{n}", "2", NOON + timedelta(seconds=n // 7))
        settle(f"h{n}", f"{n % 3}.50")
    found = [line for page in pages(client, day="2026-11-20") for line in page["lines"]]
    assert len({line.entry.pk for line in found}) == len(found) == 130
    first = client.get("/budget/ledger?day=2026-11-20").context
    assert first["sums"].spent == sum(line.entry.spent for line in found)
    assert "day=2026-11-20" in first["page"].following


def test_the_way_back_shows_the_same_page(client: Client) -> None:
    for n in range(60):
        take(f"h{n}", "1", NOON + timedelta(seconds=n))
    first = client.get("/budget/ledger").context
    second = client.get(f"/budget/ledger{first['page'].following}").context
    again = client.get(f"/budget/ledger{second['page'].previous}").context
    assert [line.entry.pk for line in again["lines"]] == [line.entry.pk for line in first["lines"]]


# -- nonsense -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("day", "yesterday", "such as 2026-11-24"),
        ("day", "2026-02-30", "such as 2026-11-24"),
        ("day", "9999-12-31", "such as 2026-11-24"),
        ("day", "0001-01-01", "such as 2026-11-24"),
        ("from", "24.11.2026", "such as 2026-11-24"),
        ("to", "\u0661", "such as 2026-11-24"),
        ("hour", "3", "Choose the day as well"),
        ("destination", "people", "There is no such destination"),
        ("destination", "9" * 5000, "There is no such destination"),
        ("destination", "-1", "There is no such destination"),
        ("job", "²", "a whole number"),
        ("job", str(2**63), "a whole number"),
        ("job", "1" * 5020, "a whole number"),
        ("destination", "0" * 20 + "1" * 5000, "There is no such destination"),
        ("person", "4711", "There is no such person"),
        ("state", "odd", "There is no such state"),
        ("basis", "guessed", "Nothing is known in such a way"),
        ("q", "x\0", "Null characters"),
    ],
)
def test_nonsense_is_said_at_its_field(client: Client, field: str, value: str, words: str) -> None:
    take("a")
    answer = client.get("/budget/ledger", {field: value})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert words in answer.content.decode()
    assert answer.context["lines"] == []


def test_a_day_has_no_hour_24_unless_the_clocks_change(client: Client) -> None:
    answer = client.get("/budget/ledger?day=2026-11-20&hour=24")
    assert answer.context["form"].errors["hour"] == ["This day has no such hour"]


def test_an_end_before_the_beginning_is_said(client: Client) -> None:
    answer = client.get("/budget/ledger?from=2026-11-20&to=2026-11-19")
    assert answer.context["form"].errors["to"] == ["This is before 20 Nov 2026, where it begins"]


@pytest.mark.parametrize(
    "place",
    [
        "nonsense",
        "1~",
        "x~2026-11-20",
        f"1~{'9' * 400}",
        "1~2026-11-20T25:00",
        "1~0001-01-01T00:00:00+14:00",
        "1~9999-12-31T23:59:59-14:00",
    ],
)
def test_a_place_that_makes_no_sense_is_the_first_page(client: Client, place: str) -> None:
    take("a")
    for name in ("after", "before"):
        assert len(client.get("/budget/ledger", {name: place}).context["lines"]) == 1


def test_a_term_is_no_pattern(client: Client) -> None:
    take("a", label="50%_off (final).csv")
    assert holders(client, q="%_off (f") == ["a"]
    assert holders(client, q="5.%") == []


# -- hours on days when clocks change -------------------------------------------------------------
@pytest.mark.parametrize(("day", "count"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_has_its_real_hours(settings: LazySettings, day: str, count: int) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    hours = hours_of(date.fromisoformat(day))
    assert len(hours) == count
    assert all(end - start == timedelta(hours=1) for start, end in hours)
    assert {day_of(start) for start, _ in hours} == {date.fromisoformat(day)}


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_every_line_of_such_a_day_is_in_exactly_one_hour(
    client: Client, settings: LazySettings, day: str
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    hours = hours_of(date.fromisoformat(day))
    for n, (start, end) in enumerate(hours):
        take(f"{n} first", "1", start)
        take(f"{n} last", "1", end - timedelta(microseconds=1))
    for n in range(len(hours)):
        assert holders(client, day=day, hour=n) == [f"{n} last", f"{n} first"]
    assert len(holders(client, day=day)) == 2 * len(hours)


def test_the_hour_that_comes_twice_is_told_apart(settings: LazySettings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    words = [hour_in_words(date(2026, 10, 25), index) for index in (1, 2, 3)]
    assert words == ["01:00 CEST to 02:00 CEST", "02:00 CEST to 02:00 CET", "02:00 CET to 03:00 CET"]
    assert hour_in_words(date(2026, 3, 29), 1) == "01:00 CET to 03:00 CEST"
    assert hour_in_words(date(2026, 6, 1), 23) == "23:00 to 00:00"


# -- what a line says -----------------------------------------------------------------------------
@pytest.mark.usefixtures("lines")
def test_a_job_that_is_there_is_linked_and_a_deleted_one_said(client: Client, job: Job) -> None:
    address = f'href="/jobs/{job.pk}/batches"'
    page = client.get("/budget/ledger?day=2026-11-20").content.decode()
    assert page.count(address) == 2
    Job.objects.filter(pk=job.pk).update(deleted_at=timezone.now())
    page = client.get("/budget/ledger?day=2026-11-20").content.decode()
    assert address not in page
    assert page.count("<small>deleted</small>") == 2


@pytest.mark.usefixtures("lines")
def test_a_destination_that_is_gone_keeps_its_number(client: Client) -> None:
    assert "destination 4711" in text_of(client, "/budget/ledger?day=2026-11-21")


@pytest.mark.usefixtures("lines")
def test_the_difference_is_told_where_there_is_one(client: Client) -> None:
    found = {line.entry.holder: line.difference for line in client.get("/budget/ledger").context["lines"]}
    assert found == {"a": Decimal("-7.70"), "b": 0, "c": 0, "e": 0}
    assert "−7.70" in text_of(client)


@pytest.mark.usefixtures("lines")
def test_a_chip_takes_one_part_of_the_filter_away(client: Client, people: Destination) -> None:
    answer = client.get(
        f"/budget/ledger?day=2026-11-20&hour=12&destination={people.pk}&q=leads&after=1~2026-11-20"
    )
    chips = {chip.words: chip.address for chip in answer.context["chips"]}
    assert list(chips) == ["“leads”", "20 Nov 2026", "12:00 to 13:00", "to People"]
    assert chips["20 Nov 2026"] == f"?q=leads&destination={people.pk}"  # an hour needs its day
    assert chips["to People"] == "?q=leads&day=2026-11-20&hour=12"


def test_what_people_call_their_files_is_never_markup(client: Client) -> None:
    take("a", label="<img src=x onerror=alert(1)>, batch 1")
    for address in ("/budget/ledger", "/budget/ledger?q=<img", f"/budget/ledger/{Entry.objects.get().pk}"):
        assert "<img" not in client.get(address).content.decode()


def test_the_empty_ledger_says_why_it_is_empty(client: Client) -> None:
    assert "No credits have been reserved yet" in text_of(client)
    take("a")
    assert "No line matches" in text_of(client, "/budget/ledger?day=2020-01-01")
    credits.release("a")
    assert "All that was reserved has been released" in text_of(client)


# -- who, how, how much ---------------------------------------------------------------------------
def test_a_page_costs_the_same_however_many_lines_it_has(client: Client, ana: User) -> None:
    for n in range(3):
        take(f"h{n}", job=n + 1, destination=n + 1, person=ana.pk)
    client.get("/budget/ledger")
    before = queries_of(client)
    for n in range(40):
        place, who = a_destination(f"Place {n}"), User.objects.create_user(f"u{n}")
        take(f"i{n}", job=n + 1, destination=place.pk, person=who.pk)
    assert len(queries_of(client)) == len(before)
    about_the_ledger = [sql for sql in before if "budget_entry" in sql]
    assert len(about_the_ledger) == 4  # the lines, their sums, and today's credits in the frame


def queries_of(client: Client, address: str = "/budget/ledger") -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("address", ["/budget/ledger", "/budget/ledger.csv", "/budget/ledger/1"])
def test_a_stranger_is_sent_to_sign_in(stranger: Client, address: str) -> None:
    assert stranger.get(address)["Location"].startswith("/signin?next=")


@pytest.mark.parametrize("address", ["/budget/ledger", "/budget/ledger.csv", "/budget/ledger/1"])
def test_it_can_only_be_looked_at(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405


@pytest.mark.usefixtures("lines")
def test_nothing_needs_what_the_csp_forbids(client: Client) -> None:
    line = Entry.objects.get(holder="b")
    for address in ("/budget/ledger?basis=unknown", f"/budget/ledger/{line.pk}"):
        page = client.get(address).content.decode()
        assert not re.search(r"<[^>]+\sstyle=|<style|<script(?![^>]*\ssrc=)|\son\w+=|hx-on|javascript:", page)
