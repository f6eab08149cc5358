"""The dashboard's figures are those of the lists that they lead to."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clayops.pages.dashboard import views
from jobs.models import Job, RunState, Submission
from tests.pages.runs import test_runs

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_a_promise]  # its runs have no ledger lines

job = test_runs.job


def home(number: int, minutes_ago: float, state: RunState = RunState.FINISHED) -> None:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    Submission.objects.filter(run_id=f"run_{number}").update(run_state=state, finished_at=at, run_finished=2)


def columns(pace: views.Pace) -> dict[int, float]:
    """Height by minutes ago, of those that are not empty."""
    heights = [float(column.height.rstrip("%")) for column in pace.columns]
    return {len(heights) - 1 - index: height for index, height in enumerate(heights) if height}


def test_rows_back_by_minute(job: Job) -> None:
    for number, minutes_ago in enumerate((0, 0.5, 1.5, 30.5, 59.5, 60.5), start=1):
        home(number, minutes_ago)
    found = views.pace(timezone.now())
    assert (found.total, found.now, found.most) == (10, 4, 4)
    assert columns(found) == {0: 100, 1: 50, 30: 50, 59: 50}


def test_none_is_back(job: Job) -> None:
    found = views.pace(timezone.now())
    assert (found.total, found.now, found.most, columns(found)) == (0, 0, 0, {})


def test_runs_that_were_given_up_did_not_come_back_as_their_list_says_too(
    client: Client,
    job: Job,
) -> None:
    home(1, 5)
    home(2, 5, RunState.GIVEN_UP)
    lines = client.get("/runs?age=home").context["lines"]
    shown = client.get("/live/dashboard").context["pace"]
    assert shown.total == sum(len(line.run.row_ids) for line in lines) == 2


def test_a_run_that_was_given_up_and_came_home_late_did(client: Client, job: Job) -> None:
    home(1, 70, RunState.GIVEN_UP)
    home(1, 1)
    assert client.get("/live/dashboard").context["pace"].total == 2


def test_the_database_adds_up_what_came_back_at_once(job: Job) -> None:
    at = timezone.now() - timedelta(minutes=3)
    Submission.objects.update(run_state=RunState.FINISHED, finished_at=at, run_finished=2)
    with CaptureQueriesContext(connection) as queries:
        assert views.pace(timezone.now()).total == 20
    (only,) = queries.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(only["sql"])
        assert len(cursor.fetchall()) == 1
