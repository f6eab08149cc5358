"""The dashboard with much in the product beside little; a live part that is unchanged beside one that is not.

Much is 1,000,000 rows in 2,000 jobs, and unkindly so: half of them wait in one job that is under way, the
others came home within the hour, in small runs, and many are in trouble. It may take twice as long as little.

`make test` runs it at a size that measures nothing; `make bench` names this folder, and so asks for figures.
"""

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from clayops.base import pulse, redis
from jobs.models import (
    Batch,
    BatchState,
    Cause,
    Charge,
    DeadLetter,
    Destination,
    Hold,
    Job,
    JobState,
    Outcome,
    Proof,
    Row,
    RowState,
    RunState,
    Submission,
    Trouble,
)
from jobs.sending import tracking
from tests.support import a_destination

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(1800),
    pytest.mark.breaks_a_promise,  # its rows have no files and its runs no ledger lines
]

BATCH = 50


def told(capsys: pytest.CaptureFixture[str], text: str, **figures: float) -> None:
    with capsys.disabled():
        print(f"\n{text}")
        print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


def milliseconds(work: Callable[[], object], times: int) -> float:
    """Of one, the best: other work only adds."""
    work()
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1000)
    return min(found)


@dataclass(frozen=True)
class Of:
    """What a job is filled with."""

    rows: int
    state: RowState = RowState.ENRICHED
    batch: int = BATCH
    in_trouble: int = 0
    """So many of its runs are stuck."""

    @property
    def is_done(self) -> bool:
        return self.state == RowState.ENRICHED


def fill(jobs: int, rows: int) -> list[Destination]:
    """So many jobs of so many rows each; of ten, nine are done, and one is under way, with a stuck run.

    One job came home within the hour.
    """
    there = [a_destination(f"Destination {number}") for number in range(5)]
    Destination.objects.filter(pk=there[4].pk).update(hold=Hold.KEY_REJECTED, hold_since=timezone.now())
    for number in range(jobs):
        done = number % 10 != 0
        what = Of(rows) if done else Of(rows, RowState.IN_FLIGHT, in_trouble=1)
        home = timedelta(minutes=30) if number == 1 else timedelta(days=number % 30 + 1)
        _job(there[number % 5], f"job-{number}.csv", what, home)
    return there


def fill_more(there: list[Destination], jobs: int, rows: int, waiting: int) -> None:
    """One job with many rows that wait, some with many runs in trouble; all else has come home just now."""
    _job(there[0], "large.csv", Of(waiting, RowState.WAITING), timedelta(0))
    for number in range(1, jobs):
        stuck = Of(rows, RowState.IN_FLIGHT, in_trouble=rows // BATCH)
        what = stuck if number % 400 == 1 else Of(rows, batch=BATCH // 2)
        _job(there[number % 5], f"more-{number}.csv", what, timedelta(hours=1) * number / jobs)


def _job(there: Destination, name: str, what: Of, home: timedelta) -> None:
    """`home`: how long ago its runs came home."""
    now = timezone.now()
    job = Job.objects.create(
        name=name,
        destination=there,
        state=JobState.DONE if what.is_done else JobState.RUNNING,
        row_count=what.rows,
        ingested_rows=what.rows,
        ingested_at=now,
        started_at=now - timedelta(minutes=30),
        finished_at=now if what.is_done else None,
        columns=["email"],
    )
    states = {RowState.WAITING: BatchState.WAITING, RowState.IN_FLIGHT: BatchState.IN_FLIGHT}
    state, size = states.get(what.state, BatchState.FINISHED), what.batch
    batches = Batch.objects.bulk_create(
        Batch(job=job, number=n + 1, state=state, size=min(size, what.rows - n * size))
        for n in range((what.rows + size - 1) // size)
    )
    Row.objects.bulk_create(
        (
            Row(
                job=job,
                batch=batches[n // size],
                number=n + 1,
                line=n + 2,
                state=what.state,
                proof=Proof.NOT_SENT if what.state == RowState.WAITING else Proof.SENT,
                cells=["a@b.test"],
                result={"x": 1} if what.is_done else None,
            )
            for n in range(what.rows)
        ),
        batch_size=5000,
    )
    if what.state != RowState.WAITING:
        _runs(job, batches, what, now - home)
    if what.is_done and job.pk % 50 == 0:
        group = Cause.of(job.destination_id, f"cause {'abcdefg'[job.pk % 7]}", None)
        DeadLetter.objects.create(
            job=job, batch=batches[0], cause="no", group=group, charge=Charge.NO, size=1
        )


def _runs(job: Job, batches: list[Batch], what: Of, home: datetime) -> None:
    now = timezone.now()
    Submission.objects.bulk_create(
        Submission(
            destination=job.destination,
            batch=batch,
            attempt=1,
            runner="r",
            row_ids=list(range(batch.size)),
            holder=f"{job.pk}:{batch.number}",
            credits=100,
            outcome=Outcome.ACCEPTED,
            run_id=f"r{job.pk}-{batch.number}",
            run_state=RunState.FINISHED if what.is_done else RunState.OUT,
            run_finished=batch.size if what.is_done else 0,
            created_at=home - timedelta(minutes=20),
            timeout_at=now + timedelta(minutes=10),
            finished_at=home if what.is_done else None,
            trouble=Trouble.STUCK if n < what.in_trouble else "",
            trouble_since=now if n < what.in_trouble else None,
        )
        for n, batch in enumerate(batches)
    )


@pytest.fixture
def ana(client: Client) -> Client:
    client.force_login(User.objects.create_user("ana"))
    return client


class Beside:
    """A copy of the database as it is now, to measure with in turn: what else the machine does slows both."""

    def __init__(self, path: Path) -> None:
        self._names = {"much": connection.settings_dict["NAME"], "little": str(path)}
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(path)])

    @contextmanager
    def used(self, name: str) -> Iterator[None]:
        self._open(name)
        try:
            yield
        finally:
            self._open("much")

    def _open(self, name: str) -> None:
        connection.close()
        connection.settings_dict["NAME"] = self._names[name]
        connection.ensure_connection()


def took(client: Client, page: str) -> float:
    """In milliseconds, the second time."""
    client.get(page)
    began = time.perf_counter()
    assert client.get(page).status_code == 200
    return (time.perf_counter() - began) * 1000


@pytest.mark.skipif(connection.vendor != "sqlite", reason="copies the database's file")
def test_much_in_the_product(
    ana: Client, measuring: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs, rows, waiting, times = (1990, 250, 501_750, 21) if measuring else (20, 100, 500, 2)
    there = fill(10, 100)
    beside = Beside(tmp_path / "little.sqlite3")
    fill_more(there, jobs, rows, waiting)
    tracking.rebuild()
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(times):
        for name in ("little", "much"):
            with beside.used(name):
                for page in ("dashboard", "chrome"):
                    found[f"{page}_{name}_ms"].append(took(ana, f"/live/{page}"))
    medians = {name: statistics.median(each) for name, each in found.items()}
    little, much = (
        medians[f"dashboard_{name}_ms"] + medians[f"chrome_{name}_ms"] for name in ("little", "much")
    )
    text = f"Dashboard: {Row.objects.count():,} rows in {Job.objects.count():,} jobs beside 1,000 in 10"
    told(capsys, text, **medians, ratio=much / little)
    assert not measuring or much / little <= 2


def test_an_unchanged_part(ana: Client, measuring: bool, capsys: pytest.CaptureFixture[str]) -> None:
    times = 50 if measuring else 3
    fill(10, 100)
    headers = {"HX-Request": "true"}
    whole = milliseconds(lambda: ana.get("/live/dashboard", headers=headers), times)

    def unchanged() -> None:
        assert ana.get("/live/dashboard", headers=headers | {pulse.HEADER: pulse.now()}).status_code == 204

    told(
        capsys,
        "A dashboard that is made beside one that is unchanged",
        made_ms=whole,
        unchanged_ms=(empty := milliseconds(unchanged, times)),
        ratio=whole / empty,
        read_of_redis_ms=milliseconds(lambda: redis.client().get(pulse.KEY), times),
    )


def test_finding_the_overdue(measuring: bool, capsys: pytest.CaptureFixture[str]) -> None:
    times, many = (200, 50_000) if measuring else (3, 100)
    now = timezone.now()

    def overdue_of(out: int) -> float:
        redis.client().delete(tracking.DUE)
        later = now.timestamp() + 1000
        for start in range(0, out, 1000):
            redis.client().zadd(tracking.DUE, {str(n): later for n in range(start, min(start + 1000, out))})
        redis.client().zadd(tracking.DUE, {f"{10**9 + n}": now.timestamp() - 1 for n in range(5)})
        assert len(tracking.overdue(now)) == 5
        return milliseconds(lambda: tracking.overdue(now), times)

    few, lots = overdue_of(100), overdue_of(many)
    told(
        capsys,
        f"Finding 5 overdue runs among {many:,} beside 100",
        few_ms=few,
        many_ms=lots,
        ratio=lots / few,
    )
