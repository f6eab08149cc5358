"""Runs in trouble: one by one while they are few, together while they are many."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from jobs import steering
from jobs.alerting import for_person, recording
from jobs.alerting.sources import runs
from jobs.models import Job, RowState, Submission, Trouble
from tests.jobs.results.test_usual_durations import run
from tests.support import a_destination, running

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_a_promise]  # its runs have no ledger lines


@pytest.fixture
def job() -> Job:
    return running(a_destination())


def stuck(job: Job, count: int, trouble: Trouble = Trouble.STUCK) -> list[str]:
    """So many runs are stuck; which alerts there are, once they are on record."""
    Submission.objects.update(trouble="", run_state="finished")
    now = timezone.now()
    for _ in range(count):
        made = run(job, row_ids=list(job.rows.values_list("pk", flat=True)))
        Submission.objects.filter(pk=made.pk).update(trouble=trouble, trouble_since=now, run_state="out")
    job.rows.update(state=RowState.IN_FLIGHT)
    found = [alert for alert in for_person.current() if alert.kind == trouble]
    recording.record(found, now)
    return [alert.text for alert in found]


def test_a_few_are_told_one_by_one(job: Job) -> None:
    assert len(stuck(job, 3)) == 3


def test_many_are_told_together_until_one_is_left(job: Job) -> None:
    assert stuck(job, 4) == ["4 runs are stuck at People"]
    assert stuck(job, 3) == ["3 runs are stuck at People"]
    assert stuck(job, 2) == ["2 runs are stuck at People"]
    (alone,) = stuck(job, 1)
    assert alone.startswith("Run stuck: out for")
    assert len(stuck(job, 3)) == 3


@pytest.mark.parametrize("trouble", [Trouble.GONE, Trouble.ODD])
def test_waiting_is_offered_only_where_it_helps(job: Job, trouble: Trouble) -> None:
    stuck(job, 1, trouble)
    (alert,) = [alert for alert in for_person.current() if alert.kind == trouble]
    assert [action.label for action in alert.actions] == [
        "Check now",
        "Move to dead letters …",
        "See the job",
    ]
    assert not steering.runs.wait_longer(Submission.objects.out().get())
    assert Submission.objects.out().get().trouble == trouble


def test_those_beyond_many_are_told_too(job: Job) -> None:
    """However many are stuck at one destination, those of another are not lost behind them."""
    stuck(job, 30)
    there = running(a_destination("Companies"))
    Submission.objects.filter(pk=run(there).pk).update(
        trouble=Trouble.STUCK, trouble_since=timezone.now(), run_state="out"
    )
    assert sorted(alert.text[:11] for alert in for_person.current() if alert.kind == "stuck") == [
        "30 runs are",
        "Run stuck: ",
    ]


def test_how_many_are_stuck_costs_no_more_questions(
    job: Job, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stuck(job, 200)
    with django_assert_num_queries(3):
        (alert,) = runs.alerts()
    assert (alert.count, alert.text) == (200, "200 runs are stuck at People")


def test_it_says_what_clay_last_said_and_when(job: Job) -> None:
    def detail() -> str:
        (alert,) = [alert for alert in for_person.current() if alert.kind == "stuck"]
        return alert.detail

    stuck(job, 1)
    assert "Clay has not said anything of it yet" in detail()
    Submission.objects.update(answered_at=timezone.now() - timedelta(minutes=3), run_finished=2)
    assert "Clay last said 3 min ago: 2 of 3 done" in detail()
