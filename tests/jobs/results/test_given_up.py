"""Runs that nobody waits for any more: asked about as long as Clay may have their results, but slowly."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.models import Destination, Job, Proof, RowState, Submission
from jobs.results import polling
from tests.support import ask, running, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(clay: Sandbox, people: Destination) -> Job:
    """Three rows in a run that never ends."""
    clay.settings(next_stuck=1)
    job = running(people)
    send(people)
    return job


def the_run() -> Submission:
    return Submission.objects.select_related("batch__job", "destination").get()


def given_up(*, sent: timedelta, ago: timedelta, running: timedelta | None = None) -> Submission:
    """Sent, given up, and last seen running so long ago."""
    steering.runs.give_up(the_run())
    now = timezone.now()
    Submission.objects.update(
        created_at=now - sent, finished_at=now - ago, answered_at=now - running if running else None
    )
    return the_run()


def is_asked_again(run: Submission) -> bool:
    polling._ask_again(run)
    return the_run().next_poll_at is not None


DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_one_that_was_given_up_long_after_it_was_sent_is_asked_about(job: Job) -> None:
    assert is_asked_again(given_up(sent=3 * DAY, ago=HOUR))


def test_so_is_one_that_was_seen_running_since(job: Job) -> None:
    assert is_asked_again(given_up(sent=3 * DAY, ago=2 * DAY, running=23 * HOUR))


def test_after_a_day_it_is_not(job: Job) -> None:
    assert not is_asked_again(given_up(sent=3 * DAY, ago=25 * HOUR, running=25 * HOUR))


def test_one_that_runs_on_is_asked_about_for_another_day(job: Job) -> None:
    polling.poll(given_up(sent=3 * DAY, ago=2 * DAY, running=25 * HOUR))
    run = the_run()
    assert run.next_poll_at
    assert run.answered_at
    assert run.answered_at > timezone.now() - HOUR


def test_an_odd_answer_is_no_sign_that_it_runs(clay: Sandbox, people: Destination) -> None:
    clay.settings(next_odd=1)
    running(people)
    send(people)
    ask(times=4)
    assert the_run().trouble == "odd"
    polling.poll(given_up(sent=3 * DAY, ago=2 * DAY, running=25 * HOUR))
    assert the_run().next_poll_at is None


@pytest.mark.parametrize(("ago", "seconds"), [(timedelta(minutes=1), 60), (HOUR, 360), (20 * HOUR, 600)])
def test_the_longer_ago_the_more_seldom(job: Job, ago: timedelta, seconds: int) -> None:
    polling._ask_again(given_up(sent=DAY, ago=ago))
    run = the_run()
    assert run.next_poll_at
    assert run.polled_at
    assert 0.75 * seconds <= (run.next_poll_at - run.polled_at).total_seconds() <= 1.01 * seconds


# -- what the job's history says of it ----------------------------------------------------------------
def said(job: Job) -> str:
    return job.events.filter(kind="given_up").get().text.partition(": ")[2]


def came_home(job: Job, *numbers: int) -> None:
    rows = job.rows.filter(number__in=numbers)
    rows.update(state=RowState.ENRICHED, result={"work_email": "a@b.test"}, proof=Proof.SENT)


def test_rows_that_were_out_are_in_dead_letters(job: Job) -> None:
    came_home(job, 1)
    steering.runs.give_up(the_run())
    assert said(job) == "moved to dead letters"


def test_rows_that_came_home_elsewhere_are_not_said_to_be_dead(job: Job) -> None:
    came_home(job, 1, 2, 3)
    steering.runs.give_up(the_run())
    assert said(job) == "not waited for any more, as its rows came home another way"


def test_nor_are_those_that_were_taken_out(job: Job) -> None:
    came_home(job, 1, 2)
    job.rows.filter(number=3).update(state=RowState.DISCARDED)
    steering.runs.give_up(the_run())
    assert said(job) == "not waited for any more, as none of its rows is out"
