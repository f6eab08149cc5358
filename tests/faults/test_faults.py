"""Promises 1, 3 and 6 on a whole running product: kill -9 of every process in mid-job, and a wiped Redis."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.clayops.up.product import product
from tests.faults.running import MidJob

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[MidJob]:
    with product(tmp_path / "data") as it:
        yield MidJob(it)


def test_kill_9_of_one_after_the_other(running: MidJob) -> None:
    for words in (
        "rqworker lanes",
        "rqworker results",
        "rqworker work",
        "rqcron",
        "manage.py watch",
        "gunicorn",
        "manage.py sandbox",
    ):
        running.kill(words)
        time.sleep(1)
    running.settle(redis_lost=False)


def test_kill_9_of_redis(running: MidJob) -> None:
    for _ in range(2):
        running.kill("redis-server")
        time.sleep(3)
    running.settle()


def test_a_wiped_redis(running: MidJob) -> None:
    settings_of = "from django.conf import settings; print(settings.REDIS_URL)"
    client = redis.Redis.from_url(running.python(settings_of))
    for _ in range(3):
        client.flushall()
        time.sleep(1.5)
    running.settle()


def test_kill_9_of_everything_and_a_second_start(tmp_path: Path) -> None:
    with product(tmp_path / "data") as it:
        running = MidJob(it)
        it.process.kill()
        it.process.wait(20)
        running.kill("")
        port = it.port
    with product(tmp_path / "data", port) as again:
        running.it = again
        running.settle()
