"""The day turns at midnight of TIME_ZONE, whatever the clocks do that night."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.conf import LazySettings
from django.test import override_settings
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from budget import counters, credits
from budget.models import Entry
from budget.terms import day_of, end_of
from clayops.base import redis
from tests.budget.conftest import check_agreement
from tests.examples import examples

ONE_DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

NIGHTS = {
    # zone, the day that ends, when it ends (UTC), its length in hours
    "an ordinary one": ("UTC", "2026-11-24", "2026-11-25T00:00", 24),
    "half hours": ("Asia/Kolkata", "2026-11-24", "2026-11-24T18:30", 24),
    "quarters": ("Asia/Kathmandu", "2026-11-24", "2026-11-24T18:15", 24),
    "before a spring day": ("Europe/Berlin", "2026-03-28", "2026-03-28T23:00", 24),
    "after a spring day": ("Europe/Berlin", "2026-03-29", "2026-03-29T22:00", 23),
    "before an autumn day": ("Europe/Berlin", "2026-10-24", "2026-10-24T22:00", 24),
    "after an autumn day": ("Europe/Berlin", "2026-10-25", "2026-10-25T23:00", 25),
    "a midnight that does not exist": ("America/Santiago", "2026-09-05", "2026-09-06T04:00", 24),
    "the day without a midnight": ("America/Santiago", "2026-09-06", "2026-09-07T03:00", 23),
    "the last hour twice": ("America/Santiago", "2026-04-04", "2026-04-05T04:00", 25),
    "a midnight that does not exist in Cairo": ("Africa/Cairo", "2026-04-23", "2026-04-23T22:00", 24),
    "the last hour twice in Cairo": ("Africa/Cairo", "2026-10-29", "2026-10-29T22:00", 25),
    "midnight twice": ("America/Havana", "2026-10-31", "2026-11-01T04:00", 24),
    "the day of two midnights": ("America/Havana", "2026-11-01", "2026-11-02T05:00", 25),
    "by half an hour": ("Australia/Lord_Howe", "2026-10-04", "2026-10-04T13:00", 23.5),
}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("zone", "day", "ends", "hours"), NIGHTS.values(), ids=NIGHTS.keys())
def test_a_day_ends(settings: LazySettings, zone: str, day: str, ends: str, hours: float) -> None:
    settings.TIME_ZONE = zone
    its_day, end = date.fromisoformat(day), utc(ends)
    assert end_of(its_day).timestamp() == end.timestamp()
    assert (day_of(end - SECOND), day_of(end)) == (its_day, its_day + ONE_DAY)
    assert end.timestamp() - end_of(its_day - ONE_DAY).timestamp() == hours * 3600


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))


@hypothesis_settings(max_examples=examples(500), deadline=None)
@given(zone=ZONES, moment=MOMENTS, days=st.integers(-1, 1))
@example(zone="America/Santiago", moment=utc("2026-09-06T04:00"), days=0)
@example(zone="America/Santiago", moment=utc("2026-04-05T03:30"), days=0)
@example(zone="Africa/Cairo", moment=utc("2026-10-29T21:30"), days=0)
@example(zone="America/Havana", moment=utc("2026-11-01T05:30"), days=-1)
@example(zone="America/Nuuk", moment=utc("2026-10-25T01:30"), days=0)
def test_a_moment_is_of_the_day_that_has_begun_and_not_ended(zone: str, moment: datetime, days: int) -> None:
    with override_settings(TIME_ZONE=zone):
        day = moment.astimezone(ZoneInfo(zone)).date() + days * ONE_DAY
        assert (day_of(moment) == day) == (end_of(day - ONE_DAY) <= moment < end_of(day))


# -- a reservation and its day --------------------------------------------------------------------
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["an ordinary one", "after an autumn day", "a midnight that does not exist"])
def midnight(request: pytest.FixtureRequest, settings: LazySettings) -> datetime:
    zone, _, ends, _ = NIGHTS[request.param]
    settings.TIME_ZONE = zone
    return utc(ends)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], datetime]:
    """Sets the time."""

    def put(moment: datetime) -> datetime:
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
        return moment

    return put


Clock = Callable[[datetime], datetime]


def stands(moment: datetime) -> tuple[float, float]:
    """Credits spent and reserved on the day of `moment`; its counters and its ledger agree."""
    day = credits.on_day(day_of(moment), now=moment)
    counters.load(day.day)
    seen = counters.snapshot(day.day)
    assert seen is not None
    found = float(day.spent), float(day.reserved)
    assert (seen.spent.get("", 0) / 100, seen.reserved.get("", 0) / 100) == found
    assert set(seen.held) == set(Entry.objects.of(day.day).reserved().values_list("holder", flat=True))
    return found


def test_what_is_settled_after_midnight_was_spent_the_day_before(midnight: datetime, clock: Clock) -> None:
    evening = clock(midnight - SECOND)
    credits.reserve("a", Decimal(10))
    morning = clock(midnight + SECOND)
    assert (stands(evening), stands(morning)) == ((0, 10), (0, 0))
    credits.settle("a", Decimal(7))
    assert (stands(evening), stands(morning)) == ((7, 0), (0, 0))


def test_what_is_released_after_midnight_is_free_the_day_before(midnight: datetime, clock: Clock) -> None:
    evening = clock(midnight - SECOND)
    credits.reserve("a", Decimal(10))
    morning = clock(midnight)
    credits.release("a")
    assert (stands(evening), stands(morning)) == ((0, 0), (0, 0))


def test_asked_for_again_after_midnight_it_stays_with_its_day(midnight: datetime, clock: Clock) -> None:
    evening = clock(midnight - SECOND)
    credits.reserve("a", Decimal(10))
    morning = clock(midnight)
    credits.reserve("a", Decimal(10))
    assert (stands(evening), stands(morning)) == ((0, 10), (0, 0))


def test_reserved_anew_after_a_release_it_is_of_the_new_day(midnight: datetime, clock: Clock) -> None:
    evening = clock(midnight - SECOND)
    credits.reserve("a", Decimal(10))
    credits.release("a")
    morning = clock(midnight)
    credits.reserve("a", Decimal(10))
    assert (stands(evening), stands(morning)) == ((0, 0), (0, 10))


def test_a_full_day_is_followed_by_an_empty_one(midnight: datetime, clock: Clock) -> None:
    credits.set_limit(Decimal(10), None)
    clock(midnight - SECOND)
    credits.reserve("a", Decimal(10))
    with pytest.raises(credits.Refused) as refused:
        credits.reserve("b", Decimal(10))
    assert refused.value.resets_at.timestamp() == midnight.timestamp()
    assert credits.today().breaker == "open"
    clock(midnight)
    assert credits.today().breaker == "closed"
    credits.reserve("b", Decimal(10))


def test_redis_wiped_at_midnight_knows_both_days_again(midnight: datetime, clock: Clock) -> None:
    credits.set_limit(Decimal(10), None)
    evening = clock(midnight - SECOND)
    credits.reserve("a", Decimal(6))
    morning = clock(midnight)
    credits.reserve("b", Decimal(8))
    redis.client().flushall()
    credits.settle("a")
    with pytest.raises(credits.Refused):
        credits.reserve("c", Decimal(3))
    assert (stands(evening), stands(morning)) == ((6, 0), (0, 8))


def test_what_was_left_pending_yesterday_is_taken_back(midnight: datetime, clock: Clock) -> None:
    """Its maker died at midnight, counted but not confirmed; the tick looks a minute later."""
    evening = clock(midnight - SECOND)
    credits.reserve("a", Decimal(6))
    Entry.objects.update(state="pending")
    morning = clock(midnight + timedelta(seconds=90))
    assert credits.reconcile().abandoned == 1
    assert (stands(evening), stands(morning)) == ((0, 0), (0, 0))


def in_force() -> tuple[float, float]:
    """The limit now, and the standing one."""
    limit = credits.limit_of()
    return float(limit.amount or 0), float(limit.standing or 0)


def test_a_limit_for_today_ends_at_midnight_and_not_before(midnight: datetime, clock: Clock) -> None:
    credits.set_limit(Decimal(100), None)
    clock(midnight - SECOND)
    credits.set_limit(Decimal(300), None, today_only=True)
    credits.reserve("a", Decimal(250))
    assert in_force() == (300, 100)
    clock(midnight)
    assert in_force() == (100, 100)
    with pytest.raises(credits.Refused):
        credits.reserve("b", Decimal(101))
    credits.close_breaker()
    credits.reserve("b", Decimal(100))


def test_a_lower_limit_for_today_ends_at_midnight_too(midnight: datetime, clock: Clock) -> None:
    credits.set_limit(Decimal(100), None)
    clock(midnight - SECOND)
    credits.set_limit(Decimal(0), None, today_only=True)
    with pytest.raises(credits.Refused):
        credits.reserve("a", Decimal(1))
    clock(midnight)
    credits.reserve("a", Decimal(100))


def test_a_destinations_limit_for_today_ends_at_midnight(midnight: datetime, clock: Clock) -> None:
    clock(midnight - SECOND)
    credits.set_limit(Decimal(5), None, scope="destination:7", today_only=True)
    with pytest.raises(credits.Refused):
        credits.reserve("a", Decimal(6), ["destination:7"])
    clock(midnight)
    credits.reserve("a", Decimal(6), ["destination:7"])
    check_agreement(midnight)
