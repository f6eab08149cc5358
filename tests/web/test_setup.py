import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Destination, Job, JobState
from tests.support import draft, fresh

RAGGED = "name,email,domain\nAna,ana@north.test,north.test\nLi,li@contoso.test,contoso.test,too,many\n"


def test_the_page_says_what_the_file_is_and_what_it_costs(client: Client, leads: Job) -> None:
    page = client.get(f"/jobs/{leads.pk}/setup").content.decode()
    for text in ("UTF-8", "comma", "6 credits", "3 rows × 2", "Start: send 3 rows", "ana1@north1.test"):
        assert text in page


def test_saving_the_mapping(client: Client, leads: Job) -> None:
    answer = client.post(f"/jobs/{leads.pk}/setup", {"input-0": "1", "input-1": ""})
    assert answer["Location"] == f"/jobs/{leads.pk}/setup"
    assert fresh(leads).mapping == {"email": 1}


def test_with_javascript_the_samples_follow_at_once(client: Client, leads: Job) -> None:
    answer = client.post(
        f"/jobs/{leads.pk}/setup", {"input-0": "1", "input-1": "0"}, headers={"HX-Request": "true"}
    )
    page = answer.content.decode()
    assert fresh(leads).mapping == {"email": 1, "domain": 0}
    assert "<html" not in page
    assert "<span>Ana 1</span>" in page


def test_a_required_input_without_a_column_is_pointed_out(client: Client, leads: Job) -> None:
    client.post(f"/jobs/{leads.pk}/setup", {"input-0": "", "input-1": "2"})
    page = client.get(f"/jobs/{leads.pk}/setup").content.decode()
    assert "Map a column to: email." in page
    assert "needs a column" in page


@pytest.mark.parametrize("index", ["99", "-1", "1e3", "９", "x"])
def test_a_column_that_does_not_exist_changes_nothing_else(client: Client, leads: Job, index: str) -> None:
    assert client.post(f"/jobs/{leads.pk}/setup", {"input-0": index}).status_code == 302
    assert fresh(leads).mapping.get("email") in {None, 1}


def test_keeping_the_draft(client: Client, leads: Job) -> None:
    assert client.post(f"/jobs/{leads.pk}/setup", {"input-0": "1", "keep": "1"})["Location"] == "/jobs"
    assert fresh(leads).state == JobState.DRAFT


def test_lines_that_cannot_be_read_are_listed(client: Client, people: Destination) -> None:
    leads = draft(people, RAGGED)
    page = client.get(f"/jobs/{leads.pk}/setup").content.decode()
    assert "Li,li@contoso.test,contoso.test,too,many" in page
    assert "1 lines cannot be read or sent." in page
    client.post(f"/jobs/{leads.pk}/setup", {"input-0": "1", "leave_out": "on"})
    assert fresh(leads).leave_out == ["unreadable"]


def test_starting_saves_what_the_form_says(client: Client, ana: User, leads: Job) -> None:
    answer = client.post(f"/jobs/{leads.pk}/start", {"input-0": "1", "input-1": "0"})
    assert answer["Location"] == f"/jobs/{leads.pk}"
    started = fresh(leads)
    assert (started.state, started.mapping) == (JobState.READY, {"email": 1, "domain": 0})
    assert started.events.get(kind="started").by == ana


def test_starting_twice_starts_once(client: Client, leads: Job) -> None:
    for _ in range(2):
        assert client.post(f"/jobs/{leads.pk}/start", {"input-0": "1"})["Location"] == f"/jobs/{leads.pk}"
    assert leads.events.filter(kind="started").count() == 1


def test_what_is_missing_keeps_it_a_draft_and_is_said(client: Client, leads: Job) -> None:
    client.post(f"/jobs/{leads.pk}/start", {"input-0": "", "input-1": "2"})
    assert fresh(leads).state == JobState.DRAFT
    assert "Not started. Map a column to: email." in client.get(f"/jobs/{leads.pk}/setup").content.decode()


def test_a_started_job_has_no_setup_any_more(client: Client, job: Job) -> None:
    for answer in (
        client.get(f"/jobs/{job.pk}/setup"),
        client.post(f"/jobs/{job.pk}/setup", {"input-0": "0"}),
    ):
        assert answer["Location"] == f"/jobs/{job.pk}"
    assert fresh(job).mapping["email"] == 1


def test_discarding_asks_first(client: Client, leads: Job) -> None:
    assert "3 rows" in client.get(f"/jobs/{leads.pk}/discard").content.decode()
    assert Job.objects.exists()
    assert client.post(f"/jobs/{leads.pk}/discard")["Location"] == "/jobs"
    assert not Job.objects.exists()
    assert client.post(f"/jobs/{leads.pk}/discard").status_code == 404


def test_a_started_job_cannot_be_discarded(client: Client, job: Job) -> None:
    assert client.get(f"/jobs/{job.pk}/discard")["Location"] == f"/jobs/{job.pk}"
    assert client.post(f"/jobs/{job.pk}/discard")["Location"] == f"/jobs/{job.pk}"
    assert "it can be cancelled" in client.get(f"/jobs/{job.pk}").content.decode()


def test_a_file_that_is_gone_is_said(client: Client, leads: Job) -> None:
    leads.file.delete(save=False)
    assert "not there any more" in client.get(f"/jobs/{leads.pk}/setup").content.decode()
