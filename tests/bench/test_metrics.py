"""What a scrape costs with 200,000 rows stored, and what measuring adds to each request.

`make test` runs it at a size that measures nothing; `make bench` names this folder, and so asks for figures.
"""

import json
import time
from collections.abc import Callable
from itertools import cycle

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import resolve

from clayops.base import redis
from clayops.pages.frame.metrics_token import token
from clayops.pages.health.metrics import rows
from clayops.pages.health.metrics.requests import timed
from jobs.models import Batch, BatchState, Job, JobState, Row, RowState
from tests.support import a_destination, draft

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
    pytest.mark.breaks_a_promise,  # rows in any state, without the rest that belongs to it
]

STATES = [RowState.ENRICHED] * 12 + [RowState.WAITING] * 5 + [RowState.IN_FLIGHT, RowState.DEAD]


def fill(count: int) -> None:
    """Rows of ten running jobs, and their batches."""
    people = a_destination()
    jobs = [draft(people) for _ in range(10)]
    Job.objects.update(state=JobState.RUNNING)
    states = cycle(STATES)
    for number in range(0, count // 10, 50):
        batches = [Batch(job=job, number=number + 1, size=50, state=BatchState.WAITING) for job in jobs]
        for batch in Batch.objects.bulk_create(batches):
            Row.objects.bulk_create(
                Row(
                    job_id=batch.job_id,
                    batch=batch,
                    number=number + n,
                    line=n,
                    state=next(states),
                    cells=["Ana", "ana@north.test", "north.test"],
                )
                for n in range(1, 51)
            )


def milliseconds(work: Callable[[], object], times: int) -> float:
    """Of one, the best: other work only adds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return min(took)


def test_a_scrape(measuring: bool, capsys: pytest.CaptureFixture[str]) -> None:
    fill(200_000 if measuring else 1000)
    client, headers = Client(), {"Authorization": f"Bearer {token()}"}

    def scrape() -> None:
        assert client.get("/metrics", headers=headers).status_code == 200

    def first() -> None:
        redis.client().flushall()
        scrape()

    times = 10 if measuring else 1
    cold, warm = milliseconds(first, times), milliseconds(scrape, times)
    counting = milliseconds(rows.count, times)
    if measuring:
        text = f"a scrape with {Row.objects.count():,} rows: {cold:.0f} ms, counting them {counting:.0f}"
        with capsys.disabled():
            print(f"\n{text}; {warm:.0f} ms within five seconds of another")
            print(json.dumps({"scrape_ms": round(cold, 1), "scrape_again_ms": round(warm, 1)}))


def test_what_measuring_adds(measuring: bool, capsys: pytest.CaptureFixture[str]) -> None:
    request = HttpRequest()
    request.resolver_match = resolve("/jobs/1")
    bare, times = (lambda _: HttpResponse()), 20_000 if measuring else 10
    middleware = timed(bare)

    def many(answer: Callable[[HttpRequest], object]) -> float:
        return milliseconds(lambda: [answer(request) for _ in range(times)], 5) / times * 1000

    added = many(middleware) - many(bare)
    if measuring:
        with capsys.disabled():
            print(f"\nmeasuring adds {added:.1f} µs to a request")
            print(json.dumps({"measuring_microseconds": round(added, 1)}))
