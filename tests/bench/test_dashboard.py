"""The dashboard with much in the product beside little; a live part that is unchanged beside one that is not.

`make test` runs it at a size that measures nothing; `make bench` names this folder, and so asks for figures.
"""

import json
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from clayops import pulse, redis
from jobs import tracking
from jobs.models import (
    Batch,
    BatchState,
    Cause,
    Charge,
    DeadLetter,
    Destination,
    Job,
    JobState,
    Outcome,
    Proof,
    Row,
    RowState,
    RunState,
    Submission,
)
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


def fill(jobs: int, rows: int) -> None:
    """So many jobs of so many rows each; of ten, nine are done, and one is under way with runs out."""
    destinations = [a_destination(f"Destination {number}") for number in range(5)]
    for number in range(jobs):
        _job(destinations[number % 5], f"job-{number}.csv", rows, done=number % 10 != 0 or number >= 100)


def _job(there: Destination, name: str, rows: int, *, done: bool) -> None:
    now = timezone.now()
    state = JobState.DONE if done else JobState.RUNNING
    job = Job.objects.create(
        name=name,
        destination=there,
        state=state,
        row_count=rows,
        ingested_rows=rows,
        ingested_at=now,
        started_at=now - timedelta(minutes=30),
        finished_at=now if done else None,
        columns=["email"],
    )
    batch_state = BatchState.FINISHED if done else BatchState.IN_FLIGHT
    batches = Batch.objects.bulk_create(
        Batch(job=job, number=number + 1, state=batch_state, size=min(BATCH, rows - number * BATCH))
        for number in range((rows + BATCH - 1) // BATCH)
    )
    row_state = RowState.ENRICHED if done else RowState.IN_FLIGHT
    Row.objects.bulk_create(
        (
            Row(
                job=job,
                batch=batches[n // BATCH],
                number=n + 1,
                line=n + 2,
                state=row_state,
                proof=Proof.SENT,
                cells=["a@b.test"],
                result={"x": 1} if done else None,
            )
            for n in range(rows)
        ),
        batch_size=5000,
    )
    run_state = RunState.FINISHED if done else RunState.OUT
    Submission.objects.bulk_create(
        Submission(
            destination=there,
            batch=batch,
            attempt=1,
            runner="r",
            row_ids=list(range(batch.size)),
            holder=f"{job.pk}:{batch.number}",
            credits=100,
            outcome=Outcome.ACCEPTED,
            run_id=f"r{job.pk}-{batch.number}",
            run_state=run_state,
            created_at=now - timedelta(minutes=20),
            timeout_at=now + timedelta(minutes=10),
            finished_at=now - timedelta(days=job.pk % 30 + 1) if done else None,
        )
        for batch in batches
    )
    if done and job.pk % 50 == 0:
        group = Cause.of(job.destination_id, f"cause {'abcdefg'[job.pk % 7]}", None)
        DeadLetter.objects.create(job=job, batch=batches[0], cause="no", group=group, charge=Charge.NO)


@pytest.fixture
def ana(client: Client) -> Client:
    client.force_login(User.objects.create_user("ana"))
    return client


def test_much_in_the_product(ana: Client, measuring: bool, capsys: pytest.CaptureFixture[str]) -> None:
    times = 15 if measuring else 2
    fill(10, 100)
    tracking.rebuild()
    little = milliseconds(lambda: ana.get("/live/dashboard"), times)
    jobs, rows = (1990, 502) if measuring else (20, 100)
    fill_more(jobs, rows)
    tracking.rebuild()
    much = milliseconds(lambda: ana.get("/live/dashboard"), times)
    told(
        capsys,
        f"Dashboard: {Row.objects.count():,} rows in {Job.objects.count():,} jobs beside 1,000 in 10",
        little_ms=little,
        much_ms=much,
        ratio=much / little,
    )


def fill_more(jobs: int, rows: int) -> None:
    there = Destination.objects.order_by("pk").last()
    assert there
    for number in range(jobs):
        _job(there, f"more-{number}.csv", rows, done=number >= 4)


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
