"""A Redis that takes connections and never answers: one question waits for it, and no other for a while."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from redis import RedisError

from budget import counters, credits
from budget.terms import day_of
from clayops.base import redis
from clayops.up.redis_server import OwnRedis
from jobs.models import Destination, RunState, Submission
from tests.pages.hooks.test_hooks import finished
from tests.support import running, send

pytestmark = pytest.mark.django_db(transaction=True)


class Hung:
    """Counts who asks."""

    def __init__(self) -> None:
        self.asked = 0
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            self.asked += 1

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for connection in self._open:
            connection.close()


@pytest.fixture
def run(people: Destination, clay: object) -> Submission:
    """Three rows at Clay; Redis hangs only afterwards."""
    running(people)
    send(people)
    return Submission.objects.get()


@pytest.fixture
def hung(
    run: Submission, client: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Hung]:
    monkeypatch.setattr(redis, "QUIET_SECONDS", 60.0)
    monkeypatch.setattr(redis, "QUICK_SECONDS", 0.4)
    there, server = settings.REDIS_URL, Hung()
    settings.REDIS_URL = server.url
    for queue in settings.RQ_QUEUES.values():
        monkeypatch.setitem(queue, "URL", server.url)
    yield server
    settings.REDIS_URL = there
    server.close()


@pytest.mark.parametrize(
    "name", ["dashboard", "budget", "workers", "jobs", "runs", "providers", "live-chrome"]
)
def test_a_page_asks_once(client: Client, hung: Hung, name: str) -> None:
    answer = client.get(reverse(name))
    assert (answer.status_code, hung.asked) == (200, 1)
    assert name == "live-chrome" or "Redis is away" in answer.content.decode()


def test_the_next_page_does_not_ask_at_all(client: Client, hung: Hung) -> None:
    client.get("/")
    client.get("/budget")
    assert hung.asked == 1


def test_asking_clay_again_waits_once_and_is_done_by_the_next_tick(
    client: Client, run: Submission, hung: Hung
) -> None:
    client.post(f"/runs/{run.pk}/check")
    assert hung.asked == 1
    assert Submission.objects.due(timezone.now()).exists()


def test_moving_to_dead_letters_waits_once(client: Client, run: Submission, hung: Hung) -> None:
    client.post(f"/runs/{run.pk}/give-up")
    assert hung.asked == 1
    assert Submission.objects.get().run_state == RunState.GIVEN_UP


def test_a_call_of_clay_s_waits_once(run: Submission, hung: Hung, settings: LazySettings) -> None:
    settings.CLAY_WEBHOOK_ID, settings.CLAY_WEBHOOK_SECRET = "wh_1", "whsec_test"
    assert finished(run.run_id).status_code == 200
    assert hung.asked == 1


def test_it_is_asked_again_when_the_quiet_is_over(hung: Hung, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        with pytest.raises(RedisError):
            redis.quick().get("x")
    assert hung.asked == 1
    monkeypatch.setattr(redis, "_quiet_until", time.monotonic())
    with pytest.raises(RedisError):
        redis.quick().get("x")
    assert hung.asked == 2


def test_credits_are_reserved_by_a_client_that_knows_no_quiet(
    redis_server: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis, "_quiet_until", time.monotonic() + 60)
    with redis.hurry():
        credits.reserve("a holder", Decimal(2))
        assert counters.snapshot(day_of(timezone.now())).held.keys() == {"a holder"}  # type: ignore[union-attr]
        credits.settle("a holder", Decimal(2), credits.Basis.REPORTED)  # Redis learns of it later
        with pytest.raises(RedisError):
            redis.client().get("x")
    assert credits.today().spent == 2
    credits.reconcile(timezone.now() + timedelta(seconds=61))
    assert counters.snapshot(day_of(timezone.now())).held == {}  # type: ignore[union-attr]
