"""What machines that watch us are told."""

import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db import connections
from django.test import Client

from clayops import checkup, redis
from clayops.health import QUEUES, TICKED
from tests.up.product import eventually


def sign_on(*queues: str, ticked: float = 0, heard: float = 0) -> None:
    """Workers as RQ has them in Redis, and the scheduler's last tick; each so many seconds ago."""
    at = (datetime.now(UTC) - timedelta(seconds=heard)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for queue in queues:
        redis.client().sadd("rq:workers", f"rq:worker:{queue}")
        redis.client().hset(f"rq:worker:{queue}", mapping={"last_heartbeat": at, "queues": queue})
    redis.client().set(TICKED, time.time() - ticked)


def reasons(stranger: Client) -> list[str]:
    answer = stranger.get("/healthz")
    told: list[str] = answer.json()["reasons"]
    assert answer.status_code == (503 if told else 200)
    assert answer.json()["status"] == ("unwell" if told else "well")
    return told


def test_all_is_well_and_nobody_signs_in_for_it(stranger: Client) -> None:
    sign_on(*QUEUES)
    assert reasons(stranger) == []
    assert "no-store" in stranger.get("/healthz")["Cache-Control"]


def test_what_is_unwell_fills_no_log(stranger: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert reasons(stranger)
    assert [record for record in caplog.records if record.levelname != "INFO"] == []


def test_each_queue_needs_a_worker(stranger: Client) -> None:
    sign_on("results")
    assert reasons(stranger) == ["No worker is running for lanes.", "No worker is running for work."]


def test_a_worker_that_is_silent_is_dead(stranger: Client) -> None:
    sign_on(*QUEUES, heard=60)
    assert len(reasons(stranger)) == 3


@pytest.mark.parametrize(("ago", "count"), [(100, 0), (125, 1)])
def test_the_scheduler_is_silent_after_two_minutes(stranger: Client, ago: float, count: int) -> None:
    sign_on(*QUEUES, ticked=ago)
    assert len(reasons(stranger)) == count


def test_a_scheduler_that_never_ticked(stranger: Client) -> None:
    sign_on(*QUEUES)
    redis.client().delete(TICKED)
    assert reasons(stranger) == ["The scheduler has not been seen."]


def test_redis_is_away(stranger: Client, settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    assert reasons(stranger) == ["Redis does not answer."]


def test_redis_hangs(stranger: Client, settings: LazySettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        began = time.monotonic()
        assert reasons(stranger) == ["Redis does not answer."]
    assert time.monotonic() - began < checkup.PATIENCE_SECONDS + 0.5


def test_the_database_is_away(stranger: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_on(*QUEUES)
    monkeypatch.setitem(connections.settings["default"], "NAME", "/nowhere/secret.sqlite3")
    assert reasons(stranger) == ["The database cannot be read."]


def test_what_hangs_is_asked_once_and_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "PATIENCE_SECONDS", 0.2)
    over, asked = threading.Event(), []

    def hang() -> list[str]:
        asked.append(1)
        over.wait(20)
        return []

    probe = checkup.Probe(hang, "It hangs.")
    assert probe.begin()() == ["It hangs."]
    began = time.monotonic()
    assert probe.begin()() == ["It hangs."]
    assert (time.monotonic() - began < 0.1, len(asked)) == (True, 1)
    over.set()
    assert eventually(lambda: probe.begin()() == [], 3)


def test_the_web_process_alone_has_a_sign_of_life(stranger: Client, settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert stranger.get("/healthz/web").content == b"ok\n"


@pytest.mark.parametrize("address", ["/healthz", "/healthz/web", "/metrics"])
def test_they_are_only_read(stranger: Client, address: str) -> None:
    assert stranger.post(address).status_code == 405
