"""Defects that a review found, each with the sequence of events that showed it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from budget import counters, credits
from budget.models import Breaker, Entry
from budget.steering import limits
from budget.terms import Bound
from tests.budget.conftest import check_agreement

pytestmark = pytest.mark.django_db(transaction=True)

Limit = Callable[[int], None]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOMORROW = NOON + timedelta(days=1)


def take(holder: str, amount: str, now: datetime = NOON) -> None:
    credits.reserve(holder, Decimal(amount), now=now)


def test_what_never_fits_does_not_stop_the_others(limit: Limit) -> None:
    limit(900)
    with pytest.raises(credits.Refused) as refused:
        take("big", "1000")
    assert refused.value.reason == "This batch needs 1,000 credits, the daily limit is 900"
    take("small", "10")
    assert Breaker.objects.get(scope="").state == "open"


def test_what_may_fit_is_waited_for(limit: Limit) -> None:
    limit(1000)
    take("a", "950")
    with pytest.raises(credits.Refused):
        take("b", "250")
    with pytest.raises(credits.Refused):
        take("c", "10")


def test_a_limit_of_zero_stops_also_what_costs_nothing(limit: Limit) -> None:
    limit(0)
    with pytest.raises(credits.Refused, match="The daily limit is 0: nothing is sent"):
        take("free", "0")


def test_todays_limit_that_is_late_is_not_tomorrows(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is put in force a moment before midnight, and told to Redis a moment after."""
    credits.set_limit(Decimal(100), by=None)
    counters.load(TOMORROW.date())
    change = credits.set_limit(Decimal(40_000), by=None, today_only=True)
    assert change is not None
    change.day = NOON.date()
    monkeypatch.setattr("django.utils.timezone.now", lambda: TOMORROW)
    limits._tell_redis("", change)
    with pytest.raises(credits.Refused):
        take("a", "101", TOMORROW)


def test_a_standing_limit_stops_also_what_began_before_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    """It had read the old limit at 23:59:59, and is counted for yesterday at 00:00:10."""
    counters.load(NOON.date())
    old = credits.limit_of("", NOON.date())
    monkeypatch.setattr("django.utils.timezone.now", lambda: TOMORROW)
    credits.set_limit(Decimal(0), by=None)
    assert counters.reserve(NOON.date(), "late", 1, Decimal(50), [Bound("", old)], NOON)


def test_cents_that_binary_numbers_do_not_have_add_up() -> None:
    fields = {"day": credits.today().day, "scopes": [""], "credits": Decimal(1), "spent": Decimal("0.1")}
    fields |= {"state": "settled", "basis": "reported", "reserved_at": NOON}
    Entry.objects.bulk_create(Entry(holder=f"h{n}", **fields) for n in range(900))
    assert credits.today().spent == 90
    assert counters.spent_in(credits.today().day) == {"": 9_000}
    check_agreement()
    assert credits.reconcile() == credits.Report()


def test_an_old_refusal_leaves_a_new_days_breaker_alone(limit: Limit) -> None:
    """It was refused before midnight, and says so after Clay's 402 of the new day."""
    limit(10)
    credits.open_breaker("Clay reports no credits left", now=TOMORROW)
    with pytest.raises(credits.Refused):
        take("a", "11", NOON)
    assert Breaker.objects.get(scope="").kind == "clay"
