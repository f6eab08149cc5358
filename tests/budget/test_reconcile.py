"""Promise 6 for credits: whatever a crash left half done, Redis comes to agree with the ledger."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from budget import counters, credits, reconciling, reserving
from budget.models import Basis, Entry, EntryState, Recount
from budget.terms import Bound, Limit, day_of
from clayops.base import redis

pytestmark = pytest.mark.django_db(transaction=True)

Agree = Callable[[], None]
NOW = timezone.now
LATER = timedelta(seconds=61)
OLD = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _not_at_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests look five minutes back: they all take place at noon."""
    noon = timezone.now().replace(hour=12)
    monkeypatch.setattr("django.utils.timezone.now", lambda: noon)


def take(holder: str, ago: timedelta = timedelta(0)) -> Entry:
    credits.reserve(holder, Decimal(100), now=timezone.now() - ago)
    return Entry.objects.get(holder=holder)


def counted_only(holder: str, ago: timedelta) -> None:
    """As a process leaves it that dies between Redis and the ledger."""
    now = timezone.now() - ago
    counters.reserve(day_of(now), holder, 1, Decimal(100), [bound(10_000)], now)


def bound(limit: int) -> Bound:
    """The workspace with this limit, that nobody has set."""
    return Bound("", Limit(Decimal(limit), 0))


def days_recounted() -> list[date]:
    """What a reconciliation counts anew."""
    return [recount.day for recount in credits.reconcile().recounted]


def test_all_in_order_changes_nothing(agree: Agree) -> None:
    take("a", OLD)
    take("b")
    credits.settle("b", Decimal(7))
    assert credits.reconcile() == credits.Report()


def test_died_before_the_ledger_was_written(agree: Agree) -> None:
    counted_only("a", OLD)
    assert days_recounted() == [credits.today().day]


def test_what_is_under_way_is_left_alone() -> None:
    counted_only("a", timedelta(seconds=5))
    assert credits.reconcile() == credits.Report()
    seen = counters.snapshot(credits.today().day)
    assert seen is not None
    assert "a" in seen.held


def test_died_before_it_was_confirmed(agree: Agree) -> None:
    entry = take("a", OLD)
    Entry.objects.filter(pk=entry.pk).update(state=EntryState.PENDING)
    assert credits.reconcile().abandoned == 1


def test_died_between_the_ledger_and_redis_when_settling(agree: Agree) -> None:
    take("a").settle(Decimal(30), Basis.REPORTED, timezone.now() - LATER)
    assert credits.reconcile().recounted
    assert credits.today().spent == 30


def test_settling_this_moment_is_no_difference() -> None:
    take("b")
    credits.settle("b")
    take("a").settle(Decimal(30), Basis.REPORTED, timezone.now())
    assert credits.reconcile() == credits.Report()


def test_died_between_the_ledger_and_redis_when_releasing(agree: Agree) -> None:
    take("a").release(timezone.now() - LATER)
    assert credits.reconcile().recounted


def test_redis_lost_the_last_second(agree: Agree) -> None:
    entry = take("a", OLD)
    counters.close(entry.day, "a", 1, Decimal(0))
    assert credits.reconcile().recounted


@pytest.mark.parametrize("field", ["r:", "s:", "r:destination:7"])
def test_wrong_sums_are_put_right(field: str, agree: Agree) -> None:
    day = take("a").day
    redis.client().hincrby(counters.key(day), field, 500)
    assert days_recounted() == [day]


def test_an_empty_redis_is_filled(agree: Agree) -> None:
    take("a")
    redis.client().flushall()
    assert credits.reconcile() == credits.Report()
    assert counters.snapshot(credits.today().day)


def test_a_rebuild_that_was_overtaken_writes_nothing() -> None:
    """Redis was wiped after the ledger was read: what was read may be old by now."""
    day = take("a").day
    redis.client().flushall()
    keys = [counters.key(day), f"{counters.key(day)}:lock"]
    assert counters._script("claim")(keys, ["mine", 5000]) == "yours"
    redis.client().flushall()
    assert counters._script("load")(keys, ["mine", 60]) == "lost"


def test_only_one_rebuilds() -> None:
    keys = ["clayops:budget:x", "clayops:budget:x:lock"]
    assert counters._script("claim")(keys, ["mine", 5000]) == "yours"
    assert counters._script("claim")(keys, ["yours", 5000]) == "busy"


def test_a_limit_changed_during_a_rebuild_makes_it_begin_again() -> None:
    """What it has read of the limits is old by now."""
    day = take("a").day
    redis.client().flushall()
    keys = [counters.key(day), f"{counters.key(day)}:lock"]
    assert counters._script("claim")(keys, ["mine", 5000]) == "yours"
    credits.set_limit(Decimal(5), by=None)
    assert counters._script("load")(keys, ["mine", 60]) == "lost"


@contextmanager
def wiped_before(step: str, meanwhile: Callable[[], object]) -> Iterator[None]:
    """Once, before this step of a reservation: Redis is wiped, and something else happens."""
    place: Any = Entry if step == "confirm" else reserving
    real = getattr(place, step)

    def overtaken(*args: Any) -> Any:
        setattr(place, step, real)
        redis.client().flushall()
        meanwhile()
        return real(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, step, overtaken)
        yield


@pytest.mark.parametrize("step", ["_write", "_count", "confirm"])
def test_wiped_in_the_middle_it_is_counted_once(step: str, agree: Agree) -> None:
    credits.set_limit(Decimal(150), by=None)
    with wiped_before(step, lambda: None):
        credits.reserve("a", Decimal(100))
    assert credits.today().reserved == 100


@pytest.mark.parametrize("step", ["_write", "_count", "confirm"])
def test_wiped_in_the_middle_the_limit_holds(step: str, agree: Agree) -> None:
    """Of two that do not fit together one is refused, whoever it is."""
    credits.set_limit(Decimal(150), by=None)
    with wiped_before(step, lambda: refused_or_not("b")):
        refused_or_not("a")
    assert len(credits.open_holders()) == 1
    assert credits.today().reserved == 100


def refused_or_not(holder: str) -> None:
    with suppress(credits.Refused):
        credits.reserve(holder, Decimal(100))


def test_a_write_whose_answer_was_lost_is_repeated_without_harm() -> None:
    now = timezone.now()
    full = [bound(100)]
    for bounds in (full, full, [bound(50)]):
        assert counters.reserve(day_of(now), "a", 1, Decimal(100), bounds, now) is None
    seen = counters.snapshot(day_of(now))
    assert seen is not None
    assert seen.reserved == {"": 10_000}


def test_a_difference_is_on_record() -> None:
    day = take("a").day
    redis.client().hincrby(counters.key(day), "r:", 500)
    credits.reconcile()
    assert str(Recount.objects.get()) == f"{day}: the sum of what is reserved is wrong"
    assert reconciling.last_look() == timezone.now()
