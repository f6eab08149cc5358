"""Promise 6 for providers: a wiped Redis is restored from the database."""

from datetime import timedelta

import pytest

from clayops import redis
from clayops.up.redis_server import OwnRedis
from providers import health
from providers.health import State
from providers.models import Provider, ProviderHour
from providers.windows import Change, Window
from tests.providers.conftest import MINUTE, NOON, exclude, feed, probe, state

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
    feed("x", now=NOON + MINUTE)
    redis.client().flushall()
    assert state() == State.EXCLUDED
    assert not probe(NOON + 3 * MINUTE - timedelta(seconds=1))
    assert probe(NOON + 3 * MINUTE)


def test_the_count_of_good_probes_survives() -> None:
    exclude()
    probe(NOON + MINUTE)
    feed("ssss", now=NOON + MINUTE)
    redis.client().flushall()
    feed("s", now=NOON + MINUTE)
    assert state() == State.UNKNOWN


def test_an_older_copy_never_replaces_a_newer_one() -> None:
    feed("sss")
    old = Window("x", State.UNKNOWN, MINUTE, None, 0, version=0)
    health._save(Provider.objects.get(), Change(old, []), NOON)
    assert Provider.objects.get().window == "sss"


def test_the_hours_are_counted() -> None:
    feed("ssex", now=NOON + timedelta(minutes=59))
    feed("x", now=NOON + timedelta(minutes=59))
    feed("s", now=NOON + timedelta(minutes=60))
    hours = ProviderHour.objects.values_list("hour", "success", "empty", "error")
    assert list(hours) == [(NOON, 2, 1, 2), (NOON + timedelta(hours=1), 1, 0, 0)]


def test_with_redis_away_the_last_copy_is_shown(redis_server: OwnRedis) -> None:
    feed("s" * 20)
    redis_server.kill()
    try:
        feed("x")
        assert state() == State.HEALTHY
        assert [found.requests for found in health.all_health()] == [20]
    finally:
        redis_server.restart()
    assert ProviderHour.objects.get().error == 1
