"""Promise 6 for credits: whatever a crash left half done, Redis comes to agree with the ledger."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from budget import counters, credits
from budget.models import Entry, EntryState
from budget.terms import Bound, day_of
from clayops import redis

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
    counters.reserve(day_of(now), holder, 1, Decimal(100), [Bound("", Decimal(10_000))], now)


def test_all_in_order_changes_nothing(agree: Agree) -> None:
    take("a", OLD)
    take("b")
    credits.settle("b", Decimal(7))
    assert credits.reconcile() == credits.Report()


def test_died_before_the_ledger_was_written(agree: Agree) -> None:
    counted_only("a", OLD)
    assert credits.reconcile().recounted == [credits.today().day]


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
    take("a").settle(Decimal(30), timezone.now() - LATER)
    assert credits.reconcile().recounted
    assert credits.today().spent == 30


def test_settling_this_moment_is_no_difference() -> None:
    take("b")
    credits.settle("b")
    take("a").settle(Decimal(30), timezone.now())
    assert credits.reconcile() == credits.Report()


def test_died_between_the_ledger_and_redis_when_releasing(agree: Agree) -> None:
    take("a").release(timezone.now() - LATER)
    assert credits.reconcile().recounted


def test_redis_lost_the_last_second(agree: Agree) -> None:
    entry = take("a", OLD)
    counters.close(entry.day, "a", 1, Decimal(0))
    assert credits.reconcile().recounted


def test_a_confirmation_finds_what_redis_lost(agree: Agree) -> None:
    entry = take("a")
    counters.close(entry.day, "a", 1, Decimal(0))
    take("a")


@pytest.mark.parametrize("field", ["r:", "s:", "r:destination:7"])
def test_wrong_sums_are_put_right(field: str, agree: Agree) -> None:
    day = take("a").day
    redis.client().hincrby(counters.key(day), field, 500)
    assert credits.reconcile().recounted == [day]


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


def test_wiped_before_the_confirmation_it_is_counted_again(
    monkeypatch: pytest.MonkeyPatch, agree: Agree
) -> None:
    """The rebuild read the ledger before the line was there: the confirmation notices."""
    write = credits._write

    def wiped_first(entry: Entry) -> bool:
        redis.client().flushall()
        counters.load(entry.day)
        return write(entry)

    monkeypatch.setattr(credits, "_write", wiped_first)
    take("a")
    assert credits.today().reserved == 100


def test_wiped_before_the_confirmation_and_full_by_then(
    monkeypatch: pytest.MonkeyPatch, agree: Agree
) -> None:
    credits.set_limit(Decimal(150), by=None)
    write = credits._write

    def overtaken(entry: Entry) -> bool:
        monkeypatch.setattr(credits, "_write", write)
        redis.client().flushall()
        take("b")
        return write(entry)

    monkeypatch.setattr(credits, "_write", overtaken)
    with pytest.raises(credits.Refused):
        take("a")
    assert credits.open_holders() == ["b"]


def test_a_write_whose_answer_was_lost_is_repeated_without_harm() -> None:
    now = timezone.now()
    full = [Bound("", Decimal(100))]
    for bounds in (full, full, [Bound("", Decimal(50))]):
        assert counters.reserve(day_of(now), "a", 1, Decimal(100), bounds, now) is None
    seen = counters.snapshot(day_of(now))
    assert seen is not None
    assert seen.reserved == {"": 10_000}
