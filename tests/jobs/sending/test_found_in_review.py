"""Defects that a review found, each with the sequence of events that showed it."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_rq
import pytest
import redis as redis_py
from django.db import connections, transaction
from django.utils import timezone

from budget import credits as budget
from clayops.base import redis
from clayops.clay import ResultItem
from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.alerting import for_person
from jobs.intake.rows import ingest
from jobs.models import ClayCircuit, Destination, StrayResult, Submission
from jobs.results import applying, polling
from jobs.sending import attempt, lane, outcomes, runner, tracking, workspace
from jobs.sending.load import Load, LostRace
from jobs.upkeep import tick
from providers.waterfall import Step
from tests.support import bring_home, csv_of, draft, fresh, running, send, states, step

pytestmark = pytest.mark.django_db(transaction=True)


def complete(submission: Submission) -> list[ResultItem]:
    return [ResultItem(str(pk), "complete", {"x": 1}, None, {}) for pk in submission.row_ids]


def the_run() -> Submission:
    return Submission.objects.select_related("batch__job", "destination").get()


def aside(work: Callable[[], object]) -> threading.Thread:
    """What somebody else does at the same moment."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_run_that_was_asked_about_for_days_is_still_asked_about(clay: Sandbox, people: Destination) -> None:
    clay.settings(next_stuck=1)
    running(people)
    send(people)
    Submission.objects.update(polls=5000)
    assert polling.poll(the_run()) == 1


def test_one_run_that_cannot_be_applied_keeps_no_other_from_home(
    clay: Sandbox, people: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = running(people, csv_of(100))
    send(people)
    bad = Submission.objects.earliest("pk")
    real = applying.apply

    def apply(submission: Submission, items: Any) -> None:
        if submission.pk == bad.pk:
            raise ValueError("poison")
        real(submission, items)

    monkeypatch.setattr(applying, "apply", apply)
    for _ in range(5):
        time.sleep(0.05)
        Submission.objects.update(next_poll_at=timezone.now())
        polling.collect(0.2)
    assert states(job) == {"enriched": 50, "in_flight": 50}


def test_a_runner_that_finds_no_lane_free_does_not_come_back_at_once(people: Destination) -> None:
    running(people)
    redis.client().flushall()
    redis.client().lock(f"clayops:lease:lane:{people.pk}", timeout=60).acquire()
    runner.run_lanes(0.5)
    assert django_rq.get_queue("lanes").count == 0


def test_a_lane_that_always_breaks_does_not_spin(
    people: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    running(people)
    redis.client().flushall()
    monkeypatch.setattr(lane.Lane, "step", lambda self: 1 / 0)
    runner.run_lanes(5)
    assert django_rq.get_queue("lanes").count == 0


def test_cancelled_while_its_batch_is_put_back(
    clay: Sandbox, people: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = running(people)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attempt, "make", lambda *_: None)
        step(people)
    real = outcomes._rows
    others: list[threading.Thread] = []

    def rows(*words: Any) -> Any:
        if not others:
            others.append(aside(lambda: steering.jobs.cancel(fresh(job))))
            others[0].join(1)
        return real(*words)

    monkeypatch.setattr(outcomes, "_rows", rows)
    outcomes.put_back(Submission.objects.get(), "429", 429)
    others[0].join(30)
    assert (states(job), fresh(job).state) == ({"discarded": 3}, "cancelled")


def test_given_up_while_its_results_come_home(
    clay: Sandbox, people: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = running(people)
    send(people)
    run, real = the_run(), applying._enrich
    others: list[threading.Thread] = []

    def enrich(*words: Any) -> Any:
        found = real(*words)
        others.append(aside(lambda: steering.runs.give_up(the_run())))
        others[0].join(0.5)
        return found

    monkeypatch.setattr(applying, "_enrich", enrich)
    applying.apply(run, complete(run))
    others[0].join(30)
    assert states(job) == {"enriched": 3}


def test_a_nul_in_a_line_with_too_few_cells(people: Destination) -> None:
    lines = b"Bob,bob@x.test,x.test\n" * 20
    job = draft(people, b"name,email,domain\nAna\0,ana@x.test\n" + lines)
    assert job.unreadable == [{"line": 2, "reason": "it contains a NUL byte", "text": "Ana␀,ana@x.test"}]


def test_rows_that_cannot_be_stored_raise_an_alert(people: Destination) -> None:
    job = draft(people)
    steering.jobs.start(job)
    Path(job.file.path).rename(f"{job.file.path}.gone")
    ingest.ingest(job.pk)
    assert [a.text for a in for_person.current() if a.kind == "intake"] == [
        "The rows of leads.csv cannot be stored"
    ]
    Path(f"{job.file.path}.gone").rename(job.file.path)
    ingest.ingest(job.pk)
    assert (states(job), fresh(job).ingest_error) == ({"waiting": 3}, "")


def test_a_sender_that_was_taken_for_dead_sends_nothing(clay: Sandbox, people: Destination) -> None:
    running(people)
    with transaction.atomic():
        submission = a_load(people).write("of-a-dead-one")
    outcomes.clear_up(people.pk, "of-another")
    attempt.make(submission, people)
    assert clay.log() == []


def a_load(people: Destination) -> Load:
    """A batch of three with its credits reserved."""
    batch = lane.next_batch(people, timezone.now())
    assert batch is not None
    load = Load(people, batch, 3)
    assert load.reserve()
    return load


def test_redis_away_just_after_a_429(clay: Sandbox, people: Destination) -> None:
    job = running(people)
    clay.settings(next_refusals=1, refusal_status=429, refusal_retry_after=1)

    def away(_: float) -> None:
        raise redis_py.ConnectionError("away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workspace, "wait", away)
        with pytest.raises(redis_py.ConnectionError):
            step(people, "of-a-dead-one")
    send(people)
    assert states(job) == {"in_flight": 3}
    assert budget.today().spent == 0


def test_results_do_not_close_the_circuit_of_sending(clay: Sandbox, people: Destination) -> None:
    running(people)
    send(people)
    for _ in range(5):
        ClayCircuit.failure("500")
    bring_home()
    assert ClayCircuit.load().open_since


def test_a_sender_whose_credits_were_given_back_does_not_send(
    clay: Sandbox, people: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood still for so long between reserving and writing that the tick took it for dead."""
    job = running(people)
    load = a_load(people)
    monkeypatch.setattr(tick, "ORPHAN_AGE", timedelta(0))
    tick.repair_credits()
    with pytest.raises(LostRace), transaction.atomic():
        load.write("late")
    assert states(job) == {"waiting": 3}
    assert budget.today().reserved == 0


def test_the_tick_gives_no_credits_back_that_are_being_used(
    clay: Sandbox, people: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender writes its submission after the tick had looked for one."""
    running(people)
    load, unused = a_load(people), budget.release_unused

    def overtaken(holder: str, is_used: Callable[[], bool]) -> bool:
        with transaction.atomic():
            load.write("just in time")
        return unused(holder, is_used)

    monkeypatch.setattr(tick, "ORPHAN_AGE", timedelta(0))
    monkeypatch.setattr(budget, "release_unused", overtaken)
    tick.repair_credits()
    assert budget.today().reserved == 6


def test_redis_tracking_heals(clay: Sandbox, people: Destination) -> None:
    running(people)
    send(people)
    run = the_run()
    redis.client().delete(tracking.INDEX)
    redis.client().zadd(tracking.INDEX, {"999": 1})
    tick.tick()
    assert [tracked.submission for tracked in tracking.in_flight()] == [run.pk]


def test_strays_without_an_id_are_all_kept(clay: Sandbox, people: Destination) -> None:
    running(people)
    send(people)
    run = the_run()
    strays = [ResultItem("", "complete", {"n": n}, None, {"n": n}) for n in range(3)]
    applying.apply(run, [*complete(run), *strays])
    assert sorted(stray.body["n"] for stray in StrayResult.objects.all()) == [0, 1, 2]


def test_the_waterfalls_lists_count_as_payload(clay: Sandbox, people: Destination) -> None:
    people.steps = [Step(f"a-provider-with-a-long-name-{n}") for n in range(30)]
    people.batch_size = 100
    people.save()
    job = running(people, csv_of(200))
    send(people)
    assert states(job) == {"in_flight": 200}


def test_one_part_of_the_tick_does_not_stop_the_others(
    people: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    running(people)
    redis.client().flushall()

    def broken() -> int:
        raise ValueError("broken")

    monkeypatch.setattr(tick, "mark_stuck", broken)
    tick.tick()
    assert django_rq.get_queue("lanes").count == 1


def test_a_late_failure_does_not_bury_rows_that_went_out_again(clay: Sandbox, people: Destination) -> None:
    job = running(people)
    send(people)
    run = the_run()
    Submission.objects.create(
        destination=people, batch=run.batch, attempt=2, runner="r", row_ids=run.row_ids, credits=6,
        holder="again", outcome="accepted", run_id="second", run_state="out",
    )  # fmt: skip
    applying.apply(run, [ResultItem(str(pk), "failed", None, "late", {}) for pk in run.row_ids])
    assert states(job) == {"in_flight": 3}
    Submission.objects.filter(holder="again").delete()
    Submission.objects.update(run_state="out")
    assert job.letters.count() == 0
