"""Late is longer than usual, stuck is past the time-out."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from clayops.base import redis
from clayops.up.redis_server import OwnRedis
from jobs.models import Destination, Job, RunState, Submission, Trouble
from jobs.results import usual_durations
from tests.support import a_destination, running

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_a_promise]  # its runs have no ledger lines

SECOND = timedelta(seconds=1)


@pytest.fixture
def job() -> Job:
    return running(a_destination())


def run(job: Job, took: float | None = None, ago: float = 0, **fields: Any) -> Submission:
    """A run that came home after so many seconds, or one that is out since so many."""
    now = timezone.now()
    home = (
        {"run_state": RunState.FINISHED, "created_at": now - took * SECOND, "finished_at": now}
        if took
        else {}
    )
    out = {
        "run_state": RunState.OUT,
        "created_at": now - ago * SECOND,
        "timeout_at": now + timedelta(hours=1),
    }
    batch = job.batches.get()
    number = Submission.objects.count()
    values = {
        "attempt": 1,
        "runner": "r",
        "row_ids": [],
        "holder": f"h{number}",
        "credits": 1,
        "outcome": "accepted",
        "run_id": f"run_{number}",
    }
    return Submission.objects.create(
        destination=job.destination, batch=batch, **values | (home or out) | fields
    )


def usual_seconds() -> float:
    redis.client().flushall()
    return round(usual_durations.usual(Destination.objects.get()).total_seconds())


def late() -> set[str]:
    redis.client().flushall()
    return set(
        Submission.objects.filter(usual_durations.runs_late(timezone.now())).values_list("run_id", flat=True)
    )


def test_95_of_100_came_home_within_it(job: Job) -> None:
    for seconds in range(1, 101):
        run(job, took=seconds)
    assert usual_seconds() == 95


def test_only_the_last_200_count(job: Job) -> None:
    for _ in range(200):
        run(job, took=10)
    Submission.objects.update(finished_at=timezone.now() + timedelta(minutes=1), created_at=timezone.now())
    run(job, took=1000)
    assert usual_seconds() == 60


def test_with_few_it_is_half_of_the_time_out(job: Job) -> None:
    for _ in range(19):
        run(job, took=10)
    assert usual_seconds() == 15 * 60
    run(job, took=10)
    assert usual_seconds() == 10


def test_it_is_never_longer_than_the_time_out(job: Job) -> None:
    for _ in range(30):
        run(job, took=7200)
    assert usual_seconds() == 30 * 60


def test_late_is_longer_than_usual_and_not_stuck(job: Job) -> None:
    for _ in range(30):
        run(job, took=10)
    run(job, ago=5, run_id="fresh")
    run(job, ago=11, run_id="late")
    run(job, ago=11, run_id="stuck", trouble=Trouble.STUCK)
    assert late() == {"late"}


def test_each_destination_has_its_own(job: Job) -> None:
    other = running(a_destination("Slow ones"), name="slow.csv")
    for _ in range(30):
        run(job, took=10)
        run(other, took=100)
    run(job, ago=50, run_id="late here")
    run(other, ago=50, run_id="usual there")
    assert late() == {"late here"}


def test_it_is_asked_once_a_minute(job: Job) -> None:
    assert usual_seconds() == 15 * 60
    for _ in range(30):
        run(job, took=10)
    assert usual_durations.usual(job.destination).total_seconds() == 15 * 60
    redis.client().delete(f"clayops:usual:{job.destination.pk}")
    assert round(usual_durations.usual(job.destination).total_seconds()) == 10


def test_with_redis_away_it_is_asked_each_time(job: Job, redis_server: OwnRedis) -> None:
    redis_server.kill()
    try:
        assert usual_durations.usual(job.destination).total_seconds() == 15 * 60
    finally:
        redis_server.restart()
