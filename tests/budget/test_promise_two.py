"""Promise 2: reserved plus spent never pass the limit, however many work at once, and Redis may be wiped."""

import multiprocessing
import os
import random
import signal
import threading
import time
from decimal import Decimal
from multiprocessing.process import BaseProcess

import pytest
from django.db import connections
from django.utils import timezone

from budget import counters, credits
from budget.models import Entry
from budget.reconciling import UNDER_WAY
from budget.terms import from_cents
from clayops.base import redis
from tests.budget.conftest import check_agreement
from tests.clayops.up.product import eventually

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = Decimal(400)


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

    def __init__(self, wipe_every: float) -> None:
        super().__init__(daemon=True)
        self.wipe_every = wipe_every
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
        if day.spent + day.reserved > LIMIT:
            self.over.append(f"ledger {day.spent} + {day.reserved}")
        seen = counters.snapshot(day.day)
        if seen and from_cents(seen.spent.get("", 0) + seen.reserved.get("", 0) - _unconfirmed(seen)) > LIMIT:
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


@pytest.mark.parametrize("wipe_every", [999, 0.05])
def test_threads_never_pass_the_limit(wipe_every: float) -> None:
    credits.set_limit(LIMIT, by=None)
    threads = [
        threading.Thread(target=in_thread, args=(f"t{n}", 50, ("settle", "release", "hold")))
        for n in range(8)
    ]
    with Watch(wipe_every) as watch:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert watch.over == []
    assert watch.looks > 10
    assert watch.wipes > 0 or wipe_every == 999
    check_agreement()
    day = credits.today()
    assert LIMIT - 5 < day.spent + day.reserved <= LIMIT


def test_processes_never_pass_the_limit() -> None:
    credits.set_limit(LIMIT, by=None)
    processes = start([f"p{n}" for n in range(4)], 60, ("settle", "release", "hold"))
    with Watch(0.05) as watch:
        for process in processes:
            process.join()
    assert watch.over == []
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    check_agreement()


def test_killed_processes_leave_nothing_uncounted() -> None:
    credits.set_limit(LIMIT, by=None)
    processes = start([f"k{n}" for n in range(4)], 100_000, ("settle", "release", "release", "release"))
    with Watch(0.2) as watch:
        assert eventually(lambda: Entry.objects.count() >= 20), "nobody reserved anything"
        time.sleep(0.5)
        for process in processes:
            os.kill(process.pid or 0, signal.SIGKILL)
            process.join()
    assert watch.over == []
    credits.reconcile(now=timezone.now() + 2 * UNDER_WAY)
    check_agreement()
