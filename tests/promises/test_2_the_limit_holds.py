"""Promise 2. The limit holds.

Credits reserved plus credits spent never pass the day's limit, however many workers run. (A limit lowered
below what is already out stops new work; it recalls nothing.)

Each step at which a process may die or Redis may be wiped, one by one:
tests/budget/test_between_steps.py. Eight processes for a minute against limits that others raise and
lower, judged from what each wrote down: tests/promises/product/test_credits_under_fire.py.
"""

import json
import multiprocessing
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from budget import counters, credits
from budget.models import Entry
from budget.reconciling import UNDER_WAY
from budget.terms import from_cents
from clayops.base import redis
from clayops.sandbox.server import Sandbox
from tests.budget.conftest import check_agreement
from tests.clayops.up.product import eventually, product
from tests.promises.product.running import MidJob, Running
from tests.support import a_destination, bring_home, csv_of, send, states
from tests.support import running as running_job

transactional = pytest.mark.django_db(transaction=True)

ROUNDS = [15, pytest.param(60, marks=pytest.mark.long)]
"""How often each reserves; all together would pass `limit_for` so many by far."""


def limit_for(rounds: int) -> Decimal:
    return Decimal(7 * rounds)


def work(name: str, rounds: int, after: tuple[str, ...]) -> None:
    """Reserve again and again, and end each reservation in one of the ways of `after`."""
    choice = random.Random(name)
    for n in range(rounds):
        holder = f"{name}:{n}"
        try:
            credits.reserve(holder, Decimal(choice.choice([1, 3, 5])))
            credits.reserve(holder, Decimal(1))
        except credits.Refused:
            continue
        match choice.choice(after):
            case "settle":
                credits.settle(holder)
            case "release":
                credits.release(holder)
            case _:
                pass


def in_thread(name: str, rounds: int, after: tuple[str, ...]) -> None:
    try:
        work(name, rounds, after)
    finally:
        connections.close_all()


def in_process(name: str, rounds: int, after: tuple[str, ...]) -> None:
    redis.begin_anew()
    work(name, rounds, after)


class Watch(threading.Thread):
    """Looks at the ledger and Redis all the time; wipes Redis every so often."""

    def __init__(self, wipe_every: float, limit: Decimal) -> None:
        super().__init__(daemon=True)
        self.wipe_every, self.limit = wipe_every, limit
        self.over: list[str] = []
        self.looks = self.wipes = 0
        self.done = threading.Event()

    def run(self) -> None:
        wiped = time.monotonic()
        while not self.done.is_set():
            self.look()
            if time.monotonic() - wiped > self.wipe_every:
                redis.client().flushall()
                wiped, self.wipes = time.monotonic(), self.wipes + 1
            time.sleep(0.003)
        connections.close_all()

    def look(self) -> None:
        self.looks += 1
        day = credits.today()
        if day.spent + day.reserved > self.limit:
            self.over.append(f"ledger {day.spent} + {day.reserved}")
        seen = counters.snapshot(day.day)
        if (
            seen
            and from_cents(seen.spent.get("", 0) + seen.reserved.get("", 0) - _unconfirmed(seen)) > self.limit
        ):
            self.over.append(f"Redis {seen}")

    def __enter__(self) -> "Watch":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.join()


def _unconfirmed(seen: counters.Snapshot) -> int:
    """Room that a rebuild keeps for those who were asking while Redis was wiped; they must ask again."""
    return sum(held.amount for held in seen.held.values() if held.unconfirmed)


def start(names: list[str], rounds: int, after: tuple[str, ...]) -> list[BaseProcess]:
    connections.close_all()
    context = multiprocessing.get_context("fork")
    processes: list[BaseProcess] = [
        context.Process(target=in_process, args=(name, rounds, after)) for name in names
    ]
    for process in processes:
        process.start()
    return processes


@transactional
def test_who_was_asking_while_redis_was_wiped_asks_again() -> None:
    """Counted for `late`, wiped, given to `quick`, then `late` writes its line: there is no room for it."""
    credits.set_limit(Decimal(10), by=None)
    credits.reserve("quick", Decimal(10))
    Entry.objects.create(
        holder="late", day=credits.today().day, scopes=[""], credits=Decimal(10), reserved_at=timezone.now()
    )
    redis.client().flushall()
    with pytest.raises(credits.Refused):
        credits.reserve("late", Decimal(10))
    assert credits.today().reserved == 10
    check_agreement()


@transactional
def test_a_lowered_limit_stops_new_work_and_recalls_nothing(clay: Sandbox) -> None:
    people = a_destination(batch_size=1)
    job = running_job(people, csv_of(3))
    credits.set_limit(people.cost_of(2), by=None)
    send(people)
    assert states(job) == {"in_flight": 2, "waiting": 1}
    credits.set_limit(people.cost_of(1), by=None)
    send(people)
    bring_home()
    assert states(job) == {"enriched": 2, "waiting": 1}
    assert credits.today().spent == people.cost_of(2)
    with pytest.raises(credits.Refused):
        credits.reserve("one more", Decimal(1))


@transactional
@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("wipe_every", [999, 0.05])
def test_threads_never_pass_the_limit(wipe_every: float, rounds: int) -> None:
    limit = limit_for(rounds)
    credits.set_limit(limit, by=None)
    threads = [
        threading.Thread(target=in_thread, args=(f"t{n}", rounds, ("settle", "release", "hold")))
        for n in range(8)
    ]
    with Watch(wipe_every, limit) as watch:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert watch.over == []
    assert watch.looks > 10
    assert watch.wipes > 0 or wipe_every == 999
    check_agreement()
    day = credits.today()
    assert limit - 5 < day.spent + day.reserved <= limit


@transactional
@pytest.mark.parametrize("rounds", ROUNDS)
def test_processes_never_pass_the_limit(rounds: int) -> None:
    limit = limit_for(rounds)
    credits.set_limit(limit, by=None)
    processes = start([f"p{n}" for n in range(4)], rounds, ("settle", "release", "hold"))
    with Watch(0.05, limit) as watch:
        for process in processes:
            process.join()
    assert watch.over == []
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    check_agreement()
    day = credits.today()
    assert limit - 5 < day.spent + day.reserved <= limit


@transactional
def test_killed_processes_leave_nothing_uncounted() -> None:
    limit = Decimal(400)  # far: they are killed while they still get some
    credits.set_limit(limit, by=None)
    processes = start([f"k{n}" for n in range(4)], 100_000, ("settle", "release", "release", "release"))
    with Watch(0.2, limit) as watch:
        assert eventually(lambda: Entry.objects.count() >= 20), "nobody reserved anything"
        time.sleep(0.5)
        for process in processes:
            os.kill(process.pid or 0, signal.SIGKILL)
            process.join()
    assert watch.over == []
    credits.reconcile(now=timezone.now() + 2 * UNDER_WAY)
    check_agreement()


# -- on a whole product ---------------------------------------------------------------------------------
BATCH = 20
"""Credits of a batch of 10 rows."""
HIGH = 10_000

USED = """
select coalesce(sum(case state when 'settled' then spent else credits end), 0) from budget_entry
where state in ('reserved', 'settled')
"""
LEDGER = """
import json
from budget.models import Entry
from jobs.models import Submission
rows = {each.holder: each.row_ids for each in Submission.objects.all()}
lines = [(each.state, each.basis, rows.get(each.holder, [])) for each in Entry.objects.all()]
print(json.dumps(lines))
"""


@pytest.fixture
def running() -> Iterator[MidJob]:
    """Two batches of 25 are sent, however slow this machine is. No provider tells what it cost: a row costs
    its price, neither more nor less.
    """
    with tempfile.TemporaryDirectory(prefix="clayops-limit-") as folder, product(Path(folder) / "data") as it:
        Running(it).tell_sandbox(waterfall=[])
        Running(it).must("limit", str(2 * BATCH))
        yield MidJob(it)


def budget(running: MidJob) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(running.must("status", "--json"))["budget"]
    return found


def used(running: MidJob) -> float:
    now = budget(running)
    return float(now["spent"]) + float(now["reserved"])


def written(running: MidJob) -> float:
    """The same by the ledger, which costs next to nothing to wait for."""
    return float(str(running.query(USED)[0][0]))


def put_limit(running: MidJob, credits: float) -> None:
    running.must("limit", str(int(credits)))


@pytest.mark.long
@pytest.mark.faults
@pytest.mark.timeout(900)
def test_the_limit_holds_on_a_product_whose_processes_are_killed(running: MidJob) -> None:
    stopped_at = used(running)
    for number, words in enumerate(("rqworker lanes", "redis-server", "rqcron")):
        limit = used(running) + 2.5 * BATCH
        put_limit(running, limit)
        running.kill(words)
        assert eventually(lambda limit=limit: written(running) > limit - BATCH, 240), running.rows()  # type: ignore[misc]
        time.sleep(1)
        assert used(running) <= limit
        put_limit(running, limit - 1.5 * BATCH if number % 2 else 0)
        time.sleep(1)  # what was granted just before is written down just after
        out = used(running)
        time.sleep(1)
        assert used(running) <= out, "it goes on though the limit was lowered"
    assert used(running) > stopped_at
    put_limit(running, HIGH)
    running.settle()
    assert eventually(lambda: float(budget(running)["reserved"]) == 0, 120), "credits stay reserved"
    assert executed_rows_are_the_ledgers(running)


def executed_rows_are_the_ledgers(running: MidJob) -> bool:
    """Row for row; of what is settled as unknown Clay may have executed some."""
    executed = set(running.times_accepted())
    known: set[int] = set()
    unknown: set[int] = set()
    for state, basis, rows in json.loads(running.python(LEDGER)):
        assert state in {"settled", "released"}
        if state == "settled":
            (unknown if basis == "unknown" else known).update(rows)
    assert known <= executed
    assert executed <= known | unknown
    return True
