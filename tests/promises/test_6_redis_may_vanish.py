"""Promise 6. Redis may vanish.

The database holds the truth; all that is in Redis can be rebuilt from it, and is.

Each thing in Redis has a test beside its code that says how it comes back: the day's credits
(tests/budget/test_reconcile.py), the providers' windows (tests/providers/test_restore.py), the runs that
are out (tests/jobs/sending/test_tracking.py).
"""

import time

import django_rq
import pytest
import redis as redis_py

from budget import credits
from clayops.base import redis
from clayops.sandbox.server import Sandbox
from jobs.models import Destination, Submission
from jobs.sending import tracking
from jobs.upkeep import tick
from providers import health
from tests.promises.product.running import MidJob
from tests.support import a_destination, ask, csv_of, running, send, states, step

BATCH = 5


@pytest.mark.django_db(transaction=True)
def test_wiped_before_every_step_a_job_ends_as_if_nothing_had_been(clay: Sandbox) -> None:
    """Each row goes once, its credits are counted once, and the providers know what the results told."""

    def wiped() -> None:
        redis.client().flushall()

    people = a_destination(batch_size=BATCH, waterfall=["hunter", "apollo"])
    clay.settings(waterfall=["hunter", "apollo"], provider_errors={"hunter": 0.0, "apollo": 0.0})
    job = running(people, csv_of(4 * BATCH))
    for _ in range(4):
        wiped()
        step(people)
    wiped()
    send(people)
    while Submission.objects.out().exists():
        wiped()
        ask()
    wiped()
    assert states(job) == {"enriched": 4 * BATCH}
    assert set(clay.counts()["accepted"].values()) == {1}
    credits.reconcile()
    assert credits.today().reserved == 0
    assert credits.today().spent == sum(each.spent or each.credits for each in Submission.objects.all())
    results = [row.result["provider_attempts"] for row in job.rows.all() if row.result]
    told = [each for attempts in results for each in attempts if each["provider"] == "hunter"]
    assert health.health("hunter").requests == len(told) > 0


@pytest.mark.django_db(transaction=True)
def test_the_limit_is_known_to_an_empty_redis(people: Destination) -> None:
    credits.set_limit(people.cost_of(3), None)
    credits.reserve("others", people.cost_of(2))
    redis.client().flushall()
    with pytest.raises(credits.Refused):
        credits.reserve("one too many", people.cost_of(2))


@pytest.mark.django_db(transaction=True)
def test_the_tick_finds_what_waits_and_what_is_out(clay: Sandbox, people: Destination) -> None:
    """No message of it is left; nobody has to send one again."""
    Destination.objects.update(batch_size=1)
    people.refresh_from_db()
    running(people, csv_of(2))
    step(people)
    redis.client().flushall()
    tick.start_lanes()
    assert django_rq.get_queue("lanes").count == 1
    tracking.rebuild()
    assert [each.submission for each in tracking.in_flight()] == [Submission.objects.get().pk]


# -- on a whole product ---------------------------------------------------------------------------------
@pytest.mark.long
@pytest.mark.faults
@pytest.mark.timeout(300)
def test_kill_9_of_redis(mid_job: MidJob) -> None:
    for _ in range(2):
        mid_job.kill("redis-server")
        time.sleep(3)
    mid_job.settle()


@pytest.mark.long
@pytest.mark.faults
@pytest.mark.timeout(300)
def test_a_wiped_redis(mid_job: MidJob) -> None:
    settings_of = "from django.conf import settings; print(settings.REDIS_URL)"
    client = redis_py.Redis.from_url(mid_job.python(settings_of))
    for _ in range(3):
        client.flushall()
        time.sleep(1.5)
    mid_job.settle()
