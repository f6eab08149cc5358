"""Runs in Redis: found when their time is up, whatever Redis lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from clayops.base import redis
from jobs import steering
from jobs.models import Job, Proof, RowState, RunState, Submission, Trouble
from jobs.sending import tracking
from jobs.upkeep import tick
from tests.jobs.results.test_usual_durations import run
from tests.round_trips import notice
from tests.support import a_destination, running

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_a_promise]  # its runs have no ledger lines

MINUTE = timedelta(minutes=1)


@pytest.fixture
def job() -> Job:
    made = running(a_destination())
    made.rows.update(state=RowState.IN_FLIGHT, proof=Proof.SENT)
    return made


def out(job: Job, minutes: float, **fields: Any) -> Submission:
    """A run whose time is up in so many minutes."""
    rows = {"row_ids": list(job.rows.values_list("pk", flat=True))}
    made = run(job, timeout_at=timezone.now() + minutes * MINUTE, **rows | fields)
    tracking.track(made)
    return made


def overdue() -> list[int]:
    return tracking.overdue(timezone.now())


def test_the_overdue_ones_are_found_the_longest_first(job: Job) -> None:
    out(job, 5)
    younger, older = out(job, -1), out(job, -9)
    assert overdue() == [older.pk, younger.pk]


def test_finding_them_costs_one_question_however_many_are_out(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(30):
        out(job, 5)
    sent = notice(monkeypatch)
    overdue()
    assert sent() == ["ZRANGE"]


def test_one_that_raised_its_alert_is_found_no_more(job: Job) -> None:
    stuck = out(job, -1)
    tick.mark_stuck()
    stuck.refresh_from_db()
    assert (stuck.trouble, overdue()) == (Trouble.STUCK, [])


def test_waiting_longer_puts_it_off(job: Job) -> None:
    stuck = out(job, -1)
    tick.mark_stuck()
    stuck.refresh_from_db()
    assert steering.runs.wait_longer(stuck, until=timezone.now() + 30 * MINUTE)
    assert overdue() == []
    assert tracking.overdue(timezone.now() + 31 * MINUTE) == [stuck.pk]


def test_one_that_came_home_is_not_overdue(job: Job) -> None:
    home = out(job, -1)
    Submission.objects.update(run_state=RunState.FINISHED)
    home.refresh_from_db()
    tracking.track(home)
    assert (overdue(), tracking.in_flight()) == ([], [])


def test_a_wiped_redis_is_filled_again_at_once(job: Job) -> None:
    stuck = out(job, -1)
    tracking.rebuild()
    redis.client().flushall()
    assert tracking.rebuild() == 1
    assert (overdue(), [each.submission for each in tracking.in_flight()]) == ([stuck.pk], [stuck.pk])


def test_what_redis_lost_alone_is_found_within_a_minute(job: Job) -> None:
    stuck = out(job, -1)
    tracking.rebuild()
    redis.client().zrem(tracking.DUE, str(stuck.pk))
    redis.client().delete(tracking.COMPARED)
    assert tracking.rebuild() == 1
    assert overdue() == [stuck.pk]


def test_between_comparisons_it_asks_nothing_of_the_database(job: Job) -> None:
    out(job, 5)
    tracking.rebuild()
    redis.client().zadd(tracking.DUE, {"4711": 1})
    tracking.rebuild()
    assert tracking.rebuild() == 0


def test_what_the_database_does_not_have_is_forgotten(job: Job) -> None:
    redis.client().zadd(tracking.INDEX, {"4711": 1})
    redis.client().zadd(tracking.DUE, {"4711": 1})
    tracking.rebuild()
    assert (overdue(), redis.client().zcard(tracking.INDEX)) == ([], 0)


def test_table_rows_time_and_status_are_there(job: Job) -> None:
    made = out(job, 5, row_ids=[1, 2, 3])
    (tracked,) = tracking.in_flight()
    assert (tracked.table_id, tracked.rows, tracked.status) == ("t_people", 3, "out")
    assert abs(tracked.sent_at - made.created_at) < timedelta(seconds=1)
