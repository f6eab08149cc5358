"""The buttons of a job: rename, move, duplicate, delete, and its file."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from clayops.people.rights import DISCARD_LETTERS
from jobs import steering
from jobs.models import Cause, Charge, DeadLetter, Destination, Job, JobState, Proof, RowState
from tests.pages.conftest import let
from tests.support import csv_of, draft, fresh, running

ONLY_POST = ["job-up", "job-down", "job-duplicate"]
ASKS = ["job-rename", "job-delete"]


@pytest.fixture
def over(job: Job) -> Job:
    """A job that was cancelled after one row came back."""
    job.rows.filter(number=1).update(state=RowState.ENRICHED, proof=Proof.SENT, result={"title": "CTO"})
    steering.jobs.cancel(job)
    return fresh(job)


@pytest.mark.parametrize("name", ONLY_POST)
def test_looking_does_nothing(client: Client, job: Job, name: str) -> None:
    assert client.get(reverse(name, args=[job.pk])).status_code == 405


@pytest.mark.parametrize("name", [*ONLY_POST, *ASKS, "job-file"])
def test_a_stranger_is_sent_to_sign_in(stranger: Client, leads: Job, name: str) -> None:
    for answer in (
        stranger.post(reverse(name, args=[leads.pk])),
        stranger.get(reverse(name, args=[leads.pk])),
    ):
        assert answer["Location"].startswith("/signin?next=")
    assert Job.objects.shown().get() == leads


@pytest.mark.parametrize("name", [*ONLY_POST, *ASKS])
def test_a_job_that_is_not_there_is_a_404(client: Client, name: str) -> None:
    assert client.post(reverse(name, args=[4711])).status_code == 404


@pytest.mark.parametrize("part", ["rename", "delete", "rows/1", "rows?q=<img>"])
def test_no_page_needs_what_the_csp_forbids(client: Client, job: Job, part: str) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    Job.objects.update(name=nasty, file_name=nasty)
    job.rows.update(cells=[nasty, nasty, nasty], error=nasty)
    page = client.get(f"/jobs/{job.pk}/{part}").content.decode()
    assert "<img" not in page
    assert not re.search(r"<[^>]+\sstyle=|<style|<script(?![^>]*\ssrc=)|hx-on|javascript:", page)


# -- rename ------------------------------------------------------------------------------------------
def test_ana_renames_a_job(client: Client, ana: User, job: Job) -> None:
    assert 'value="leads.csv"' in client.get(f"/jobs/{job.pk}/rename").content.decode()
    assert client.post(f"/jobs/{job.pk}/rename", {"name": "Spring"})["Location"] == f"/jobs/{job.pk}"
    assert fresh(job).name == "Spring"
    assert job.events.get(kind="renamed").by == ana


def test_a_name_that_will_not_do_is_said_at_the_field(client: Client, job: Job) -> None:
    answer = client.post(f"/jobs/{job.pk}/rename", {"name": " "})
    assert answer.status_code == 422
    assert "Give the job a name." in answer.content.decode()
    assert fresh(job).name == "leads.csv"


# -- the lane ----------------------------------------------------------------------------------------
def test_moving_says_what_it_means(client: Client, people: Destination, job: Job) -> None:
    running(people, name="other.csv")
    assert "takes turns with" in client.get(f"/jobs/{job.pk}").content.decode()
    page = client.post(f"/jobs/{job.pk}/up", follow=True).content.decode()
    assert "leads.csv: first in the lane at People." in page
    page = client.post(f"/jobs/{job.pk}/down", follow=True).content.decode()
    assert "leads.csv: takes turns with other.csv at People." in page


def test_a_job_that_is_alone_cannot_be_moved_and_is_told_so(client: Client, job: Job) -> None:
    assert "it is first already" in client.get(f"/jobs/{job.pk}").content.decode()
    assert (
        "No other job goes to People now" in client.post(f"/jobs/{job.pk}/up", follow=True).content.decode()
    )


# -- duplicate ---------------------------------------------------------------------------------------
def test_duplicating_leads_to_the_new_draft(client: Client, ana: User, over: Job) -> None:
    answer = client.post(f"/jobs/{over.pk}/duplicate")
    copy = Job.objects.get(state=JobState.DRAFT)
    assert answer["Location"] == f"/jobs/{copy.pk}/setup"
    assert (copy.name, copy.created_by) == ("leads.csv (copy)", ana)


def test_a_duplicate_without_a_file_is_refused_with_a_sentence(client: Client, over: Job) -> None:
    Path(over.file.path).unlink()
    page = client.post(f"/jobs/{over.pk}/duplicate", follow=True).content.decode()
    assert "The file of leads.csv is gone. Upload it again." in page


def empty_letter(job: Job, cause: str) -> DeadLetter:
    group = Cause.of(job.destination_id, cause, None)
    return DeadLetter.objects.create(
        job=job, batch=job.batches.get(), cause=cause, group=group, charge=Charge.NO
    )


# -- delete ------------------------------------------------------------------------------------------
def test_deleting_asks_and_says_what_is_lost(client: Client, over: Job) -> None:
    letter = empty_letter(over, "x")
    page = client.get(f"/jobs/{over.pk}/delete").content.decode()
    for text in ("3 rows", "1 result", "1 dead letter that is", "The ledger", "cannot be undone"):
        assert text in page.replace("Kept: the ledger", "The ledger")
    letter.delete()
    assert fresh(over).deleted_at is None


def test_only_with_the_name_it_is_deleted(client: Client, over: Job) -> None:
    answer = client.post(f"/jobs/{over.pk}/delete", {"name": "leads"})
    assert answer.status_code == 422
    assert "That is not its name" in answer.content.decode()
    assert fresh(over).deleted_at is None


def test_a_deleted_job_is_on_no_page(client: Client, ana: User, over: Job) -> None:
    let(ana, DISCARD_LETTERS)  # one is open
    empty_letter(over, "Lost one")
    assert client.post(f"/jobs/{over.pk}/delete", {"name": "leads.csv"})["Location"] == "/jobs"
    assert over.events.get(kind="deleted").by == ana
    client.get("/jobs")  # shows the message, once
    for address in ("/", "/jobs", "/deadletters"):
        page = client.get(address).content.decode()
        assert "leads.csv" not in page
        assert "Lost one" not in page
    for part in ("", "/live", "/rows", "/rows/1", "/batches", "/history", "/file", "/delete", "/export.csv"):
        assert client.get(f"/jobs/{over.pk}{part}").status_code == 404
    for verb in ("duplicate", "rename", "resume", "cancel", "delete"):
        assert client.post(f"/jobs/{over.pk}/{verb}").status_code == 404


def test_a_job_under_way_is_not_deleted(client: Client, job: Job) -> None:
    assert "Cancel it first" in client.get(f"/jobs/{job.pk}/delete").content.decode()
    client.post(f"/jobs/{job.pk}/delete", {"name": "leads.csv"})
    assert fresh(job).deleted_at is None


def test_a_draft_can_be_deleted(client: Client, leads: Job) -> None:
    client.post(f"/jobs/{leads.pk}/delete", {"name": "leads.csv"})
    assert not Job.objects.shown().exists()


# -- the file ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [draft, running])
def test_the_file_comes_back_as_it_was_under_its_own_name(
    client: Client, people: Destination, make: Callable[..., Job]
) -> None:
    job = make(people, csv_of(3), "Büro “Nord”.csv")
    steering.jobs.rename(job, "Something else")
    answer = client.get(f"/jobs/{job.pk}/file")
    assert b"".join(answer) == csv_of(3).encode()
    assert (
        "attachment; filename*=utf-8''B%C3%BCro%20%E2%80%9CNord%E2%80%9D.csv" in answer["Content-Disposition"]
    )
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == (
        "application/octet-stream",
        "nosniff",
    )


def test_a_file_that_is_gone_is_a_404_with_a_sentence(client: Client, over: Job) -> None:
    Path(over.file.path).unlink()
    answer = client.get(f"/jobs/{over.pk}/file")
    assert answer.status_code == 404
    assert "The uploaded file is gone" in answer.content.decode()
