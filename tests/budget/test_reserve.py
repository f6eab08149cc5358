"""Reserving, settling and releasing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import redis as redis_py
from django.db import transaction
from django.utils import timezone

from budget import counters, credits
from budget.credits import Refused
from budget.models import Entry, EntryState
from clayops.base import redis
from clayops.up.redis_server import OwnRedis

pytestmark = pytest.mark.django_db(transaction=True)

Limit = Callable[[int], None]
Agree = Callable[[], None]


def take(holder: str, amount: str = "100", *scopes: str) -> None:
    credits.reserve(holder, Decimal(amount), scopes)


def numbers() -> tuple[float, float]:
    """Credits spent and reserved today."""
    day = credits.today()
    return float(day.spent), float(day.reserved)


def test_what_is_reserved_counts(agree: Agree) -> None:
    take("batch:1:1")
    assert numbers() == (0, 100)


def test_the_same_holder_counts_once(agree: Agree) -> None:
    take("batch:1:1")
    take("batch:1:1")
    assert numbers() == (0, 100)


def test_a_second_call_writes_nothing(django_assert_num_queries: Callable[..., object], agree: Agree) -> None:
    take("batch:1:1")
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        take("batch:1:1")


def test_the_limit_refuses_what_does_not_fit(limit: Limit, agree: Agree) -> None:
    limit(5000)
    take("batch:1:1", "4950")
    credits.settle("batch:1:1")
    take("batch:2:1", "40")
    with pytest.raises(Refused) as refused:
        take("batch:3:1", "100")
    assert refused.value.reason == "The daily limit of 5,000 credits is reached: a batch needs 100"
    assert refused.value.spent == 4950
    assert refused.value.reserved == 40
    assert not Entry.objects.filter(holder="batch:3:1").exists()


def test_the_limit_may_be_used_up_to_the_last_credit(limit: Limit, agree: Agree) -> None:
    limit(100)
    take("batch:1:1", "99.99")
    take("batch:2:1", "0.01")
    assert numbers() == (0, 100)


def test_all_scopes_or_none(seven: str, agree: Agree) -> None:
    with pytest.raises(Refused) as refused:
        take("batch:1:1", "100", seven)
    assert refused.value.scope == "destination:7"
    assert refused.value.limit == 50
    assert numbers() == (0, 0)


def test_the_workspace_counts_although_it_is_not_named(limit: Limit, seven: str, agree: Agree) -> None:
    limit(10)
    with pytest.raises(Refused):
        credits.reserve("batch:1:1", Decimal(11), [seven])


def test_a_destination_has_its_own_room(seven: str, agree: Agree) -> None:
    take("batch:1:1", "30", seven)
    with pytest.raises(Refused):
        take("batch:2:1", "30", seven)
    take("batch:3:1", "30")
    assert numbers() == (0, 60)


def test_a_limit_set_at_noon_counts_the_morning(agree: Agree) -> None:
    take("batch:1:1", "30", "destination:7")
    credits.set_limit(Decimal(50), by=None, scope="destination:7")
    with pytest.raises(Refused):
        take("batch:2:1", "30", "destination:7")


def test_a_limit_may_be_taken_away(seven: str, agree: Agree) -> None:
    credits.set_limit(None, by=None, scope=seven)
    take("batch:1:1", "60", seven)


def test_settled_credits_are_spent_once(agree: Agree) -> None:
    take("batch:1:1")
    credits.settle("batch:1:1")
    credits.settle("batch:1:1")
    assert numbers() == (100, 0)


@pytest.mark.parametrize("spent", ["30", "0", "130.5"])
def test_another_amount_may_be_spent(spent: str, agree: Agree) -> None:
    take("batch:1:1")
    credits.settle("batch:1:1", Decimal(spent))
    assert numbers() == (float(spent), 0)


def test_released_credits_are_free_again(limit: Limit, agree: Agree) -> None:
    limit(100)
    take("batch:1:1")
    credits.release("batch:1:1")
    credits.release("batch:1:1")
    take("batch:2:1")
    assert numbers() == (0, 100)


def test_after_settling_a_release_does_nothing(agree: Agree) -> None:
    take("batch:1:1")
    credits.settle("batch:1:1")
    credits.release("batch:1:1")
    assert numbers() == (100, 0)


def test_after_a_release_settling_does_nothing(agree: Agree) -> None:
    take("batch:1:1")
    credits.release("batch:1:1")
    credits.settle("batch:1:1")
    assert numbers() == (0, 0)


def test_an_unknown_holder_is_no_error(caplog: pytest.LogCaptureFixture, agree: Agree) -> None:
    credits.release("batch:9:9")
    credits.settle("batch:9:9")
    assert "batch:9:9" in caplog.text


def test_after_a_release_it_is_a_new_reservation(limit: Limit, agree: Agree) -> None:
    limit(100)
    take("batch:1:1")
    credits.release("batch:1:1")
    take("batch:1:1", "50")
    assert numbers() == (0, 50)
    assert Entry.objects.get().seq == 2


def test_a_late_release_leaves_the_new_reservation_alone(agree: Agree) -> None:
    take("batch:1:1")
    first = Entry.objects.get()
    credits.release("batch:1:1")
    take("batch:1:1")
    counters.close(first.day, first.holder, first.seq, Decimal(0))
    assert numbers() == (0, 100)


def test_a_settled_holder_is_not_reserved_again(agree: Agree) -> None:
    take("batch:1:1")
    credits.settle("batch:1:1")
    with pytest.raises(ValueError, match="settled"):
        take("batch:1:1")


def test_a_holder_that_needs_more_is_counted_with_more(limit: Limit, agree: Agree) -> None:
    limit(150)
    take("batch:1:1", "98")
    take("batch:1:1", "100")
    assert numbers() == (0, 100)
    with pytest.raises(Refused):
        take("batch:1:1", "151")


def test_a_holder_that_needs_less_keeps_what_it_has(agree: Agree) -> None:
    take("batch:1:1", "100")
    take("batch:1:1", "98")
    assert numbers() == (0, 100)


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity", "10000000000"])
def test_what_is_no_amount_is_an_error(amount: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        take("batch:1:1", amount)


def test_a_part_of_a_hundredth_counts_as_a_whole(agree: Agree) -> None:
    take("batch:1:1", "0.001")
    assert numbers() == (0, 0.01)


def test_a_holder_stays_with_its_day(agree: Agree) -> None:
    evening = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    morning = evening + timedelta(minutes=2)
    credits.reserve("batch:1:1", Decimal(100), [], now=evening)
    credits.reserve("batch:1:1", Decimal(100), [], now=morning)
    credits.settle("batch:1:1", now=morning)
    assert credits.today(evening).spent == 100
    assert credits.today(morning).spent == 0


def test_the_day_turns_at_midnight_in_the_time_zone(settings: object) -> None:
    settings.TIME_ZONE = "Asia/Kolkata"  # type: ignore[attr-defined]
    noon = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
    assert credits.today(noon).day.isoformat() == "2026-03-02"
    assert credits.today(noon).resets_at == datetime(2026, 3, 2, 18, 30, tzinfo=UTC)


def test_open_holders_are_the_reserved_ones() -> None:
    for n in range(1, 5):
        take(f"batch:{n}:1", "1")
    take("other:1", "1")
    credits.settle("batch:1:1")
    credits.release("batch:2:1")
    assert credits.open_holders("batch:") == ["batch:3:1", "batch:4:1"]
    assert credits.open_holders("batch:", older_than=timedelta(seconds=60)) == []


def test_nothing_is_reserved_while_redis_is_away(redis_server: OwnRedis) -> None:
    take("batch:1:1")
    redis_server.kill()
    try:
        with pytest.raises(redis_py.RedisError):
            take("batch:2:1")
        credits.settle("batch:1:1")
        assert numbers() == (100, 0)
    finally:
        redis_server.restart()
    credits.reconcile(now=timezone.now() + timedelta(seconds=61))
    assert Entry.objects.get().state == EntryState.SETTLED


def test_what_was_settled_meanwhile_counts_when_redis_is_back(limit: Limit, redis_server: OwnRedis) -> None:
    limit(100)
    take("batch:1:1", "60")
    redis_server.kill()
    credits.settle("batch:1:1", Decimal(90))
    redis_server.restart()
    credits.rebuild()
    with pytest.raises(Refused):
        take("batch:2:1", "20")


def test_a_rolled_back_settling_leaves_redis_alone(agree: Agree) -> None:
    take("batch:1:1")
    with transaction.atomic():
        credits.settle("batch:1:1")
        transaction.set_rollback(True)
    assert numbers() == (0, 100)


def test_a_wiped_redis_knows_it_all_again(limit: Limit, agree: Agree) -> None:
    limit(100)
    take("batch:1:1", "40")
    take("batch:2:1", "50")
    credits.settle("batch:1:1")
    redis.client().flushall()
    with pytest.raises(Refused):
        take("batch:3:1", "11")
    assert numbers() == (40, 50)
