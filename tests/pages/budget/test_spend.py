"""What credits went to: each table adds up to the same, each number leads to the lines it counts."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from budget import credits
from budget.models import Basis
from clayops.pages.budget.spend import Parts, Spend
from jobs.models import Destination, Job, Submission
from tests.pages.budget.budget_support import reserved, spent
from tests.support import a_destination, running


def seen(client: Client) -> Spend:
    found: Spend = client.get("/budget").context["spend"]
    return found


def added_up(parts: Parts) -> tuple[Decimal, Decimal, int]:
    totals = [*(part.total for part in parts.each), parts.rest]
    return sum(t.spent for t in totals), sum(t.reserved for t in totals), sum(t.rows for t in totals)  # type: ignore[return-value]


@pytest.fixture
def much(job: Job, ana: User) -> None:
    """Two people, 11 jobs of which one is there, a line without labels, one that was given back."""
    people = job.destination.pk
    for number in range(10):
        spent(10 + number, destination=people, job=500 + number, label=f"file {number}.csv, batch 1", rows=9)
    spent("33.30", Basis.REPORTED, of=50, destination=people, job=job.pk, person=ana.pk)
    spent("0.10", destination=None, job=None, label="", rows=0)
    spent(7, Basis.UNKNOWN, destination=4711, job=600, label="odd, batch name.csv, batch 2")
    reserved(40, destination=people, job=job.pk, person=ana.pk)
    credits.release(reserved(999, destination=people, job=700, label="back.csv, batch 1"))


def test_all_tables_add_up_to_the_day(client: Client, much: None) -> None:
    found, day = seen(client), credits.today()
    total = (found.total.spent, found.total.reserved, found.total.rows)
    assert total[:2] == (day.spent, day.reserved) == (Decimal("185.4"), Decimal(40))
    assert added_up(found.destinations) == added_up(found.jobs) == added_up(found.people) == total
    assert sum(each.spent for each in found.known) == day.spent


def test_the_eight_greatest_are_shown_and_the_rest_in_one_line(client: Client, much: None) -> None:
    jobs = seen(client).jobs
    used = [part.total.used for part in jobs.each]
    assert (len(used), jobs.more, used) == (8, 5, sorted(used, reverse=True))
    page = client.get("/budget").content.decode()
    assert "and 5 more" in page
    assert "All 13" in page


def test_the_page_of_the_day_shows_all(client: Client, much: None) -> None:
    jobs = client.get(f"/budget/day/{timezone.localdate()}").context["spend"].jobs
    assert (len(jobs.each), jobs.more) == (13, 0)


def test_a_job_that_is_there_is_a_link_and_a_deleted_one_keeps_its_name(
    client: Client, much: None, job: Job
) -> None:
    parts = {
        part.name: part
        for part in client.get(f"/budget/day/{timezone.localdate()}").context["spend"].jobs.each
    }
    assert parts["leads.csv"].href == f"/jobs/{job.pk}"
    assert (parts["odd, batch name.csv"].note, parts["odd, batch name.csv"].href) == ("deleted", "")
    assert parts["Unknown"].key is None


def test_a_job_somebody_deletes_is_deleted_here_too(client: Client, job: Job) -> None:
    spent(5, destination=job.destination_id, job=job.pk)
    Job.objects.filter(pk=job.pk).update(deleted_at=timezone.now())
    part = seen(client).jobs.each[0]
    assert (part.name, part.note, part.href) == ("leads.csv", "deleted", "")


def test_lines_from_before_the_ledger_kept_what_they_were_for(client: Client, much: None) -> None:
    found = seen(client)
    unknown = [part for part in found.destinations.each if part.key is None]
    assert [part.name for part in unknown] == ["Unknown"]
    lines = client.get(unknown[0].url).context["sums"]
    assert lines.spent == unknown[0].total.spent


def test_a_destination_s_own_limit_has_its_bar(client: Client) -> None:
    people = a_destination(daily_limit=200)
    spent(50, destination=people.pk)
    part = seen(client).destinations.each[0]
    assert (part.limit, part.bar[0].width) == (Decimal(200), "25.00%")
    assert "50 of its own 200" in client.get("/budget").content.decode()


def test_every_number_leads_to_the_lines_it_counts(client: Client, much: None) -> None:
    found = client.get(f"/budget/day/{timezone.localdate()}").context["spend"]
    for part in [*found.destinations.each, *found.jobs.each, *found.people.each]:
        if part.url:
            sums = client.get(part.spent_url).context["sums"]
            assert sums.spent == part.total.spent
            assert client.get(part.reserved_url).context["sums"].reserved == part.total.reserved
            every = client.get(part.url).context["sums"]
            assert (every.rows, every.estimated) == (part.total.rows, part.total.estimated)


def test_how_it_is_known_leads_to_those_lines(client: Client, much: None) -> None:
    known = {each.words: each for each in seen(client).known}
    assert list(known) == ["reported by Clay's results", "estimated", "may have been charged"]
    for each in known.values():
        assert client.get(each.url).context["sums"].spent == each.spent


def test_estimate_and_what_was_spent_are_both_said(client: Client, much: None) -> None:
    page = " ".join(client.get("/budget").content.decode().split())
    assert "estimated at 202.10: 16.70 fewer were spent. The 40 still reserved are not in it." in page


def test_what_cost_more_than_estimated_says_so(client: Client) -> None:
    spent(60, Basis.REPORTED, of=50)
    assert "10 more were spent." in client.get("/budget").content.decode()


def test_what_rows_told_stands_beside_the_estimate(boss_client: Client, people: Destination) -> None:
    assert "Credits a row" not in boss_client.get("/budget").content.decode()
    batch = running(people).batches.get()
    batch.rows.update(credits=3, enriched_at=timezone.now())
    credits.reserve("h", Decimal(6))
    Submission.objects.create(
        destination=people, batch=batch, attempt=1, runner="r", holder="h", credits=6, reported=3,
        row_ids=list(batch.rows.values_list("pk", flat=True)), finished_at=timezone.now(),
    )  # fmt: skip
    page = boss_client.get("/budget").content.decode()
    assert "Use 3 from now on" in page
