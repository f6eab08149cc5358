"""Promise 2 under fire: 8 processes reserve for a minute against limits that others raise and lower, while
Redis is wiped, rebuilt and killed and the processes themselves are killed. What they wrote down is replayed
(`replay`): no reservation ever passed the limit in force when it was made. `FAULTS_SECONDS` shortens it; on a
busy machine it goes on until there was a fight worth judging.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import redis

from clayops.sandbox.server import FAST, Sandbox, serve
from clayops.up import processes
from clayops.up import redis_server as servers
from clayops.up.processes import die_with_parent
from tests.clayops.up.product import ROOT, environment
from tests.promises.product import replay
from tests.promises.product.credit_work import PRICE, SCOPES, SEVEN

pytestmark = [pytest.mark.long, pytest.mark.faults, pytest.mark.timeout(600)]

SECONDS = float(os.environ.get("FAULTS_SECONDS", "60"))
FIGHT = {
    "granted": 5 * SECONDS,
    "refused": 5 * SECONDS,
    "limited": SECONDS,
    "released": SECONDS / 6,
    "unknown": SECONDS / 10,
    "looked": SECONDS / 6,
}
"""How often each must have happened to be worth judging: until then it goes on."""
KILLS = SECONDS / 3
NEAR = 5 * PRICE
"""Credits below a limit that somebody must have come to, or nothing was tried."""
WORKERS = 8
FIRST_LIMITS = {"": 200, SEVEN: 100}


def lines_of(logs: Path) -> list[dict[str, Any]]:
    """What the processes wrote down so far, and the limits that stood before them."""
    first = [
        {"event": event, "at": 0.0, "scope": scope, "credits": limit}
        for scope, limit in FIRST_LIMITS.items()
        for event in ("limits", "limited")
    ]
    return first + replay.read(logs)


def verdict_of(lines: list[dict[str, Any]], scope: str) -> replay.Verdict:
    return replay.judge(replay.grants_of(lines), replay.changes_of(lines, scope), scope)


class Stage:
    """A database, a Redis, a sandbox Clay, and processes that work with them."""

    def __init__(
        self, folder: Path, server: servers.OwnRedis, clay: Sandbox, database: dict[str, str]
    ) -> None:
        self.folder, self.server, self.clay = folder, server, clay
        self.logs = folder / "logs"
        self.logs.mkdir()
        noon = (datetime.now(UTC).hour - 12) % 24  # whenever this runs, midnight is far
        zone = f"Etc/GMT{noon:+d}" if noon <= 12 else f"Etc/GMT{noon - 24:+d}"
        urls = {"REDIS_URL": server.url, "CLAY_API_URL": clay.url, **database}
        self.environment = environment(folder / "data", TIME_ZONE=zone, **urls)
        self.workers: dict[int, int] = {}
        self.others: list[int] = []
        self.kills = 0
        self.starter: subprocess.Popen[bytes] | None = None

    def start(self, role: str, name: str) -> int:
        """The id of a new process."""
        assert self.starter and self.starter.stdin and self.starter.stdout
        self.starter.stdin.write(f"{role} {name}\n".encode())
        self.starter.stdin.flush()
        return int(self.starter.stdout.readline())

    def end(self, argument: str) -> str:
        """Run `credit_end`."""
        argv = [sys.executable, "-m", "tests.promises.product.credit_end", argument]
        ran = subprocess.run(
            argv, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def run(self, seconds: float) -> None:
        """Everything at once; what goes wrong, at random and at its time."""
        argv = [sys.executable, "-m", "tests.promises.product.credit_work", str(self.logs)]
        with (self.folder / "errors").open("wb") as errors:
            self.starter = subprocess.Popen(
                argv,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                preexec_fn=die_with_parent(),
            )
        self.others = [self.start("limit", "limits"), self.start("tick", "tick")]
        self.workers = {n: self.start("reserve", f"w{n}.0") for n in range(WORKERS)}
        client = redis.Redis.from_url(self.server.url)
        began, chance = time.monotonic(), random.Random(4)
        at_their_time: list[tuple[float, Callable[[], object]]] = [
            (share, client.flushall) for share in (0.2, 0.3, 0.35, 0.4, 0.7, 0.8, 0.9)
        ]
        at_their_time.insert(4, (0.5, self._kill_redis))
        while (done := (time.monotonic() - began) / seconds) < 1 or at_their_time or self.kills < KILLS:
            time.sleep(chance.uniform(0.3, 1.2))
            self._check_all_live()
            self._kill_one(chance.randrange(WORKERS))
            self._refuse_some(chance)
            if at_their_time and done > at_their_time[0][0]:
                at_their_time.pop(0)[1]()
        while not self._was_a_fight():  # however slow this machine is; the test's own time-out ends it
            time.sleep(SECONDS / 12)
            self._check_all_live()
        self.stop()

    def _was_a_fight(self) -> bool:
        lines = lines_of(self.logs)
        happened = Counter(line["event"] for line in lines)
        enough = all(happened[event] > least for event, least in FIGHT.items())
        return enough and all(verdict_of(lines, scope).closest < NEAR for scope in SCOPES)

    def _kill_one(self, number: int) -> None:
        os.kill(self.workers[number], signal.SIGKILL)
        self.kills += 1
        self.workers[number] = self.start("reserve", f"w{number}.{self.kills}")

    def _kill_redis(self) -> None:
        self.server.kill()
        time.sleep(0.5)
        self.server.restart()

    def _refuse_some(self, chance: random.Random) -> None:
        """Clay refuses a few, and hangs up on one that it has taken."""
        self.clay.settings(
            next_refusals=chance.randint(1, 4),
            refusal_status=chance.choice([422, 429]),
            next_vanish=chance.randint(0, 1),
        )

    def _check_all_live(self) -> None:
        ours = [*self.workers.values(), *self.others]
        assert all(Path(f"/proc/{pid}").exists() for pid in ours), (self.folder / "errors").read_text()

    def stop(self) -> None:
        """kill -9 of them all, as they are."""
        ours, self.workers, self.others = [*self.workers.values(), *self.others], {}, []
        processes.send(signal.SIGKILL, ours)
        until = time.monotonic() + 10
        while any(Path(f"/proc/{pid}").exists() for pid in ours) and time.monotonic() < until:
            time.sleep(0.01)
        if self.starter:
            self.starter.kill()
            self.starter.wait(10)


@contextmanager
def own_database() -> Iterator[dict[str, str]]:
    """The settings' own SQLite file, or a database of its own on the PostgreSQL that the tests run on."""
    url = os.environ.get("TEST_DATABASE_URL", "")
    if not url:
        yield {}
        return
    name = f"faults_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield {"DATABASE_URL": f"{url.rpartition('/')[0]}/{name}"}
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """After the minute."""
    with tempfile.TemporaryDirectory(prefix="clayops-faults-") as temporary, own_database() as database:
        folder = Path(temporary)
        (folder / "redis").mkdir()
        server = servers.start_for_tests(folder / "redis")
        clay = serve(folder / "sandbox.sqlite3", fail_rate=0.0, **(FAST | {"rate_per_second": 100_000.0}))
        made = Stage(folder, server, clay, database)
        try:
            made.end(json.dumps(FIRST_LIMITS))
            made.run(SECONDS)
            yield made
        finally:
            made.stop()
            clay.close()
            server.stop()


@pytest.fixture(scope="module")
def lines(stage: Stage) -> list[dict[str, Any]]:
    return lines_of(stage.logs)


@pytest.fixture(scope="module")
def books(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stage.end(f"{stage.clay.page}/log?counts=1"))
    return found


@pytest.mark.parametrize("scope", SCOPES)
def test_no_reservation_passes_the_limit_in_force(lines: list[dict[str, Any]], scope: str) -> None:
    verdict = verdict_of(lines, scope)
    assert verdict.overshoots == []
    print(f"{scope or 'workspace'}: {verdict}")
    assert verdict.exact > verdict.judged / 3
    assert verdict.closest < NEAR, "nobody ever came near the limit"


def test_it_was_a_fight(stage: Stage, lines: list[dict[str, Any]]) -> None:
    happened = Counter(line["event"] for line in lines)
    print(f"{dict(happened)}, {stage.kills} kills")
    assert all(happened[event] > least for event, least in FIGHT.items())
    assert stage.kills >= KILLS


def test_redis_never_knows_less_than_the_ledger(books: dict[str, Any]) -> None:
    """Whatever was killed between the two, and before anything was put right."""
    for scope in SCOPES:
        assert sum(books["redis_before"][scope]) >= sum(books["ledger_before"][scope])


def test_ledger_redis_and_the_sandbox_agree_row_for_row(stage: Stage, books: dict[str, Any]) -> None:
    assert books["resolved"] > 0
    assert (books["pending"], books["open_in_redis"]) == (0, 0)
    assert books["ledger"] == books["redis"]
    executed = Counter(item.rpartition(":")[0] for item in stage.clay.counts()["accepted"])
    assert books["spent"] == {holder: float(rows * PRICE) for holder, rows in executed.items()}
    assert books["ledger"][""] == [float(executed.total() * PRICE), 0.0]
    assert httpx.get(f"{stage.clay.page}/log?counts=1").json() == stage.clay.counts()
