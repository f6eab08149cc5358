"""What holds for all pages: they answer, only who is signed in sees them, and they obey the strict CSP."""

import re

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from jobs.models import Job, Proof, RowState
from tests.support import a_letter

PLAIN = ["dashboard", "dashboard-live", "live-chrome", "upload", "sample", "jobs", "jobs-live", "deadletters"]
PLAIN += ["budget", "budget-live", "budget-ledger", "budget-ledger-csv", "budget-limit", "budget-limits"]
PLAIN += ["workers", "runs", "runs-live", "alerts", "alerts-live", "providers", "providers-live"]
PLAIN += ["budget-ask", "destinations", "settings", "password", "people"]
PLAIN += ["letters", "deadletters-live", "letters-live", "letters-csv", "letter-rows-csv"]
OF_A_JOB = ["job", "job-live", "job-rows", "job-batches", "job-history", "job-export", "job-cancel"]
ONLY_POST = [
    "job-start",
    "job-pause",
    "job-resume",
    "run-check",
    "hold-lift",
    "provider-accept",
]
FILES = ["sample", "budget-ledger-csv", "letters-csv", "letter-rows-csv"]
PUBLIC = ["signin", "healthz-web"]


@pytest.mark.parametrize("name", PLAIN)
def test_a_page_opens_with_nothing_in_the_product(client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", PLAIN)
def test_a_page_opens_with_a_job(client: Client, job: Job, name: str) -> None:
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", OF_A_JOB)
def test_a_job_s_page_opens(client: Client, job: Job, name: str) -> None:
    assert client.get(reverse(name, args=[job.pk])).status_code == 200


@pytest.mark.parametrize("name", [*OF_A_JOB, "job-setup", "job-discard", "deadletter"])
def test_what_is_not_there_is_a_404_with_a_way_out(client: Client, name: str) -> None:
    answer = client.get(reverse(name, args=[4711]))
    assert answer.status_code == 404
    assert "Go to the dashboard" in answer.content.decode()


@pytest.mark.parametrize("name", [*PLAIN, *OF_A_JOB, *ONLY_POST, "signout", "breaker-close"])
def test_a_stranger_is_sent_to_sign_in(stranger: Client, name: str) -> None:
    args = [1] if name in OF_A_JOB or name in ONLY_POST else []
    for answer in (stranger.get(reverse(name, args=args)), stranger.post(reverse(name, args=args))):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/signin?next=")


@pytest.mark.parametrize("name", PUBLIC)
def test_a_stranger_may_see(stranger: Client, name: str) -> None:
    assert stranger.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", ONLY_POST)
def test_looking_changes_nothing(client: Client, name: str) -> None:
    assert client.get(reverse(name, args=[1])).status_code == 405


@pytest.mark.parametrize(
    "name", [*(name for name in PLAIN if name not in FILES), *OF_A_JOB[:5], "job-cancel"]
)
def test_no_page_needs_what_the_csp_forbids(client: Client, job: Job, name: str) -> None:
    args = [job.pk] if name in OF_A_JOB else []
    answer = client.get(reverse(name, args=args))
    page = answer.content.decode()
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert not re.search(r"<[^>]+\sstyle=|<style|<script(?![^>]*\ssrc=)|\son\w+=|hx-on|javascript:", page)


def test_the_sandbox_is_named_on_every_page(client: Client, stranger: Client) -> None:
    pages = [client.get("/"), client.get("/settings"), stranger.get("/signin"), client.get("/nowhere")]
    assert all("Sandbox: no real Clay" in page.content.decode() for page in pages)


def test_real_clay_is_not_called_a_sandbox(client: Client, settings: LazySettings) -> None:
    settings.SANDBOX = False
    assert "Sandbox" not in client.get("/").content.decode()


def test_what_people_upload_is_never_markup(client: Client, job: Job) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    Job.objects.filter(pk=job.pk).update(name=nasty, columns=[nasty, "email", "domain"])
    job.rows.filter(number=1).update(
        cells=[nasty, nasty, nasty], result={nasty: nasty}, state=RowState.ENRICHED
    )
    job.rows.filter(number=1).update(proof=Proof.SENT)
    letter = a_letter(job, [2], nasty)
    names = [reverse(name, args=[job.pk]) for name in ("job", "job-rows", "job-cancel")]
    for address in [
        *names,
        "/",
        "/jobs",
        "/deadletters",
        "/deadletters/letters",
        reverse("deadletter", args=[letter.pk]),
    ]:
        page = client.get(address).content.decode()
        assert "<img" not in page
        assert "&lt;img" in page
