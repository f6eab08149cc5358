"""Many processes at once: each window is always the last 100 outcomes, in the order in which they arrived."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from clayops.base import redis
from clayops.up.redis_server import OwnRedis
from providers import windows
from providers.models import Provider, State
from providers.windows import FEWEST, SIZE
from tests.examples import examples

ROOT = Path(__file__).parents[2]
NAMES = ("apollo", "hunter", "prospeo")
PROCESSES = 4
Update = dict[str, str]

UPDATES = st.dictionaries(
    st.sampled_from(NAMES), st.text("sex", min_size=1, max_size=60), min_size=1, max_size=3
)


class Worker:
    """A process that records."""

    def __init__(self, url: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.providers.window_work", url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, plan: list[Update]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(plan) + "\n")
        self.process.stdin.flush()

    def heard(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()


@pytest.fixture(scope="module")
def workers(redis_server: OwnRedis) -> Iterator[list[Worker]]:
    found = [Worker(settings.REDIS_URL) for _ in range(PROCESSES)]
    assert [each.heard() for each in found] == ["ready\n"] * PROCESSES
    yield found
    for each in found:
        each.process.kill()
        each.process.wait()


def recorded(workers: list[Worker], plans: list[list[Update]]) -> dict[str, str]:
    """All outcomes by provider, in the order in which Redis took them, as the processes heard it."""
    for worker, plan in zip(workers, plans, strict=True):
        worker.tell(plan)
    told = [each for worker in workers for each in json.loads(worker.heard())]
    arrived: dict[str, dict[int, str]] = {name: {} for name in NAMES}
    for each in told:
        for name, letters in each["outcomes"].items():
            assert each["versions"][name] not in arrived[name], "two updates at the same moment"
            arrived[name][each["versions"][name]] = letters
    return {name: "".join(letters for _, letters in sorted(of_it.items())) for name, of_it in arrived.items()}


def state_of(letters: str) -> set[State]:
    """What the rate says; one that was ever below half stays out, as nobody probes here."""
    for end in range(FEWEST, len(letters) + 1):
        window = letters[max(end - SIZE, 0) : end]
        if window.count("x") * 2 > len(window):
            return {State.EXCLUDED}
    if len(letters) < FEWEST:
        return {State.UNKNOWN}
    window = letters[-SIZE:]
    return {State.HEALTHY} if window.count("x") * 5 <= len(window) else {State.DEGRADED}


def prepared() -> list[Provider]:
    """Empty windows."""
    redis.client().flushall()
    rows = [Provider(pk=index, name=name) for index, name in enumerate(NAMES, start=1)]
    for row in rows:
        fields: dict[Any, Any] = {
            **dict.fromkeys(("next_probe_at", "since", "emptied", "cooled"), ""),
            **dict.fromkeys(
                ("streak", "requests", "errors", "claim", "out_requests", "out_errors", "version"), 0
            ),
            "state": "unknown",
            "cool_down": 60,
        }
        redis.client().hset(windows.key(row), mapping=fields)
    return rows


@given(plans=st.lists(st.lists(UPDATES, max_size=8), min_size=PROCESSES, max_size=PROCESSES))
@hypothesis_settings(max_examples=examples(100), deadline=None)
def test_the_window_is_the_last_hundred_in_order_of_arrival(
    workers: list[Worker], plans: list[list[Update]]
) -> None:
    rows = prepared()
    expected = recorded(workers, plans)
    for row, window in zip(rows, windows.read(rows), strict=True):
        letters = expected[row.name]
        assert window.letters == letters[-SIZE:]
        assert window.state in state_of(letters)
        assert int(redis.client().hget(windows.key(row), "errors") or 0) == window.errors
        assert int(redis.client().hget(windows.key(row), "requests") or 0) == len(window.entries)
