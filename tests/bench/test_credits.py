"""What a reservation costs beside simpler counters that hold no promise; 8 processes; rebuild; the page.

`make test` runs it at a size that measures nothing; `make bench` names this folder, and so asks for figures.
"""

import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.db import connections, transaction
from django.utils import timezone

from budget import counters, credits
from budget.models import Entry, EntryState, LimitChange
from clayops.base import redis

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

HIGH = Decimal(10_000_000)
TWO = Decimal(2)


@pytest.fixture
def times(measuring: bool) -> int:
    return 1000 if measuring else 20


@pytest.fixture(autouse=True)
def _high_limit() -> None:
    credits.set_limit(HIGH, None)
    credits.rebuild()


def ours(holder: str) -> None:
    """Reserved, and settled: what a batch of rows costs."""
    credits.reserve(holder, TWO)
    credits.settle(holder)


def counter_row(holder: str) -> None:
    """One row of the database as counter: no ledger, no holder, and all wait for one row's lock."""
    with transaction.atomic():
        row = LimitChange.objects.select_for_update().filter(scope="counter").order_by("pk")[0]
        used = row.old or Decimal(0)
        assert used + TWO <= HIGH
        LimitChange.objects.filter(pk=row.pk).update(old=used + TWO)


def read_then_add(holder: str) -> None:
    """Two commands, nothing written down: two at once pass the limit, and a wiped Redis forgets it all."""
    if int(str(redis.client().get("bench") or 0)) + 2 <= HIGH:
        redis.client().incrby("bench", 2)


def milliseconds(work: Callable[[str], None], times: int, name: str) -> float:
    """Of one, in the best of five rounds: other work only adds."""
    rounds = []
    work(f"{name}:warm")
    numbers = count()
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(times // 5):
            work(f"{name}:{next(numbers)}")
        rounds.append((time.perf_counter() - began) / (times // 5) * 1000)
    return min(rounds)


def told(capsys: pytest.CaptureFixture[str], text: str, **figures: float) -> None:
    with capsys.disabled():
        print(f"\n{text}")
        print(json.dumps({name: round(value, 2) for name, value in figures.items()}))


def test_a_reservation(times: int, measuring: bool, capsys: pytest.CaptureFixture[str]) -> None:
    LimitChange.objects.create(scope="counter", old=Decimal(0))
    works = {"ours": ours, "counter_row": counter_row, "read_then_add": read_then_add}
    took = {name: milliseconds(work, times, name) for name, work in works.items()}
    assert credits.today().spent == 2 * times + 2
    if not measuring:
        return
    text = "reserve and settle: {ours:.2f} ms; a locked counter row: {counter_row:.2f} ms; "
    text += "read-then-add in Redis, no ledger: {read_then_add:.2f} ms"
    ratios = {
        "credits_to_counter_row": took["ours"] / took["counter_row"],
        "credits_to_read_then_add": took["ours"] / took["read_then_add"],
    }
    told(capsys, text.format(**took), **ratios)


# -- many at once ---------------------------------------------------------------------------------
def work_for(seconds: float, name: str, barrier: "multiprocessing.synchronize.Barrier", done: object) -> None:
    redis.begin_anew()
    barrier.wait()
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        ours(f"{name}:{number}")
        number += 1
    done.put(number)  # type: ignore[attr-defined]


def per_second(processes: int, seconds: float) -> float:
    """Reservations made and settled by all of them together."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    barrier, done = context.Barrier(processes), context.Queue()
    workers = [
        context.Process(target=work_for, args=(seconds, f"p{processes}.{n}", barrier, done))
        for n in range(processes)
    ]
    for worker in workers:
        worker.start()
    made = sum(done.get(timeout=seconds + 60) for _ in workers)
    for worker in workers:
        worker.join(30)
    assert Entry.objects.settled().filter(holder__startswith=f"p{processes}.").count() == made
    return float(made / seconds)


def test_eight_processes(measuring: bool, capsys: pytest.CaptureFixture[str]) -> None:
    seconds = 8.0 if measuring else 0.3
    alone, together = per_second(1, seconds), per_second(8, seconds)
    if measuring:
        text = f"reserved and settled on one limit: {alone:.0f} a second by 1 process, {together:.0f} by 8"
        told(capsys, text, credits_eight_to_one=together / alone)


# -- a long ledger --------------------------------------------------------------------------------
def lines(many: int, days: list[date], state: EntryState = EntryState.SETTLED) -> Iterator[Entry]:
    now = timezone.now()
    for number in range(many):
        yield Entry(
            holder=f"{days[0]}:{state}:{number}",
            day=days[number % len(days)],
            scopes=["", f"destination:{number % 5}"],
            credits=TWO,
            spent=TWO if state == EntryState.SETTLED else None,
            state=state,
            reserved_at=now,
            closed_at=now,
            rows=1,
        )


def test_a_rebuild(measuring: bool, capsys: pytest.CaptureFixture[str]) -> None:
    settled, open_ones = (19_000, 1_000) if measuring else (190, 10)
    today = credits.today().day
    Entry.objects.bulk_create(lines(settled, [today]), batch_size=1000)
    Entry.objects.bulk_create(lines(open_ones, [today], EntryState.RESERVED), batch_size=1000)
    began = time.perf_counter()
    redis.client().flushall()
    credits.reserve("next", TWO)
    seconds = time.perf_counter() - began
    seen = counters.snapshot(today)
    assert seen is not None
    assert (seen.spent[""], seen.reserved[""]) == (settled * 200, open_ones * 200 + 200)
    if measuring:
        began = time.perf_counter()
        credits.reserve("another", TWO)
        usual = time.perf_counter() - began
        text = f"a reservation that finds Redis empty and counts {settled + open_ones:,} lines anew: "
        text += f"{seconds:.2f} s; the next one {usual * 1000:.1f} ms"
        told(capsys, text, rebuild_seconds=seconds)


def test_where_the_day_stands(measuring: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """1,000 lines today: with nothing before, with 90 days before, and 180,000 all on one day."""
    many, few = (180_000, 1_000) if measuring else (360, 20)
    today = credits.today().day
    before = [today - timedelta(days=ago) for ago in range(1, 90)]
    Entry.objects.bulk_create(lines(few, [today]), batch_size=1000)
    short = milliseconds(lambda _: look(2 * few), 50, "short")
    Entry.objects.bulk_create(lines(many - few, before), batch_size=1000)
    long = milliseconds(lambda _: look(2 * few), 50, "long")
    Entry.objects.filter(day__lt=today).update(day=today)
    full = milliseconds(lambda _: look(2 * many), 10, "full")
    if measuring:
        text = f"where the day stands: {short:.2f} ms with {few:,} lines; {long:.2f} ms with {many:,}; "
        text += f"{full:.1f} ms where all of those are of one day"
        told(capsys, text, today_long_to_short=long / short, today_full_to_short=full / short)


def look(spent: int) -> None:
    assert credits.today().spent == spent
