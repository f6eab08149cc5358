"""The lane: its pace, its fairness, and what two runners of one lane may not do."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import django_rq
import pytest
from django.db import connections
from django.utils import timezone

from budget import credits as budget
from clayops.base import redis
from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.models import Batch, Destination, Job, JobState, Submission
from jobs.sending import attempt, lane, load, outcomes, runner, wake, workspace
from jobs.upkeep import tick
from tests.support import LEASE, a_destination, bring_home, csv_of, fresh, running, send, states, step

pytestmark = pytest.mark.django_db(transaction=True)


def starts() -> list[float]:
    return [s.created_at.timestamp() for s in Submission.objects.order_by("created_at")]


def test_batches_keep_their_distance(clay: Sandbox, people: Destination) -> None:
    people.pause_seconds, people.batch_size = 0.2, 10
    people.save()
    running(people, csv_of(50))
    send(people)
    times = starts()
    assert len(times) == 5
    assert min(b - a for a, b in pairwise(times)) >= 0.2


def test_many_runners_of_one_lane_send_each_batch_once(clay: Sandbox, people: Destination) -> None:
    people.pause_seconds, people.batch_size = 0.05, 5
    people.save()
    job = running(people, csv_of(60))

    def drive(n: int) -> None:
        own = lane.Lane(people.pk, f"lease-{n}")
        try:
            while (wait := own.step()) is not None:
                time.sleep(min(wait, 0.05))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(drive, range(4)))
    times = starts()
    assert len(times) == 12
    assert min(b - a for a, b in pairwise(times)) >= 0.05
    assert len(clay.log()) == len({entry["item_id"] for entry in clay.log()}) == 60
    bring_home()
    assert states(job) == {"enriched": 60}


def test_jobs_take_turns(people: Destination) -> None:
    running(people, csv_of(500), "long.csv")
    running(people, csv_of(100), "short.csv")
    taken = []
    for _ in range(5):
        now = timezone.now()
        batch = lane.next_batch(people, now)
        assert batch is not None
        taken.append(batch.job.name)
        batch.job.last_sent_at = now
        batch.job.save(update_fields=["last_sent_at"])
        Batch.objects.filter(pk=batch.pk).update(not_before=now + timedelta(hours=1))
    assert taken == ["long.csv", "short.csv", "long.csv", "short.csv", "long.csv"]


def test_a_short_job_behind_a_long_one_takes_twice_its_time_alone(clay: Sandbox, people: Destination) -> None:
    people.pause_seconds = 0.1
    people.save()
    running(people, csv_of(1000), "long.csv")
    short = running(people, csv_of(100), "short.csv")
    for _ in range(40):
        if not fresh(short).counts["waiting"]:  # type: ignore[index]
            break
        people.refresh_from_db()
        time.sleep(min(step(people) or 0, 0.1))
    assert states(short) == {"in_flight": 100}
    sent = list(Submission.objects.order_by("pk").values_list("batch__job__name", flat=True))
    assert sent[:4].count("short.csv") == 2


def test_a_paused_job_sends_nothing(clay: Sandbox, people: Destination) -> None:
    job = running(people)
    steering.jobs.pause(fresh(job))
    assert step(people) is None
    steering.jobs.resume(fresh(job))
    send(people)
    assert states(job) == {"in_flight": 3}


def test_a_wait_of_the_workspace_holds_every_lane(clay: Sandbox, people: Destination) -> None:
    running(people)
    workspace.wait(30)
    workspace.wait(1)
    wait = step(people)
    assert wait is not None and 29 < wait <= 30
    assert not Submission.objects.exists()


def test_the_days_limit_holds_the_lane_and_raising_it_lets_it_go(clay: Sandbox, people: Destination) -> None:
    budget.set_limit(people.cost_of(50), by=None)
    job = running(people, csv_of(80))
    send(people)
    assert (states(job), fresh(job).hold) == ({"in_flight": 50, "waiting": 30}, "budget")
    assert budget.today().breaker == "open"
    budget.set_limit(people.cost_of(80), by=None)
    send(people)
    assert (states(job), fresh(job).hold) == ({"in_flight": 80}, "")


def test_a_destinations_own_limit_holds_only_it(clay: Sandbox, people: Destination) -> None:
    budget.set_limit(people.cost_of(10), None, scope=people.scope)
    job = running(people)
    big = running(people, csv_of(50), "big.csv")
    send(people)
    assert (states(job), states(big)) == ({"in_flight": 3}, {"waiting": 50})
    assert budget.today().breaker == "closed"


def test_a_dead_sender_leaves_no_row_in_doubt(clay: Sandbox, people: Destination) -> None:
    job = running(people)
    own = lane.Lane(people.pk, "a-dead-one")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attempt, "make", lambda *_: None)
        own.step()
    assert states(job) == {"sending": 3}
    assert outcomes.clear_up(people.pk, LEASE) == 1
    assert states(job) == {"dead": 3}


def test_a_sender_taken_for_dead_whose_answer_came_after_all(clay: Sandbox, people: Destination) -> None:
    job = running(people)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attempt, "make", lambda *_: None)
        lane.Lane(people.pk, "slow").step()
    submission = Submission.objects.get()
    outcomes.clear_up(people.pk, LEASE)
    outcomes.accept(submission, "run-1", people.timeout)
    assert (states(job), fresh(job).state) == ({"in_flight": 3}, "running")
    assert job.letters.get().state == "resolved"


def test_a_crash_between_reservation_and_submission_gives_the_credits_back(
    clay: Sandbox, people: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    running(people)
    monkeypatch.setattr(lane.Lane, "_claim", lambda *_: None)
    step(people)
    assert budget.today().reserved == 6
    monkeypatch.setattr(tick, "ORPHAN_AGE", timedelta(0))
    tick.repair_credits()
    assert budget.today().reserved == 0


def test_the_runner_drives_what_has_work_and_ends(clay: Sandbox, people: Destination) -> None:
    other = Destination.objects.create(
        name="Other", routine_id="function:t_other", inputs=people.inputs, pause_seconds=0.0
    )
    jobs = [running(people, csv_of(60)), running(other, csv_of(60))]
    runner.Runner().run(10)
    bring_home()
    assert [states(job) for job in jobs] == [{"enriched": 60}, {"enriched": 60}]


def test_the_tick_finds_work_that_no_message_told_of(people: Destination) -> None:
    running(people)
    redis.client().flushall()
    tick.start_lanes()
    assert django_rq.get_queue("lanes").count == 1
    assert states(fresh(people.jobs.get())) == {"waiting": 3}


def test_a_batch_that_another_took_meanwhile_is_left_alone(clay: Sandbox, people: Destination) -> None:
    job = running(people)
    batch = lane.next_batch(people, timezone.now())
    assert batch is not None
    slow = load.Load(people, batch, 3)
    assert slow.reserve()
    send(people)
    assert lane.Lane(people.pk, "slow")._claim(slow) is None
    assert (Submission.objects.count(), states(job)) == (1, {"in_flight": 3})


def test_a_hold_for_credits_ends_with_the_day_though_nothing_is_left_to_send(
    clay: Sandbox, people: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget.set_limit(Decimal(1), None)
    job = running(people)
    send(people)
    Job.objects.filter(pk=job.pk).update(state=JobState.PAUSED)
    wake.lift_budget_holds()
    assert held(people) == "budget"
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: tomorrow)
    wake.lift_budget_holds()
    assert held(people) == ""


def test_a_raised_limit_lifts_the_hold_at_once(clay: Sandbox, people: Destination) -> None:
    budget.set_limit(Decimal(1), None)
    running(people)
    send(people)
    budget.set_limit(Decimal(100), None)
    wake.wake()
    assert held(people) == ""


def held(destination: Destination) -> str:
    return Destination.objects.get(pk=destination.pk).hold


@pytest.mark.parametrize("verb", ["cancel", "pause"])
def test_who_gives_way_lets_smaller_batches_go(clay: Sandbox, people: Destination, verb: str) -> None:
    """The breaker is open for a batch of 100 credits, of a job that does not want them any more."""
    budget.set_limit(people.cost_of(60), None)
    budget.reserve("before", people.cost_of(50))
    big, small = running(people, csv_of(50), "big.csv"), running(a_destination("Others"))
    send(people)
    others = Destination.objects.get(name="Others")
    send(others)
    assert states(small) == {"waiting": 3}
    getattr(steering.jobs, verb)(big)
    send(others)
    assert states(small) == {"in_flight": 3}


def test_credits_that_came_back_lift_the_hold(clay: Sandbox, people: Destination) -> None:
    budget.set_limit(people.cost_of(3), None, scope=people.scope)
    budget.reserve("before", people.cost_of(1), [people.scope], budget.Purpose(people.pk))
    job = running(people)
    send(people)
    Job.objects.filter(pk=job.pk).update(state=JobState.PAUSED)
    wake.lift_budget_holds()
    assert held(people) == "budget"
    budget.settle("before", Decimal(0))
    wake.lift_budget_holds()
    assert held(people) == ""
