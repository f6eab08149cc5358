"""The breaker: what opens it, what closes it, and that each change is on record."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from budget import credits
from budget.credits import Refused
from budget.models import Breaker, BreakerEvent, LimitChange

pytestmark = pytest.mark.django_db(transaction=True)

Limit = Callable[[int], None]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def take(holder: str, amount: int, *scopes: str, now: datetime = NOON) -> None:
    credits.reserve(holder, Decimal(amount), scopes, now=now)


def refuse(holder: str, amount: int, *scopes: str, now: datetime = NOON) -> Refused:
    with pytest.raises(Refused) as refused:
        take(holder, amount, *scopes, now=now)
    return refused.value


def events(scope: str = "") -> list[str]:
    return list(BreakerEvent.objects.filter(scope=scope).order_by("id").values_list("state", flat=True))


def test_a_refusal_opens_it(limit: Limit) -> None:
    limit(100)
    refused = refuse("a", 101)
    day = credits.today(NOON)
    assert (day.breaker, day.reason, day.since) == ("open", refused.reason, NOON)
    assert refused.resets_at == day.resets_at == datetime(2026, 3, 2, tzinfo=UTC)


def test_it_is_closed_before_anything_happens() -> None:
    day = credits.today()
    assert (day.breaker, day.reason, day.since) == ("closed", "", None)
    assert day.limit == 10_000


def test_many_refusals_open_it_once(limit: Limit) -> None:
    limit(100)
    for n in range(5):
        refuse(f"a{n}", 101)
    assert events() == ["open"]


def test_a_small_batch_does_not_flap_it(limit: Limit) -> None:
    limit(100)
    take("a", 80)
    refuse("b", 30)
    small = refuse("c", 10)
    assert "needs 30" in small.reason
    assert events() == ["open"]


def test_room_for_what_was_needed_closes_it(limit: Limit) -> None:
    limit(100)
    take("a", 80)
    refuse("b", 30)
    credits.release("a")
    take("c", 10)
    assert credits.today(NOON).breaker == "closed"
    assert events() == ["open", "closed"]


def test_a_raised_limit_closes_it(limit: Limit, olga: User) -> None:
    limit(100)
    refuse("a", 101)
    credits.set_limit(Decimal(101), by=olga, note="the spring list")
    take("a", 101)
    assert BreakerEvent.objects.get(state="closed").by == olga


def test_another_limit_of_a_destination_closes_it(seven: str) -> None:
    refuse("a", 60, seven)
    credits.set_limit(Decimal(60), by=None, scope=seven)
    take("a", 60, seven)
    assert events("destination:7") == ["open", "closed"]


def test_it_closes_when_the_day_turns(limit: Limit) -> None:
    limit(100)
    take("a", 100)
    refuse("b", 1)
    tomorrow = NOON + timedelta(days=1)
    assert credits.today(tomorrow).breaker == "closed"
    take("b", 1, now=tomorrow)
    assert events() == ["open", "closed"]


def test_a_destination_does_not_stop_the_others(seven: str) -> None:
    refuse("a", 60, seven)
    take("b", 60)
    assert credits.today(NOON).breaker == "closed"
    assert Breaker.objects.get().scope == "destination:7"


def test_clays_402_stops_all(limit: Limit) -> None:
    credits.open_breaker("Clay reports no credits left", now=NOON)
    assert refuse("a", 1).reason == "Clay reports no credits left"
    assert credits.today(NOON).reason == "Clay reports no credits left"


def test_clays_402_lasts_until_the_day_turns() -> None:
    credits.open_breaker("Clay reports no credits left", now=NOON)
    take("a", 1, now=NOON + timedelta(days=1))
    assert events() == ["open", "closed"]


def test_a_person_closes_clays_402(olga: User) -> None:
    credits.open_breaker("Clay reports no credits left", now=NOON)
    credits.close_breaker(by=olga, note="topped up")
    take("a", 1)
    closed = BreakerEvent.objects.get(state="closed")
    assert (closed.by, closed.reason, closed.kind) == (olga, "topped up", "clay")


def test_a_new_limit_does_not_close_clays_402(limit: Limit) -> None:
    """A limit of ours gives Clay no credits."""
    credits.open_breaker("Clay reports no credits left", now=NOON)
    limit(20_000)
    assert refuse("a", 1).reason == "Clay reports no credits left"


def test_clays_402_outranks_the_limit(limit: Limit) -> None:
    limit(100)
    refuse("a", 101)
    credits.open_breaker("Clay reports no credits left", now=NOON)
    credits.open_breaker("Clay reports no credits left", now=NOON)
    assert Breaker.objects.get().kind == "clay"
    assert events() == ["open", "open"]


def test_what_is_reserved_already_passes_an_open_breaker() -> None:
    take("a", 100)
    credits.open_breaker("Clay reports no credits left", now=NOON)
    take("a", 100)
    assert credits.today(NOON).reserved == 100


def test_closed_by_hand_it_opens_again_without_room(limit: Limit) -> None:
    limit(100)
    refuse("a", 101)
    credits.close_breaker()
    refuse("a", 101)
    assert events() == ["open", "closed", "open"]


@pytest.mark.parametrize(("amount", "warning"), [(79, False), (80, True)])
def test_it_warns_at_eighty_percent(amount: int, warning: bool, limit: Limit) -> None:
    limit(100)
    take("a", amount)
    assert credits.today(NOON).warning is warning


def test_a_limit_below_what_is_out_recalls_nothing(limit: Limit) -> None:
    take("a", 100)
    limit(50)
    take("a", 100)
    credits.settle("a")
    refuse("b", 1)
    assert credits.today(NOON).spent == 100


def test_a_change_of_the_limit_is_on_record(olga: User) -> None:
    credits.set_limit(Decimal(5000), by=olga, note="slow start")
    change = LimitChange.objects.get()
    assert str(change) == "10000.00 → 5000.00"
    assert (change.by, change.note) == (olga, "slow start")
    assert credits.limit_of().amount == 5000


def test_other_scopes_have_limits_of_their_own() -> None:
    credits.set_limit(Decimal(70), by=None, scope="destination:7")
    assert credits.limit_of("destination:7").amount == 70
    assert credits.limit_of().amount == 10_000
    assert LimitChange.objects.get().old is None


@pytest.mark.parametrize("amount", ["-1", "1.001", "NaN", "10000000000"])
def test_a_wrong_limit_is_an_error(amount: str) -> None:
    with pytest.raises(ValueError, match="The limit"):
        credits.set_limit(Decimal(amount), by=None)
    assert not LimitChange.objects.exists()
