"""Results come home: applied once, whatever Clay sends, and nothing is lost."""

import time
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from budget import credits as budget
from clayops.base import redis
from clayops.base.process_health import SCHEDULER_FRESH_SECONDS
from clayops.clay import ResultItem, Timeouts
from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.models import (
    Charge,
    DeadLetter,
    Destination,
    Job,
    Proof,
    RowState,
    StrayResult,
    Submission,
    Trouble,
)
from jobs.results import applying, polling
from jobs.sending import tracking, workspace
from jobs.upkeep import tick
from tests.clayops.clay.server import Server
from tests.support import ask, bring_home, csv_of, fresh, row, running, send, states, step

pytestmark = pytest.mark.django_db(transaction=True)


def item(row_id: object, status: str = "complete", **found: Any) -> ResultItem:
    raw = {"id": str(row_id), "status": status, "result": found or None}
    error = found.pop("error", None)
    return ResultItem(str(row_id), status, found or None, error, raw)


@pytest.fixture
def job(clay: Sandbox, people: Destination) -> Job:
    """Three rows in flight."""
    job = running(people)
    send(people)
    return job


@pytest.fixture
def run(job: Job) -> Submission:
    return Submission.objects.select_related("batch__job", "destination").get()


def causes() -> dict[str, str]:
    return dict(DeadLetter.objects.values_list("cause", "charge"))


def test_the_main_way(job: Job) -> None:
    bring_home()
    assert (fresh(job).state, states(job)) == ("done", {"enriched": 3})
    assert "work_email" in fresh(job).outputs
    assert "provider_attempts" in (row(job, 1).result or {})
    assert budget.today().spent == 6
    assert budget.today().reserved == 0


def test_twice_is_once(job: Job, run: Submission) -> None:
    items = [item(pk, email="first@a.test") for pk in run.row_ids]
    applying.apply(run, items)
    applying.apply(run, [item(pk, email="second@a.test") for pk in run.row_ids])
    assert {str(found.result) for found in job.rows.all()} == {"{'email': 'first@a.test'}"}
    assert budget.today().spent == 6


def test_a_failed_item_is_a_dead_letter_with_clays_words(job: Job, run: Submission) -> None:
    first, second, third = run.row_ids
    applying.apply(run, [item(first, x=1), item(second, "failed", error="No such person"), item(third, x=1)])
    assert causes() == {"No such person": Charge.POSSIBLY}
    assert states(job) == {"enriched": 2, "dead": 1}
    assert row(job, 2).error == "No such person"


def test_one_letter_for_each_cause(job: Job, run: Submission) -> None:
    a, b, c = run.row_ids
    applying.apply(
        run, [item(a, "failed", error="X"), item(b, "failed", error="Y"), item(c, "failed", error="X")]
    )
    letters = DeadLetter.objects.all()
    assert sorted((letter.cause, letter.size) for letter in letters) == [
        ("X", 2),
        ("Y", 1),
    ]


def test_a_row_that_is_missing(job: Job, run: Submission) -> None:
    applying.apply(run, [item(pk, x=1) for pk in run.row_ids[:2]])
    assert causes() == {"Clay's finished run did not return this row": Charge.POSSIBLY}


def test_a_status_that_we_do_not_know(job: Job, run: Submission) -> None:
    applying.apply(run, [item(pk, "skipped") for pk in run.row_ids])
    assert list(causes()) == ["Clay answered a status we do not know for this row: skipped"]


def test_what_is_not_ours_is_kept_and_not_applied(job: Job, run: Submission) -> None:
    items = [item(pk, x=1) for pk in run.row_ids] + [item(999_999, x="stray")]
    applying.apply(run, items)
    applying.apply(run, items)
    assert [stray.body["result"] for stray in StrayResult.objects.all()] == [{"x": "stray"}]
    assert states(job) == {"enriched": 3}


@pytest.mark.parametrize("order", [1, -1])
def test_of_duplicates_the_complete_one_counts(job: Job, run: Submission, order: int) -> None:
    first, *rest = run.row_ids
    twice = [item(first, x=1), item(first, "failed", error="?")][::order]
    applying.apply(run, [*twice, *(item(pk, x=1) for pk in rest)])
    assert states(job) == {"enriched": 3}
    assert not causes()


def test_a_late_result_for_dead_rows_is_taken(job: Job, run: Submission) -> None:
    steering.runs.give_up(run)
    assert (states(job), fresh(job).state) == ({"dead": 3}, "done")
    ask(times=4)
    assert states(job) == {"enriched": 3}
    assert DeadLetter.objects.get().state == "resolved"


def test_a_late_result_for_some_shrinks_the_letter(job: Job, run: Submission) -> None:
    steering.runs.give_up(run)
    applying.apply(run, [item(run.row_ids[0], x=1), item(run.row_ids[1], "failed", error="no")])
    letter = DeadLetter.objects.get()
    assert (letter.size, letter.state) == (2, "open")


def test_answers_wait_with_a_backoff(clay: Sandbox, people: Destination) -> None:
    clay.settings(next_stuck=1)
    running(people)
    send(people)
    gaps = []
    for _ in range(14):
        run = Submission.objects.select_related("batch__job", "destination").get()
        polling.poll(run)
        run.refresh_from_db()
        assert run.next_poll_at and run.polled_at
        gaps.append((run.next_poll_at - run.polled_at).total_seconds())
    assert gaps[0] < 3
    assert 45 <= gaps[-1] <= 60


def test_stuck_is_an_alert_and_the_rows_stay(clay: Sandbox, people: Destination) -> None:
    people.timeout_minutes = 0.0001
    people.save()
    clay.settings(next_stuck=1)
    job = running(people)
    send(people)
    tick.mark_stuck()
    run = Submission.objects.get()
    assert (run.trouble, states(job)) == ("stuck", {"in_flight": 3})
    assert tracking.in_flight()[0].status == "stuck"


def test_waiting_longer_ends_the_alert(job: Job, run: Submission) -> None:
    polling.trouble(run, Trouble.STUCK, "late")
    steering.runs.wait_longer(run)
    run.refresh_from_db()
    assert (run.trouble, run.timeout_at > timezone.now() + timedelta(minutes=29)) == ("", True)  # type: ignore[operator]


@pytest.mark.parametrize(("setting", "trouble"), [("next_gone", "gone"), ("next_odd", "odd")])
def test_a_run_that_ends_strangely(clay: Sandbox, people: Destination, setting: str, trouble: str) -> None:
    clay.settings(**{setting: 1})
    job = running(people)
    send(people)
    ask(times=4)
    assert (Submission.objects.get().trouble, states(job)) == (trouble, {"in_flight": 3})


def test_items_of_several_pages_all_come(clay: Sandbox, people: Destination) -> None:
    people.batch_size = 100
    people.save()
    job = running(people, csv_of(100))
    send(people)
    bring_home()
    assert states(job) == {"enriched": 100}


def test_redis_tracks_each_run_and_is_rebuilt(job: Job, run: Submission) -> None:
    tracked = tracking.in_flight()
    assert [(t.table_id, t.rows, t.status, t.run_id) for t in tracked] == [("t_people", 3, "out", run.run_id)]
    redis.client().flushall()
    tracking.rebuild()
    assert tracking.in_flight() == tracked


def test_a_cancelled_jobs_runs_are_still_collected(clay: Sandbox, people: Destination) -> None:
    people.pause_seconds = 60
    people.save()
    job = running(people, csv_of(80))
    step(people)
    assert steering.jobs.cancel(fresh(job)) == 30
    bring_home()
    assert states(job) == {"enriched": 50, "discarded": 30}
    assert fresh(job).state == "cancelled"
    assert row(job, 80).state == RowState.DISCARDED


def _run() -> Submission:
    return Submission.objects.select_related("destination").get()


def test_a_stuck_run_whose_rows_came_home_elsewhere_ends_by_itself(
    clay: Sandbox, people: Destination
) -> None:
    clay.settings(next_stuck=1)
    job = running(people)
    send(people)
    Submission.objects.update(timeout_at=timezone.now())
    tracking.track(_run())
    tick.mark_stuck()
    assert _run().trouble == "stuck"
    job.rows.update(state=RowState.ENRICHED, result={"work_email": "a@b.test"}, proof=Proof.SENT)
    tick.end_empty_runs()
    assert (_run().run_state, Submission.objects.troubled().count()) == ("given_up", 0)
    assert not job.letters.exists()


def test_one_whose_rows_are_home_raises_no_alert_at_all(clay: Sandbox, people: Destination) -> None:
    clay.settings(next_stuck=1)
    job = running(people)
    send(people)
    job.rows.update(state=RowState.ENRICHED, result={"work_email": "a@b.test"}, proof=Proof.SENT)
    Submission.objects.update(timeout_at=timezone.now())
    tracking.track(_run())
    tick.mark_stuck()
    assert (_run().trouble, _run().run_state) == ("", "given_up")


def test_who_wants_it_asked_while_it_is_asked_is_not_forgotten(clay: Sandbox, people: Destination) -> None:
    clay.settings(base_seconds=60)
    running(people)
    send(people)
    asked = _run()
    now = timezone.now()
    Submission.objects.update(next_poll_at=now)
    polling.poll(asked)
    assert _run().next_poll_at == now
    polling.poll(_run())
    assert (_run().next_poll_at or now) > now


def test_a_clay_that_keeps_silent_holds_nobody_up_for_long(
    run: Submission, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tick stands behind it in the same queue: the scheduler would seem to have stopped."""
    assert workspace.ASKING.read + polling.SLICE_SECONDS < SCHEDULER_FRESH_SECONDS
    monkeypatch.setattr(workspace, "ASKING", Timeouts(read=0.3))
    Submission.objects.update(next_poll_at=timezone.now())
    with closing(Server()) as silent:
        settings.CLAY_API_URL = silent.url
        began = time.monotonic()
        polling.collect(0.1)
        assert time.monotonic() - began < 5, "it waited as long as for a sending"
        assert len(silent.requests) == 1
    run.refresh_from_db()
    assert (run.run_state, run.answered_at) == ("out", None)


def test_when_clay_last_said_anything_is_kept(run: Submission) -> None:
    assert run.answered_at is None
    ask()
    run.refresh_from_db()
    assert run.answered_at is not None
