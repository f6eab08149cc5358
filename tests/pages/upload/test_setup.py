import pytest
from django.contrib.auth.models import User
from django.test import Client

from clayops.pages.upload import estimate
from jobs import intake, steering
from jobs.models import Destination, Hold, Job, JobState
from tests.support import a_destination, csv_of, draft, fresh, running

HTMX = {"HX-Request": "true"}


def test_the_page_says_what_the_file_is_and_what_it_costs(client: Client, leads: Job) -> None:
    page = client.get(f"/jobs/{leads.pk}/setup").content.decode()
    for text in ("UTF-8, comma, header in line 1", "6 credits", "3 rows × 2", "ana1@north1.test"):
        assert text in page
    assert "Start: send 3 rows" in page


def test_without_javascript_saving_leads_back_to_the_panel(client: Client, leads: Job) -> None:
    answer = client.post(f"/jobs/{leads.pk}/setup", {"input-0": "1", "input-1": "", "at": "setup-mapping"})
    assert answer["Location"] == f"/jobs/{leads.pk}/setup#setup-mapping"
    assert fresh(leads).mapping == {"email": 1}


def test_with_javascript_only_the_form_s_parts_come_back(client: Client, leads: Job) -> None:
    answer = client.post(f"/jobs/{leads.pk}/setup", {"input-1": "0"}, headers=HTMX)
    assert "<html" not in answer.content.decode()
    assert "Ana 1</span>" in answer.content.decode()


def test_a_form_without_fields_changes_nothing(client: Client, leads: Job) -> None:
    before = Job.objects.values().get()
    client.post(f"/jobs/{leads.pk}/setup", {})
    assert Job.objects.values().get() == before


def test_keeping_the_draft(client: Client, leads: Job) -> None:
    assert client.post(f"/jobs/{leads.pk}/setup", {"input-0": "1", "keep": "1"})["Location"] == "/jobs"
    assert fresh(leads).state == JobState.DRAFT


def test_the_same_file_is_pointed_out_with_a_link(client: Client, people: Destination, leads: Job) -> None:
    again = draft(people, csv_of(3), "again.csv")
    page = client.get(f"/jobs/{again.pk}/setup").content.decode()
    assert f'<a href="/jobs/{leads.pk}">leads.csv</a>' in page
    assert "again.csv" in client.get(f"/jobs/{leads.pk}/setup").content.decode()


def test_another_file_is_not(client: Client, people: Destination, leads: Job) -> None:
    other = draft(people, csv_of(4))
    assert 'id="twins"' not in client.get(f"/jobs/{other.pk}/setup").content.decode()


def test_many_jobs_of_the_same_file_are_counted(client: Client, people: Destination) -> None:
    jobs = [draft(people) for _ in range(8)]
    assert "and 2 other jobs." in client.get(f"/jobs/{jobs[0].pk}/setup").content.decode()


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
    page = client.get(f"/jobs/{leads.pk}/setup").content.decode()
    assert "Not started. Map a column to: email." in page
    assert 'id="start" disabled aria-describedby="blocked"' in page


def test_a_field_that_makes_no_sense_stops_the_start(client: Client, leads: Job) -> None:
    answer = client.post(f"/jobs/{leads.pk}/start", {"input-0": "1", "skip": "many"})
    assert answer.status_code == 422
    assert "Not started" in answer.content.decode()
    assert fresh(leads).state == JobState.DRAFT


def test_a_file_read_anew_is_looked_at_before_it_starts(client: Client, leads: Job) -> None:
    client.post(f"/jobs/{leads.pk}/start", {"header": "no"})
    assert (fresh(leads).state, fresh(leads).header) == (JobState.DRAFT, False)
    assert "Look at the rows" in client.get(f"/jobs/{leads.pk}/setup").content.decode()


def test_a_trial_sends_ten_rows_first(client: Client, people: Destination) -> None:
    leads = draft(people, csv_of(30))
    assert "Send the first 10 rows" in client.get(f"/jobs/{leads.pk}/setup").content.decode()
    client.post(f"/jobs/{leads.pk}/start", {"trial": "10"})
    assert (fresh(leads).state, fresh(leads).trial_rows) == (JobState.READY, 10)


def test_ten_rows_need_no_trial(client: Client, people: Destination) -> None:
    leads = draft(people, csv_of(10))
    assert "Send the first" not in client.get(f"/jobs/{leads.pk}/setup").content.decode()
    client.post(f"/jobs/{leads.pk}/start", {"trial": "10"})
    assert fresh(leads).trial_rows == 0


@pytest.mark.parametrize("part", ["setup", "setup/progress"])
def test_a_started_job_has_no_setup_any_more(client: Client, job: Job, part: str) -> None:
    assert client.get(f"/jobs/{job.pk}/{part}")["Location"] == f"/jobs/{job.pk}"
    assert client.get(f"/jobs/{job.pk}/{part}", headers=HTMX)["HX-Redirect"] == f"/jobs/{job.pk}"


def test_a_change_that_comes_after_the_start_changes_nothing(client: Client, job: Job) -> None:
    answer = client.post(f"/jobs/{job.pk}/setup", {"input-0": "0", "skip": "1"}, headers=HTMX)
    assert answer["HX-Redirect"] == f"/jobs/{job.pk}"
    assert (fresh(job).mapping["email"], fresh(job).skip) == (1, 0)


def test_a_file_that_is_gone_is_said(client: Client, leads: Job) -> None:
    leads.text_path.unlink()
    assert "not there any more" in client.get(f"/jobs/{leads.pk}/setup").content.decode()


def test_looking_at_a_draft_for_a_destination_on_hold(
    client: Client, people: Destination, leads: Job
) -> None:
    people.put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    assert "is on hold: Clay answered 401" in client.get(f"/jobs/{leads.pk}/setup").content.decode()


def test_discarding_asks_first(client: Client, leads: Job) -> None:
    assert "3 rows" in client.get(f"/jobs/{leads.pk}/discard").content.decode()
    assert Job.objects.exists()
    assert client.post(f"/jobs/{leads.pk}/discard")["Location"] == "/jobs"
    assert not Job.objects.exists()
    assert client.post(f"/jobs/{leads.pk}/discard").status_code == 404


def test_a_started_job_cannot_be_discarded(client: Client, job: Job) -> None:
    assert client.get(f"/jobs/{job.pk}/discard")["Location"] == f"/jobs/{job.pk}"
    client.post(f"/jobs/{job.pk}/discard")
    assert Job.objects.exists()


def test_the_mapping_of_the_last_upload_is_called_remembered(client: Client, people: Destination) -> None:
    first = draft(people)
    assert "guessed from names" in client.get(f"/jobs/{first.pk}/setup").content.decode()
    intake.set_up(first, cleanups={"email": ["lower"]})
    steering.jobs.start(first)
    second = draft(people)
    assert "remembered from the last upload" in client.get(f"/jobs/{second.pk}/setup").content.decode()
    client.post(f"/jobs/{second.pk}/setup", {"input-1": ""})
    assert "guessed from names" in client.get(f"/jobs/{second.pk}/setup").content.decode()


def test_another_destination_remembers_nothing(client: Client, job: Job) -> None:
    other = draft(a_destination("Other"))
    assert "guessed from names" in client.get(f"/jobs/{other.pk}/setup").content.decode()


def test_the_lane_s_other_jobs_count_into_the_time(client: Client) -> None:
    slow = a_destination("Slow", pause_seconds=3600.0)
    alone = draft(slow)
    running(slow)
    shared = estimate.panel(fresh(alone)).done_at
    steering.jobs.pause(Job.objects.exclude(pk=alone.pk).get())
    assert shared and (shared - estimate.panel(fresh(alone)).done_at).total_seconds() > 3500  # type: ignore[operator]


@pytest.mark.parametrize("part", ["setup", "setup/progress", "findings/duplicate.csv"])
def test_a_stranger_sees_nothing_of_it(stranger: Client, leads: Job, part: str) -> None:
    assert stranger.get(f"/jobs/{leads.pk}/{part}")["Location"].startswith("/signin?next=")
