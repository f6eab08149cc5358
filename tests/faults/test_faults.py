"""Promises 1, 3 and 6 on a whole running product: kill -9 of every process in mid-job, and a wiped Redis."""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
import redis

from tests.support import csv_of
from tests.up.product import Product, command_line, eventually, manage, product, python

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

ROWS = 250
BATCH = 10
TOLD = """
import json
from collections import Counter
from jobs.models import Row
from providers import health
from providers.models import Arrival, ProviderHour
told, hours = Counter(), Counter()
for row in Row.objects.exclude(result=None):
    told.update(each["provider"] for each in row.result["provider_attempts"])
for hour in ProviderHour.objects.select_related("provider"):
    hours[hour.provider.name] += hour.success + hour.empty + hour.error
windows = {each.name: each.requests for each in health.all_health()}
print(json.dumps([told, hours, windows, Arrival.objects.count()]))
"""


class Running:
    """A product in the middle of a job of 250 rows, 25 batches, about 8 seconds."""

    def __init__(self, it: Product) -> None:
        self.it, self.port = it, str(it.port)
        assert self.manage("destination", "People", *self.options()).returncode == 0
        file = it.data / "people.csv"
        file.write_text(csv_of(ROWS))
        assert self.manage("enrich", str(file), "--to", "People").returncode == 0
        assert eventually(lambda: self.rows()["enriched"] >= BATCH, 30), "the job does not get going"

    @staticmethod
    def options() -> list[str]:
        pace = ["--batch-size", str(BATCH), "--pause", "0.3"]
        return ["--routine", "function:t_x", "--inputs", "email,domain?", *pace]

    def manage(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return manage(*words, data=self.it.data, PORT=self.port)

    def rows(self) -> Counter[str]:
        jobs = json.loads(self.manage("status", "--json").stdout)["jobs"]
        return Counter(jobs[0]["rows"]) if jobs else Counter()

    def kill(self, words: str) -> None:
        """kill -9 of every process with these words in its command line; there must be one."""
        pids = [pid for pid in self.it.running() if words in command_line(pid)]
        assert pids, f"no process runs {words}"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    def is_done(self) -> bool:
        rows = self.rows()
        return rows["enriched"] + rows["dead"] == ROWS

    def times_accepted(self) -> dict[str, int]:
        """How often Clay took each row, by its id."""
        sandbox = f"http://127.0.0.1:{int(self.port) + 1}/sandbox/log?counts=1"
        return dict(httpx.get(sandbox).json()["accepted"])

    def providers_agree(self, *, exactly: bool) -> bool:
        """Whether each outcome that a result told counts once: in the hours always, in the windows exactly
        unless Redis lost what it had just been told (then at most once).
        """
        told, hours, windows, left = json.loads(python(TOLD, self.it.data))
        most = {name: min(count, 100) for name, count in told.items()}
        fits = windows == most if exactly else all(windows[name] <= most[name] for name in windows)
        return told == hours and fits and not left

    def settle(self, *, redis_lost: bool = True) -> None:
        """Wait for the end of the job, then hold all the promises against it."""
        assert eventually(self.is_done, 150), f"the job does not end: {self.rows()}"
        agree = partial(self.providers_agree, exactly=not redis_lost)
        assert eventually(agree, 60), python(TOLD, self.it.data)
        audit = self.manage("audit")
        assert audit.returncode == 0, audit.stderr
        assert max(self.times_accepted().values()) == 1, "a row was sent twice"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with product(tmp_path / "data") as it:
        yield Running(it)


def test_kill_9_of_one_after_the_other(running: Running) -> None:
    for words in (
        "rqworker lanes",
        "rqworker results",
        "rqworker work",
        "rqcron",
        "gunicorn",
        "manage.py sandbox",
    ):
        running.kill(words)
        time.sleep(1)
    running.settle(redis_lost=False)


def test_kill_9_of_redis(running: Running) -> None:
    for _ in range(2):
        running.kill("redis-server")
        time.sleep(3)
    running.settle()


def test_a_wiped_redis(running: Running) -> None:
    settings_of = "from django.conf import settings; print(settings.REDIS_URL)"
    client = redis.Redis.from_url(python(settings_of, running.it.data))
    for _ in range(3):
        client.flushall()
        time.sleep(1.5)
    running.settle()


def test_kill_9_of_everything_and_a_second_start(tmp_path: Path) -> None:
    with product(tmp_path / "data") as it:
        running = Running(it)
        it.process.kill()
        it.process.wait(20)
        running.kill("")
        port = it.port
    with product(tmp_path / "data", port) as again:
        running.it = again
        running.settle()
