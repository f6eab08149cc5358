"""The list of jobs: search, filters, order and pages, all in the address."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clayops.pages.jobs import listing
from jobs import steering
from jobs.models import Destination, Job, JobState
from tests.support import a_destination, draft, running


def names(client: Client, query: str) -> list[str]:
    return [job.name for job in client.get(f"/jobs?{query}").context["page"].items]


@pytest.fixture
def jobs(people: Destination, ana: User) -> None:
    """`alpha` of Ana's, `Beta` and `Ölberg` from the shell; the last goes to Companies."""
    alpha = draft(people, name="alpha.csv")
    Job.objects.filter(pk=alpha.pk).update(created_by=ana, row_count=30)
    draft(people, name="Beta 50%.csv")
    draft(a_destination("Companies"), name="Ölberg.csv")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ALPHA", ["alpha.csv"]),
        ("q=50%25", ["Beta 50%.csv"]),
        ("q=%C3%B6LBERG", ["Ölberg.csv"]),
        ("q=compan", ["Ölberg.csv"]),
        ("q=ana", ["alpha.csv"]),
        ("q=.*", []),
        ("q=%00", ["Ölberg.csv", "Beta 50%.csv", "alpha.csv"]),
        ("q=csv&by=shell&sort=name", ["Beta 50%.csv", "Ölberg.csv"]),
        ("state=done&q=alpha", []),
    ],
)
def test_search_in_names_destinations_and_people(
    client: Client, jobs: None, query: str, found: list[str]
) -> None:
    assert names(client, query) == found


def test_the_file_s_name_is_searched_too(client: Client, jobs: None) -> None:
    steering.jobs.rename(Job.objects.get(name="alpha.csv"), "Spring campaign")
    assert names(client, "q=alpha") == ["Spring campaign"]


def test_of_one_destination_and_of_one_person(client: Client, jobs: None, ana: User) -> None:
    companies = Destination.objects.get(name="Companies")
    assert names(client, f"to={companies.pk}") == ["Ölberg.csv"]
    assert names(client, f"by={ana.pk}") == ["alpha.csv"]


@pytest.mark.parametrize(
    ("sort", "first"),
    [("name", "alpha.csv"), ("-rows", "alpha.csv"), ("id", "alpha.csv"), ("-id", "Ölberg.csv")],
)
def test_order(client: Client, jobs: None, sort: str, first: str) -> None:
    assert names(client, f"sort={sort}")[0] == first


def test_last_active_first(client: Client, people: Destination) -> None:
    old, new = running(people, name="old.csv"), running(people, name="new.csv")
    Job.objects.filter(pk=old.pk).update(last_sent_at=timezone.now() + timedelta(minutes=1))
    assert names(client, "sort=-active") == [old.name, new.name]


@pytest.mark.parametrize("sort", list(listing.SORTS))
def test_pages_of_equal_values_miss_none_and_repeat_none(
    client: Client, people: Destination, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "SIZE", 2)
    made = {draft(people, name="same.csv").pk for _ in range(5)}
    Job.objects.update(created_at=timezone.now())
    seen: list[list[int]] = []
    back: list[list[int]] = []
    query = f"?sort={sort}"
    while query:
        page = client.get(f"/jobs{query}").context["page"]
        seen.append([job.pk for job in page.items])
        query, last = page.following, page.previous
    assert {pk for pks in seen for pk in pks} == made
    assert [len(pks) for pks in seen] == [2, 2, 1]
    while last:
        page = client.get(f"/jobs{last}").context["page"]
        back.insert(0, [job.pk for job in page.items])
        last = page.previous
    assert back == seen[:2]


@pytest.mark.parametrize(
    "cursor",
    ["x", "~", "1~", "~x", "1~2026-13-45", "9" * 30 + "~a", "1~%00", "1~" + "9" * 30, "-1~-1", "1~1~1"],
)
@pytest.mark.parametrize("sort", ["-id", "name", "rows", "-active", "who"])
def test_nonsense_in_the_cursor_is_no_error(client: Client, leads: Job, sort: str, cursor: str) -> None:
    for way in ("after", "before"):
        assert client.get(f"/jobs?sort={sort}&{way}={cursor}").status_code == 200


@pytest.mark.parametrize("query", ["to=x", "by=9999999999999999999", "to=%C2%B2", "sort=odd", "state=odd"])
def test_nonsense_in_the_address_is_ignored(client: Client, leads: Job, query: str) -> None:
    assert names(client, query) == ["leads.csv"]


def test_everything_chosen_survives_paging_filters_and_the_live_refresh(
    client: Client, jobs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "SIZE", 1)
    page = client.get("/jobs?q=csv&by=shell&sort=-name")
    assert "q=csv&by=shell&sort=-name&after=" in page.context["page"].following
    assert page.context["filters"][2].address == "?q=csv&by=shell&sort=-name&state=draft"
    assert [each.count for each in page.context["filters"]] == [2, 0, 2, 0, 0]
    assert 'hx-get="/live/jobs?q=csv&amp;by=shell&amp;sort=-name"' in page.content.decode()
    live = client.get("/live/jobs?q=csv&by=shell&sort=-name")
    assert [job.pk for job in live.context["page"].items] == [job.pk for job in page.context["page"].items]


def test_no_match_says_what_was_asked_and_offers_to_clear_it(client: Client, jobs: None) -> None:
    page = client.get("/jobs?q=zzz&by=shell&state=done").content.decode()
    assert "There is none that matches “zzz”, uploaded from the shell, that is done" in page
    assert "Clear the search" in page


def test_a_list_of_many_asks_the_database_no_more_often_than_one_of_few(
    client: Client, people: Destination
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.get("/live/jobs")
        return len(seen)

    running(people)
    queries()
    few = queries()
    for _ in range(6):
        running(people)
    draft(people)
    assert queries() == few


def test_counts_of_a_page_are_each_job_s_own(client: Client, people: Destination) -> None:
    one, other = running(people), draft(people)
    one.rows.filter(number=1).update(state="skipped", error="x")
    shown = {job.pk: job.counts for job in client.get("/jobs").context["page"].items}
    assert (shown[one.pk]["skipped"], shown[one.pk]["waiting"]) == (1, 2)
    assert shown[other.pk]["waiting"] == 3


def test_a_cancelled_job_is_found_under_cancelled(client: Client, job: Job) -> None:
    steering.jobs.cancel(job)
    assert names(client, "state=cancelled") == ["leads.csv"]
    assert Job.objects.get().state == JobState.CANCELLED
