"""Promise 5. Nothing hangs unseen.

A run that is out for longer than its time-out is an alert on every page within a minute; so are a stopped
worker, a stopped scheduler, a rejected API key, a full webhook.

How a page that stays open learns of it: tests/pages/dashboard/browser/test_control_room.py and
tests/pages/frame/browser/test_live.py. What else is an alert: tests/jobs/alerting/test_sources.py.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from rq.cron import CronScheduler

from clayops.base import process_health, redis
from clayops.sandbox.server import Sandbox
from jobs.models import Destination, Hold, Submission
from jobs.upkeep import tick
from tests.heartbeats import sign_on
from tests.support import running, send, states

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = 60
PAGES = ["/", "/jobs", "/upload", "/deadletters", "/budget", "/providers", "/destinations", "/settings"]


@pytest.fixture
def client(ana: User) -> Client:
    """The browser of Ana, who may do nothing but look; every process is alive."""
    sign_on("lanes", "results", "work")
    browser = Client()
    browser.force_login(ana)
    return browser


def shown(client: Client, text: str) -> list[str]:
    """The pages on which it stands."""
    return [page for page in PAGES if text in client.get(page).content.decode()]


def test_a_run_that_is_out_too_long(clay: Sandbox, client: Client, people: Destination) -> None:
    clay.settings(next_stuck=1)
    job = running(people)
    send(people)
    run = Submission.objects.get()
    assert run.timeout_at is not None
    tick.mark_stuck()
    assert shown(client, "Run stuck") == [], "its time is not up"
    Submission.objects.update(timeout_at=timezone.now() - timedelta(seconds=1))
    redis.client().flushall()  # what is late is known from the database
    sign_on("lanes", "results", "work")
    tick.tick()
    assert shown(client, "Run stuck") == PAGES
    assert states(job) == {"in_flight": 3}, "an alert decides nothing"


def no_worker(clay: Sandbox, people: Destination) -> None:
    redis.client().delete("rq:worker:lanes")


def no_scheduler(clay: Sandbox, people: Destination) -> None:
    sign_on("lanes", "results", "work", scheduler=MINUTE)


def no_key(clay: Sandbox, people: Destination) -> None:
    clay.settings(next_refusals=1, refusal_status=401)
    send(people)


def no_room(clay: Sandbox, people: Destination) -> None:
    people.put_on_hold(Hold.WEBHOOK_FULL, "Clay answered 403")


@pytest.mark.parametrize(
    ("happens", "text"),
    [
        (no_worker, "No worker is running for lanes"),
        (no_scheduler, "The scheduler has stopped"),
        (no_key, "Clay rejects the API key at People"),
        (no_room, "The webhook of People is full"),
    ],
)
def test_what_has_stopped(
    clay: Sandbox,
    client: Client,
    people: Destination,
    happens: Callable[[Sandbox, Destination], None],
    text: str,
) -> None:
    running(people)
    assert shown(client, text) == []
    happens(clay, people)
    assert shown(client, text) == PAGES


def test_it_takes_less_than_a_minute() -> None:
    """Who looks for late runs comes by often enough; nobody may be silent for longer without an alert."""
    scheduler = CronScheduler(connection=redis.client())
    scheduler.load_config_from_file("clayops.cron")
    every = {job.func_name: job.interval for job in scheduler.get_jobs()}
    assert 0 < (every["jobs.tasks.tick"] or 0) < MINUTE
    assert process_health.SCHEDULER_FRESH_SECONDS < MINUTE
    assert process_health.FRESH_SECONDS < MINUTE
