"""What was found, the choice to leave it out, and the download."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from jobs import steering
from jobs.intake.check import checking
from jobs.models import Destination, Finding, Job, JobState, Proof, Row, RowState
from tests.support import csv_of, draft, fresh, running

RAGGED = csv_of(2) + "Li,li@contoso.test,contoso.test,too,many\n"
TWICE = csv_of(2) + "Ana 1,ANA1@north1.test,north1.test\nNo,,north.test\n"


def change(client: Client, job: Job, **fields: str | list[str]) -> Any:
    return client.post(f"/jobs/{job.pk}/setup", fields, headers={"HX-Request": "true"})


def enrich(old: Job, rows: QuerySet[Row]) -> None:
    """As when `rows` came home; the others were not sent."""
    rows.update(
        state=RowState.ENRICHED, proof=Proof.SENT, result={"title": "CTO"}, enriched_at=timezone.now()
    )
    steering.jobs.cancel(old)


@pytest.fixture
def again(people: Destination) -> Job:
    """A draft of which one row was enriched before."""
    old = running(people)
    enrich(old, old.rows.filter(number=1))
    return draft(people, csv_of(3) + "New,new@north.test,north.test\n")


def test_what_is_found_is_counted_with_examples(client: Client, people: Destination) -> None:
    page = client.get(f"/jobs/{draft(people, TWICE).pk}/setup").content.decode()
    for text in (
        "Twice in the file",
        "same as row 1 of this file",
        "A required input is blank",
        "2 of 4 rows",
    ):
        assert text in page


def test_nothing_found_is_one_calm_line(client: Client, leads: Job) -> None:
    page = client.get(f"/jobs/{leads.pk}/setup").content.decode()
    assert "Every row can be read and sent" in page
    assert 'id="found"' not in page


def test_lines_that_cannot_be_read_must_be_left_out(client: Client, people: Destination) -> None:
    job = draft(people, RAGGED)
    page = client.get(f"/jobs/{job.pk}/setup").content.decode()
    assert "Li" in page
    assert "too" in page
    assert "1 line cannot be read or sent." in page
    assert "Leave out all of these" not in page
    assert 'id="start" disabled' in page
    page = change(client, job, shown="unreadable", leave_out="unreadable").content.decode()
    assert fresh(job).leave_out == ["unreadable"]
    assert 'id="start" disabled' not in page
    assert "Start: send 2 rows" in page


def test_the_server_refuses_to_start_with_them(client: Client, people: Destination) -> None:
    job = draft(people, RAGGED)
    client.post(f"/jobs/{job.pk}/start", {"shown": "unreadable"})
    assert fresh(job).state == JobState.DRAFT


def test_leaving_out_lowers_the_cost(client: Client, people: Destination) -> None:
    job = draft(people, TWICE)
    page = change(client, job, shown=["duplicate", "missing"], leave_out="duplicate").content.decode()
    assert "6 credits" in page
    assert 'id="left-out">1 row<' in page


def test_unticking_sends_them_again(client: Client, people: Destination) -> None:
    job = draft(people, TWICE)
    change(client, job, shown="duplicate", leave_out="duplicate")
    change(client, job, shown="duplicate")
    assert fresh(job).leave_out == []


def test_what_the_page_did_not_show_stays_decided(client: Client, people: Destination) -> None:
    job = draft(people, TWICE)
    change(client, job, shown=["duplicate", "missing"], leave_out=["duplicate", "missing"])
    change(client, job, shown="duplicate")
    assert fresh(job).leave_out == ["missing"]


def test_leaving_out_all_of_them(client: Client, people: Destination) -> None:
    job = draft(people, TWICE + RAGGED.splitlines()[-1] + "\n")
    assert "Leave out all of these" in client.get(f"/jobs/{job.pk}/setup").content.decode()
    page = change(client, job, shown=["duplicate", "missing", "unreadable"], leave_all="1").content.decode()
    assert fresh(job).leave_out == ["unreadable", "missing", "duplicate"]
    assert "Leave out all of these" not in page


def test_what_is_no_finding_is_passed_over(client: Client, people: Destination) -> None:
    job = draft(people, TWICE)
    change(client, job, shown=["duplicate", "nonsense"], leave_out=["nonsense", "duplicate"], earlier="steal")
    assert fresh(job).leave_out == ["duplicate"]


def test_rows_enriched_before_are_sent_again_where_nothing_is_said(client: Client, again: Job) -> None:
    page = client.get(f"/jobs/{again.pk}/setup").content.decode()
    assert "Enriched before" in page
    assert "Start: send 4 rows" in page


def test_their_results_are_taken_at_no_cost(client: Client, again: Job) -> None:
    page = change(client, again, shown="enriched_before", earlier="reuse").content.decode()
    assert (fresh(again).reuse_results, fresh(again).leave_out) == (True, [])
    assert "1 row, 0 credits" in page
    assert "Start: send 3 rows" in page


def test_or_they_are_left_out(client: Client, again: Job) -> None:
    page = change(client, again, shown="enriched_before", earlier="leave").content.decode()
    assert (fresh(again).reuse_results, fresh(again).leave_out) == (False, ["enriched_before"])
    assert 'id="left-out">1 row<' in page


def test_and_back(client: Client, again: Job) -> None:
    change(client, again, shown="enriched_before", earlier="leave")
    change(client, again, shown="enriched_before", earlier="send")
    assert (fresh(again).reuse_results, fresh(again).leave_out) == (False, [])


def test_only_earlier_results_can_be_taken_too(client: Client, people: Destination) -> None:
    old = running(people)
    enrich(old, old.rows.all())
    job = draft(people)
    page = change(client, job, shown="enriched_before", earlier="reuse").content.decode()
    assert "Start: take 3 earlier results" in page


def test_looking_back_further_finds_more(client: Client, again: Job) -> None:
    Job.objects.get(name="leads.csv", state=JobState.CANCELLED).rows.filter(number=1).update(
        enriched_at=timezone.now() - timedelta(days=90)
    )
    assert "Enriched before" not in change(client, again, reuse_days="31").content.decode()
    assert "Enriched before" in change(client, again, reuse_days="91").content.decode()
    assert fresh(again).reuse_days == 91


@pytest.mark.parametrize("days", ["-1", "4000", "9" * 30, "soon"])
def test_odd_days_are_said_at_the_field(client: Client, again: Job, days: str) -> None:
    answer = change(client, again, reuse_days=days)
    assert answer.status_code == 422
    assert 'id="reuse-days-error"' in answer.content.decode()
    assert fresh(again).reuse_days == 30


def test_the_download_has_line_reason_and_cells(client: Client, people: Destination) -> None:
    answer = client.get(f"/jobs/{draft(people, TWICE).pk}/findings/duplicate.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="leads-duplicate.csv"'
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines == [
        "line,reason,name,email,domain",
        "4,same as row 1 of this file,Ana 1,ANA1@north1.test,north1.test",
    ]


@pytest.mark.parametrize("kind", Finding.values)
def test_every_kind_can_be_downloaded(client: Client, leads: Job, kind: str) -> None:
    answer = client.get(f"/jobs/{leads.pk}/findings/{kind}.csv")
    assert b"line,reason" in b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_there_is_no_download_of_nonsense(client: Client, leads: Job) -> None:
    assert client.get(f"/jobs/{leads.pk}/findings/nonsense.csv").status_code == 404
    assert client.get("/jobs/4711/findings/duplicate.csv").status_code == 404


def test_findings_that_are_gone_are_said(client: Client, leads: Job) -> None:
    leads.findings_path.unlink()
    assert client.get(f"/jobs/{leads.pk}/findings/duplicate.csv")["Location"] == f"/jobs/{leads.pk}"
    assert "being checked again" in client.get(f"/jobs/{leads.pk}/setup").content.decode()


# -- a large file is checked by a worker, while the page is in use -------------------------------------


@pytest.fixture
def large(people: Destination) -> Job:
    """A draft too large to be checked at once; no worker has looked at it yet."""
    return draft(people, csv_of(20_000))


def test_a_large_file_is_shown_before_it_is_checked(client: Client, large: Job) -> None:
    page = client.get(f"/jobs/{large.pk}/setup").content.decode()
    assert "ana1@north1.test" in page
    assert "still being checked: waiting for a worker" in page
    assert 'id="start" disabled aria-describedby="setup-checking"' in page


def test_what_is_missing_is_said_while_it_is_checked(client: Client, large: Job) -> None:
    page = change(client, large, **{"input-0": ""}).content.decode()
    assert "Map a column to: email." in page
    assert 'id="start" disabled aria-describedby="blocked"' in page


def test_how_far_the_check_is(client: Client, large: Job) -> None:
    checking._tell_progress(large, 0.42)
    page = client.get(f"/jobs/{large.pk}/setup/progress", headers={"HX-Request": "true"}).content.decode()
    assert page.lstrip().startswith('<div class="checking"')
    assert "42 %" in page


def test_or_when_its_columns_are_known_at_last(client: Client, large: Job) -> None:
    address = f"/jobs/{large.pk}/setup/progress?no_columns=1"
    assert client.get(address, headers={"HX-Request": "true"})["HX-Retarget"] == "#setup"


def test_when_it_is_done_the_whole_form_comes(client: Client, large: Job) -> None:
    checking.check_by_worker(large.pk)
    answer = client.get(f"/jobs/{large.pk}/setup/progress", headers={"HX-Request": "true"})
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#setup", "morph")
    assert "Start: send 20,000 rows" in answer.content.decode()


def test_a_large_file_can_be_mapped_meanwhile(client: Client, large: Job) -> None:
    page = change(client, large, **{"input-0": "0"}).content.decode()
    assert fresh(large).mapping["email"] == 0
    assert "still being checked" in page


def test_without_javascript_progress_is_the_page(client: Client, large: Job) -> None:
    assert client.get(f"/jobs/{large.pk}/setup/progress")["Location"] == f"/jobs/{large.pk}/setup"
