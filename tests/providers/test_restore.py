"""Promise 6 for providers: a wiped Redis is restored from the database."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from clayops.base import redis
from clayops.up.redis_server import OwnRedis
from providers import health, recording, windows
from providers.models import Arrival, Provider, ProviderHour, State
from providers.terms import Attempt, Entry, Outcome
from providers.windows import Window
from tests.providers.conftest import MINUTE, NOON, choose, exclude, feed, probe, probed, row, state

pytestmark = pytest.mark.django_db


def test_the_window_survives() -> None:
    feed("s" * 15 + "e" * 3 + "x" * 2)
    before = health.health("hunter")
    redis.client().flushall()
    assert health.health("hunter") == before
    feed("s")
    assert health.health("hunter").outcomes == before.outcomes + "s"


def test_an_excluded_one_stays_excluded_and_keeps_its_cool_down() -> None:
    exclude()
    probe(NOON + MINUTE)
    probed("x", NOON + MINUTE)
    redis.client().flushall()
    assert state() == State.EXCLUDED
    assert not probe(NOON + 3 * MINUTE - timedelta(seconds=1))
    assert probe(NOON + 3 * MINUTE)


def test_the_count_of_good_probes_survives() -> None:
    exclude()
    probe(NOON + MINUTE)
    probed("ssss", NOON + MINUTE)
    redis.client().flushall()
    probed("s", NOON + MINUTE)
    assert state() == State.UNKNOWN


def test_an_older_copy_never_replaces_a_newer_one() -> None:
    feed("sss")
    older = Window((), State.UNKNOWN, MINUTE, None, 0, None, None, 0, None, (0, 0), version=0)
    recording.keep(Provider.objects.get(), older, NOON)
    assert Window.of(Provider.objects.get()).letters == "sss"


def test_a_claim_survives() -> None:
    exclude()
    assert probe(NOON + MINUTE, patience=30 * MINUTE)
    redis.client().flushall()
    assert not probe(NOON + 30 * MINUTE)
    probed("sssss", NOON + 30 * MINUTE)
    assert state() == State.UNKNOWN


def test_why_it_left_survives() -> None:
    feed("s" * 9 + "x" * 11)
    feed("s" * 10)
    redis.client().flushall()
    assert choose("hunter").why == {"hunter": "45 % of its last 20 requests were good"}


def test_a_window_of_an_older_release_is_restored() -> None:
    """It knew no claims: what the database has of it is whole."""
    exclude()
    redis.client().hdel(windows.key(row()), "claim", "cooled", "out_requests", "out_errors")
    Provider.objects.update(left_requests=0, left_errors=0)
    assert health.health("hunter").left_with == (20, 20)
    assert probe(NOON + MINUTE)
    probed("sssss", NOON + MINUTE)
    assert state() == State.UNKNOWN


def test_a_redis_that_comes_back_older_is_restored() -> None:
    feed("s" * 30)
    key = windows.key(row())
    for part in (key, f"{key}:window"):
        redis.client().copy(part, f"older:{part}")
    feed("x" * 31)
    for part in (key, f"{key}:window"):
        redis.client().rename(f"older:{part}", part)
    assert state() == State.HEALTHY
    feed("s")
    assert (state(), health.health("hunter").requests) == (State.EXCLUDED, 62)


def test_costs_and_latencies_survive() -> None:
    recording.record([Attempt("hunter", Outcome.SUCCESS, Decimal("1.50"), 340)], NOON)
    redis.client().flushall()
    assert health.health("hunter").entries == (
        Entry(Outcome.SUCCESS, Decimal("1.5"), 340, int(NOON.timestamp())),
    )


def test_the_hours_are_counted() -> None:
    feed("ssex", now=NOON + timedelta(minutes=59))
    feed("x", now=NOON + timedelta(minutes=59))
    feed("s", now=NOON + timedelta(minutes=60))
    hours = ProviderHour.objects.values_list("hour", "success", "empty", "error")
    assert list(hours) == [(NOON, 2, 1, 2), (NOON + timedelta(hours=1), 1, 0, 0)]


def test_the_hours_tell_costs_and_latencies() -> None:
    first = Attempt("hunter", Outcome.SUCCESS, Decimal("1.5"), 340)
    recording.record(
        [first, Attempt("hunter", Outcome.ERROR, Decimal(0)), Attempt("hunter", Outcome.EMPTY)], NOON
    )
    hour = ProviderHour.objects.get()
    assert (hour.credits, hour.priced, hour.timed, hour.latency_ms) == (Decimal("1.5"), 1, 1, 340)


def test_finds_of_which_nobody_tells_the_cost_are_apart() -> None:
    recording.record(
        [Attempt("hunter", Outcome.SUCCESS), Attempt("hunter", Outcome.SUCCESS, Decimal(3))], NOON
    )
    hour = ProviderHour.objects.get()
    assert (hour.success, hour.priced, hour.credits) == (2, 1, Decimal(3))


@pytest.mark.parametrize(
    "zone, begins", [("UTC", "11:00"), ("Asia/Kolkata", "11:30"), ("Asia/Kathmandu", "11:15")]
)
def test_an_hour_is_one_of_the_time_zone(zone: str, begins: str) -> None:
    with timezone.override(zone):
        feed("s", now=NOON - timedelta(minutes=1))
    assert f"{ProviderHour.objects.get().hour.astimezone(UTC):%H:%M}" == begins


def test_with_redis_away_the_last_copy_is_shown_and_nothing_is_lost(redis_server: OwnRedis) -> None:
    feed("s" * 20)
    redis_server.kill()
    try:
        feed("x")
        assert state() == State.HEALTHY
        assert [found.requests for found in health.all_health()] == [20]
    finally:
        redis_server.restart()
    assert ProviderHour.objects.get().error == 1
    recording.catch_up()
    assert health.health("hunter").outcomes == "s" * 20 + "x"
    assert not Arrival.objects.exists()
