"""Check now, Wait longer, Move to dead letters."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from budget import credits
from jobs.models import BatchState, Job, Outcome, Proof, RowState, RunState, Submission, Trouble
from tests.support import fresh


@pytest.fixture
def run(job: Job) -> Submission:
    """The job's three rows, out at Clay for an hour."""
    batch = job.batches.get()
    job.batches.update(state=BatchState.IN_FLIGHT)
    job.rows.update(state=RowState.IN_FLIGHT, proof=Proof.SENT)
    hour_ago = timezone.now() - timedelta(hours=1)
    credits.reserve("test:1", Decimal(6))
    return Submission.objects.create(
        destination=job.destination,
        batch=batch,
        attempt=1,
        runner="gone",
        row_ids=list(job.rows.values_list("pk", flat=True)),
        holder="test:1",
        credits=6,
        created_at=hour_ago,
        closed_at=hour_ago,
        outcome=Outcome.ACCEPTED,
        http_status=202,
        run_id="run_1",
        run_state=RunState.OUT,
        timeout_at=timezone.now() - timedelta(minutes=30),
        trouble=Trouble.STUCK,
        trouble_since=timezone.now(),
    )


def test_a_stuck_run_is_an_alert_with_three_ways_out(client: Client, run: Submission) -> None:
    page = client.get("/").content.decode()
    assert "Run stuck: out for 60 min" in page
    assert "3 rows of leads.csv at People, table t_people · run run_1 · 6 credits at stake" in page
    assert all(f"/runs/{run.pk}/{verb}" in page for verb in ("check", "wait", "give-up"))


def test_checking_now_makes_it_due(client: Client, run: Submission) -> None:
    assert client.post(f"/runs/{run.pk}/check", {"next": "/"})["Location"] == "/"
    run.refresh_from_db()
    assert run.next_poll_at is not None
    assert run.next_poll_at <= timezone.now()


def test_waiting_longer_ends_the_alert(client: Client, run: Submission) -> None:
    client.post(f"/runs/{run.pk}/wait", {"until": "30m"})
    assert "Run stuck" not in client.get("/").content.decode()
    run.refresh_from_db()
    assert run.run_state == RunState.OUT


def test_giving_up_asks_first(client: Client, run: Submission, job: Job) -> None:
    page = " ".join(client.get(f"/runs/{run.pk}/give-up?next=/jobs").content.decode().split())
    assert "Run <code>run_1</code>, batch 1 of <strong>leads.csv</strong> at People, out for 60 min" in page
    assert "<strong>3 rows</strong> become a dead letter with the charge “possibly”" in page
    assert "6 credits count as spent" in page
    assert '<input type="hidden" name="next" value="/jobs">' in page
    assert fresh(job).counts[RowState.DEAD] == 0


@pytest.mark.breaks_a_promise  # home, but its rows are not
def test_nothing_is_asked_of_a_run_that_came_home(client: Client, run: Submission) -> None:
    Submission.objects.update(run_state=RunState.FINISHED)
    page = client.get(f"/runs/{run.pk}/give-up").content.decode()
    assert "The run has come home already" in page
    assert 'type="submit">Move' not in page


def test_there_is_no_run_of_that_number(client: Client, db: None) -> None:
    assert client.get("/runs/4711/give-up").status_code == 404


def test_giving_up_makes_a_dead_letter_once(client: Client, run: Submission, job: Job) -> None:
    for _ in range(2):
        assert client.post(f"/runs/{run.pk}/give-up")["Location"] == f"/jobs/{job.pk}"
    assert fresh(job).counts[RowState.DEAD] == 3
    assert job.letters.count() == 1


def test_the_dashboard_tells_late_from_stuck(client: Client, run: Submission) -> None:
    out = client.get("/").context["out"]
    assert (out.fresh, out.late, out.stuck, out.rows) == (0, 0, 1, 3)
    Submission.objects.update(trouble="", trouble_since=None)
    assert client.get("/").context["out"].late == 1


@pytest.mark.parametrize("there", ["9" * 20, "9" * 5000, "x"])
def test_odd_destinations_are_all_of_them(client: Client, run: Submission, there: str) -> None:
    answer = client.get("/runs", {"destination": there})
    assert [line.run.pk for line in answer.context["lines"]] == [run.pk]


@pytest.mark.parametrize("asked", ["0001-01-01T00:00:00+14:00", "nonsense", "2026-13-01T00:00"])
def test_odd_times_do_no_harm(client: Client, run: Submission, asked: str) -> None:
    assert client.post("/runs/all/check", {"age": "stuck", "asked": asked}).status_code == 302


def test_waiting_for_all_is_for_those_that_are_stuck(client: Client, run: Submission) -> None:
    Submission.objects.update(trouble=Trouble.GONE)
    assert client.get("/runs/all/wait?age=trouble").context["count"] == 0
    page = client.get("/runs?age=gone").content.decode()
    assert f"/runs/{run.pk}/give-up" in page
    assert "/wait" not in page
    answer = client.post(f"/runs/{run.pk}/wait", {"until": "2h"}, follow=True)
    assert "there is nothing to wait for" in answer.content.decode()
