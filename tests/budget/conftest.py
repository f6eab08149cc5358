"""The credits' own helpers: a limit, a clock, and sums that must agree."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from budget import counters, credits
from budget.models import Entry
from budget.terms import day_of, to_cents


@pytest.fixture
def olga() -> User:
    return User.objects.create_user("olga")


@pytest.fixture
def limit() -> Callable[[int], None]:
    def put(amount: int) -> None:
        credits.set_limit(Decimal(amount), by=None)

    return put


@pytest.fixture
def seven() -> str:
    """A destination with a limit of 50 credits a day."""
    credits.set_limit(Decimal(50), by=None, scope="destination:7")
    return "destination:7"


@pytest.fixture
def agree() -> Iterator[Callable[[], None]]:
    """Redis and the ledger must agree: when it is called, and after the test."""
    yield check_agreement
    check_agreement()


def check_agreement(now: datetime | None = None) -> None:
    day = day_of(now or timezone.now())
    counters.load(day)
    seen = counters.snapshot(day)
    assert seen is not None
    spent, reserved = Entry.objects.of(day).totals()
    assert (seen.spent.get("", 0), seen.reserved.get("", 0)) == (to_cents(spent), to_cents(reserved))
    assert set(seen.held) == set(credits.open_holders())
