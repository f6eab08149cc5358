"""What a page of half a million dead letters costs: the first and the ten-thousandth, and by cause.

`make test` runs it at a size that measures nothing; `make bench` names this folder, and so asks for figures.
"""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from clayops.pages.deadletters.listing import SIZE
from jobs.models import Cause, Charge, DeadLetter, Job
from jobs.review.filters import Filter
from tests.bench.test_metrics import milliseconds
from tests.support import a_destination, running

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
    pytest.mark.breaks_a_promise,  # letters without rows
]

ORDERS = {"": "newest first", "rows": "most rows first", "seen": "last failed first"}


def fill(job: Job, count: int) -> None:
    """Open letters of fifty causes, of sizes and moments that repeat."""
    groups = [
        Cause.of(job.destination_id, f"cause {'abcdefghij'[n % 10]}{'klmno'[n // 10]}", None)
        for n in range(50)
    ]
    batch, now = job.batches.order_by("pk")[0], timezone.now()
    for start in range(0, count, 5000):
        DeadLetter.objects.bulk_create(
            DeadLetter(
                job=job,
                batch=batch,
                group=groups[n % 50],
                cause="No such person",
                charge=Charge.NO,
                size=n * 7919 % 50 + 1,
                created_at=now - timedelta(seconds=n),
                seen_at=now - timedelta(seconds=n * 104729 % count),
            )
            for n in range(start, min(start + 5000, count))
        )


def address(order: str, page: int) -> str:
    """The list's, at that page: behind the last letter of the page before it."""
    query = {"order": order} if order else {}
    if page > 1:
        chosen = Filter(order=order)
        field = chosen.sorted_by
        keys = [field] if field == "-id" else [field, "-pk"]
        last = chosen.letters().order_by(*keys)[(page - 1) * SIZE - 1]
        value = getattr(last, field[1:])
        told = value.isoformat() if hasattr(value, "isoformat") else str(value)
        query["after"] = told if field == "-id" else f"{last.pk}~{told}"
    return f"/deadletters/letters?{urlencode(query)}"


def test_page_10000_beside_page_1(client: Client, measuring: bool) -> None:
    client.force_login(User.objects.create_user("ana"))
    count, far = (500_000, 10_000) if measuring else (1_000, 20)
    fill(running(a_destination()), count)
    print(f"\n{count:,} open letters, {SIZE} a page")
    for order, words in ORDERS.items():
        took = []
        for page in (1, far):
            there = address(order, page)
            answer = client.get(there)
            assert len(answer.context["page"].items) == SIZE
            took.append(milliseconds(lambda there=there: client.get(there), 3 if measuring else 1))  # type: ignore[misc]
        print(f"  {words}: page 1 {took[0]:.1f} ms, page {far:,} {took[1]:.1f} ms, x{took[1] / took[0]:.2f}")
    client.get("/deadletters")
    by_cause = milliseconds(lambda: client.get("/deadletters"), 3 if measuring else 1)
    print(f"  by cause: {by_cause:.1f} ms for 50 causes")
