"""Pausing, resuming, archiving and restoring a destination in the browser."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs import steering
from jobs.models import Destination, Hold, Job
from tests.support import fresh

VERBS = ["resume", "archive", "restore", "test/send"]


def test_a_pause_says_who_and_why(client: Client, job: Job) -> None:
    answer = client.post(f"/destinations/{job.destination_id}/pause", {"why": "New prompt"}, follow=True)
    assert "People is paused." in answer.content.decode()
    people = fresh(job).destination
    assert (people.hold, people.hold_reason) == (Hold.PAUSED, "ana: New prompt")
    assert "ana: New prompt" in client.get(f"/jobs/{job.pk}").content.decode()


def test_it_asks_why(client: Client, people: Destination) -> None:
    answer = client.post(f"/destinations/{people.pk}/pause", {"why": " "})
    assert answer.status_code == 422
    assert "Say why, so that others know when to go on." in answer.content.decode()
    assert not Destination.objects.get().hold


def test_the_first_pause_counts(client: Client, people: Destination, ana: User) -> None:
    steering.destinations.pause(people, ana, "First")
    page = client.post(f"/destinations/{people.pk}/pause", {"why": "Second"}, follow=True).content.decode()
    assert "was paused already (ana: First)" in page
    assert "Second" not in page


def test_resume_twice(client: Client, job: Job, ana: User) -> None:
    steering.destinations.pause(job.destination, ana, "New prompt")
    path = f"/destinations/{job.destination_id}/resume"
    assert "People goes on." in client.post(path, follow=True).content.decode()
    assert "People is not paused." in client.post(path, follow=True).content.decode()
    assert not fresh(job).destination.hold


def test_who_paused_and_resumed_stands_on_its_page(client: Client, job: Job, ana: User) -> None:
    steering.destinations.pause(job.destination, ana, "New prompt")
    steering.destinations.resume(job.destination, ana)
    page = client.get(f"/destinations/{job.destination_id}/edit").content.decode()
    assert page.index("People resumed") < page.index("People paused: New prompt")


def test_archive_and_back(client: Client, people: Destination) -> None:
    for verb in ("archive", "archive"):
        client.post(f"/destinations/{people.pk}/{verb}")
        assert Destination.objects.get().archived_at
    for verb in ("restore", "restore"):
        client.post(f"/destinations/{people.pk}/{verb}")
        assert not Destination.objects.get().archived_at


def test_no_archive_while_a_job_is_not_finished(client: Client, job: Job) -> None:
    page = client.post(f"/destinations/{job.destination_id}/archive", follow=True).content.decode()
    assert "1 job is not finished at People. Let them end or cancel them first." in page
    assert not Destination.objects.get().archived_at


def test_a_draft_of_an_archived_one_does_not_start(client: Client, leads: Job) -> None:
    steering.destinations.archive(leads.destination)
    answer = client.post(f"/jobs/{leads.pk}/start", follow=True)
    assert "People is archived." in answer.content.decode()
    assert fresh(leads).state == "draft"


@pytest.mark.parametrize("verb", VERBS)
def test_looking_changes_nothing_and_strangers_sign_in(
    client: Client, stranger: Client, people: Destination, verb: str
) -> None:
    path = f"/destinations/{people.pk}/{verb}"
    assert client.get(path).status_code == 405
    assert client.post(f"/destinations/4711/{verb}").status_code == 404
    assert stranger.post(path)["Location"].startswith("/signin")
