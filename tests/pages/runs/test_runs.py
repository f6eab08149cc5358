"""Runs by age, and what is done with one or with all that a filter shows."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from jobs.alerting import for_person
from jobs.models import BatchState, Job, Proof, RowState, RunState, Submission, Trouble
from tests.support import a_destination, a_run, csv_of, fresh, running

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_a_promise]  # its runs have no ledger lines


@pytest.fixture
def job() -> Job:
    """Ten batches of two rows, all of them out at Clay."""
    job = running(a_destination(batch_size=2), csv_of(20))
    now = timezone.now()
    for batch in job.batches.all():
        a_run(batch, now - timedelta(minutes=batch.number))
    job.batches.update(state=BatchState.IN_FLIGHT)
    job.rows.update(state=RowState.IN_FLIGHT, proof=Proof.SENT)
    return job


def stuck(*numbers: int) -> None:
    found = Submission.objects.filter(run_id__in=[f"run_{number}" for number in numbers])
    found.update(trouble=Trouble.STUCK, trouble_since=timezone.now())


def shown(client: Client, query: str = "") -> list[str]:
    return [line.run.run_id for line in client.get(f"/runs{query}").context["lines"]]


def test_all_that_are_out(client: Client, job: Job) -> None:
    Submission.objects.filter(run_id="run_1").update(run_state=RunState.FINISHED, finished_at=timezone.now())
    assert shown(client) == [f"run_{number}" for number in range(2, 11)]
    assert shown(client, "?age=home") == ["run_1"]


def test_home_in_the_last_minute_is_where_the_dashboard_leads(client: Client, job: Job) -> None:
    for number, seconds in ((1, 10), (2, 90)):
        home = timezone.now() - timedelta(seconds=seconds)
        Submission.objects.filter(run_id=f"run_{number}").update(
            run_state=RunState.FINISHED, finished_at=home, run_finished=2
        )
    assert client.get("/").context["pace"].now == 2
    assert 'href="/runs?age=just">2</a>' in client.get("/").content.decode()
    assert shown(client, "?age=just") == ["run_1"]
    assert "Home in the last minute" not in client.get("/runs").content.decode()


def test_late_stuck_and_usual_are_told_apart(client: Client, job: Job) -> None:
    stuck(9, 10)
    Submission.objects.filter(run_id="run_8").update(created_at=timezone.now() - timedelta(minutes=20))
    assert shown(client, "?age=late") == ["run_8"]
    assert shown(client, "?age=stuck") == shown(client, "?age=trouble") == ["run_9", "run_10"]
    assert len(shown(client, "?age=usual")) == 7


def test_the_counts_lead_to_what_they_count(client: Client, job: Job) -> None:
    stuck(9, 10)
    for age, _, count in client.get("/runs").context["ages"]:
        assert len(shown(client, f"?age={age}")) == count


def test_of_one_destination(client: Client, job: Job) -> None:
    assert len(shown(client, f"?destination={job.destination_id}")) == 10
    assert shown(client, "?destination=4711") == []


@pytest.mark.parametrize("query", ["?age=nonsense", "?destination=x", "?after=x", "?destination=-1"])
def test_nonsense_in_the_address_is_as_if_it_were_not_there(client: Client, job: Job, query: str) -> None:
    assert len(shown(client, query)) == 10


def test_nothing_is_out(client: Client) -> None:
    assert "Nothing is out" in client.get("/runs").content.decode()


# -- one ----------------------------------------------------------------------------------------------
def run(number: int) -> Submission:
    return Submission.objects.get(run_id=f"run_{number}")


@pytest.mark.parametrize(
    ("until", "least", "most"), [("30m", 29, 30), ("2h", 119, 120), ("tomorrow", 9 * 60, 33 * 60)]
)
def test_waiting_longer(client: Client, job: Job, until: str, least: int, most: int) -> None:
    stuck(1)
    assert client.post(f"/runs/{run(1).pk}/wait", {"until": until, "next": "/"})["Location"] == "/"
    found = run(1)
    assert found.timeout_at
    minutes = (found.timeout_at - timezone.now()).total_seconds() / 60
    assert least <= minutes <= most
    assert (found.trouble, found.run_state) == ("", RunState.OUT)


def test_how_long_must_be_said(client: Client, job: Job) -> None:
    stuck(1)
    assert client.post(f"/runs/{run(1).pk}/wait").status_code == 422
    assert run(1).trouble == Trouble.STUCK


def test_the_page_asks_for_how_long(client: Client, job: Job) -> None:
    page = client.get(f"/runs/{run(1).pk}/wait").content.decode()
    assert all(word in page for word in ("30 minutes", "2 hours", "until tomorrow, 09:00"))
    assert run(1).trouble == ""


@pytest.mark.parametrize("verb", ["check", "wait", "give-up"])
def test_one_that_came_home_meanwhile_is_left_alone(client: Client, job: Job, verb: str) -> None:
    Submission.objects.update(run_state=RunState.FINISHED)
    answer = client.post(f"/runs/{run(1).pk}/{verb}", {"until": "2h"}, follow=True)
    assert "The run has come home already." in answer.content.decode()


# -- all that are shown -------------------------------------------------------------------------------
def do_all(client: Client, verb: str, **more: str) -> None:
    page = client.get(f"/runs/all/{verb}?age=stuck")
    told = {"age": "stuck", "asked": page.context["asked"]} | more
    client.post(f"/runs/all/{verb}", told)


def test_it_says_what_it_comes_to_first(client: Client, job: Job) -> None:
    stuck(1, 2, 3)
    page = client.get("/runs/all/give-up?age=stuck").content.decode()
    assert "<strong>3 runs</strong>" in page
    assert "6 rows, 12 credits at stake" in page
    assert run(1).run_state == RunState.OUT


def test_all_stuck_ones_are_moved_to_dead_letters(client: Client, job: Job) -> None:
    stuck(1, 2, 3)
    do_all(client, "give-up")
    assert [run(number).run_state for number in (1, 2, 3, 4)] == [RunState.GIVEN_UP] * 3 + [RunState.OUT]
    assert fresh(job).counts[RowState.DEAD] == 6


def test_all_stuck_ones_are_waited_for(client: Client, job: Job) -> None:
    stuck(1, 2)
    do_all(client, "wait", until="2h")
    assert [run(number).trouble for number in (1, 2)] == ["", ""]


def test_all_stuck_ones_are_asked_about(client: Client, job: Job) -> None:
    stuck(1, 2)
    do_all(client, "check")
    due = Submission.objects.filter(next_poll_at__lte=timezone.now())
    assert {each.run_id for each in due} == {"run_1", "run_2"}


def test_what_got_stuck_after_the_question_is_left_alone(client: Client, job: Job) -> None:
    stuck(2)
    asked = client.get("/runs/all/give-up?age=stuck").context["asked"]
    stuck(1, 3)
    client.post("/runs/all/give-up", {"age": "stuck", "asked": asked})
    assert [run(number).run_state for number in (1, 2, 3)] == [RunState.OUT, RunState.GIVEN_UP, RunState.OUT]


def test_there_is_no_other_verb(client: Client, job: Job) -> None:
    assert client.get("/runs/all/explode").status_code == 404


def test_many_stuck_ones_of_a_destination_are_one_alert(client: Client, job: Job) -> None:
    stuck(1, 2, 3)
    assert len([alert for alert in for_person.current() if alert.kind == "stuck"]) == 3
    stuck(4)
    page = client.get("/jobs").content.decode()
    assert "4 runs are stuck at People" in page
    assert f"/runs?age=stuck&amp;destination={job.destination_id}" in page
    assert "Run stuck:" not in page
    assert all(f"/runs/all/{verb}?age=stuck" in page for verb in ("check", "wait", "give-up"))


@pytest.mark.parametrize("path", ["/runs/all/give-up", "/runs/1/wait", "/runs/1/give-up"])
def test_a_stranger_changes_nothing(stranger: Client, job: Job, path: str) -> None:
    stuck(1)
    assert stranger.post(path, {"until": "2h", "age": "stuck"})["Location"].startswith("/signin?next=")
    assert run(1).trouble == Trouble.STUCK
