"""The whole way: the sandbox calls, and results come home an hour before the next poll."""

from datetime import timedelta

import django_rq
import pytest
from django.conf import LazySettings
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from rq import SimpleWorker
from rq.timeouts import TimerDeathPenalty

from clayops.sandbox.server import Sandbox
from jobs.models import Heard, HookDelivery, Submission
from tests.clayops.up.product import eventually
from tests.support import a_destination, running, send, states


class Worker(SimpleWorker):  # type: ignore[misc, unused-ignore]
    death_penalty_class = TimerDeathPenalty


@pytest.fixture
def _calls(live_server: LiveServer, clay: Sandbox, settings: LazySettings) -> None:
    settings.CLAY_WEBHOOK_ID, settings.CLAY_WEBHOOK_SECRET = "webhook_1", "whsec_live"
    clay.settings(webhook_url=f"{live_server.url}/hooks/clay/run", webhook_secret="whsec_live")


@pytest.mark.usefixtures("_calls")
def test_results_come_home_by_the_call_alone(clay: Sandbox) -> None:
    clay.settings(base_seconds=0.5)
    people = a_destination()
    job = running(people)
    send(people)
    Submission.objects.update(next_poll_at=timezone.now() + timedelta(hours=1))
    queue = django_rq.get_queue("results")
    assert states(job) == {"in_flight": 3}
    assert eventually(lambda: queue.count, 5)
    Worker([queue], connection=queue.connection).work(burst=True)
    assert states(job) == {"enriched": 3}
    assert [(each.what, each.run_id) for each in HookDelivery.objects.all()] == [
        (Heard.KNOWN, Submission.objects.get().run_id)
    ]


@pytest.mark.usefixtures("_calls")
def test_the_sandbox_delivers_a_test(clay: Sandbox) -> None:
    assert clay.call() == (200, "The answer was 200.")
    assert HookDelivery.objects.get().what == Heard.TEST


@pytest.mark.usefixtures("_calls")
def test_another_secret_is_refused(clay: Sandbox) -> None:
    clay.settings(webhook_secret="another")
    assert clay.call() == (401, "The answer was 401.")
