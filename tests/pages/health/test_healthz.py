"""What machines that watch us are told."""

import socket
import threading
import time

import pytest
from django.conf import LazySettings
from django.db import connection, connections
from django.test import Client

from clayops.base import disk
from clayops.base.process_health import QUEUES
from clayops.pages.health import checkup
from tests.clayops.up.product import eventually
from tests.heartbeats import sign_on
from tests.support import holding_the_database

pytestmark = pytest.mark.django_db(transaction=True)  # within one a test itself would hold the lock


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
    missing = ("lanes", "work", "long")
    assert reasons(stranger) == [f"No worker is running for {queue}." for queue in missing]


def test_a_worker_that_is_silent_is_dead(stranger: Client) -> None:
    sign_on(*QUEUES, heard=60)
    assert len(reasons(stranger)) == len(QUEUES)


@pytest.mark.parametrize("which", ["scheduler", "ticked"])
@pytest.mark.parametrize(
    ("ago", "told"), [(100, []), (125, ["The scheduler has been silent for 125 seconds."])]
)
def test_the_scheduler_is_silent_after_two_minutes(
    stranger: Client, which: str, ago: float, told: list[str]
) -> None:
    sign_on(*QUEUES, **{which: ago})
    assert reasons(stranger) == told


@pytest.mark.parametrize("which", ["scheduler", "ticked"])
def test_a_scheduler_that_was_never_there(stranger: Client, which: str) -> None:
    gone: dict[str, float | None] = {which: None}
    sign_on(*QUEUES, **gone)  # type: ignore[arg-type]
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
    with monkeypatch.context() as away:
        away.setitem(connections.settings["default"], "NAME", "/nowhere/secret.sqlite3")
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


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows, not all of it")
def test_while_somebody_holds_the_database_no_write_gets_through(stranger: Client) -> None:
    sign_on(*QUEUES)
    with holding_the_database():
        assert reasons(stranger) == ["No write has got through to the database within 2 seconds."]
    assert eventually(lambda: reasons(stranger) == [], 25)


def test_a_full_disk(stranger: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_on(*QUEUES)
    monkeypatch.setattr(disk, "MOST_RESERVED", 2**60)
    monkeypatch.setattr(disk, "RESERVED_SHARE", 4.0)
    assert reasons(stranger) == ["The disk is full: nothing is sent until there is room."]
