"""Leases: held as long as the block runs, given back after it, and by one at a time."""

import time

import pytest

from clayops.base import redis


def test_one_at_a_time() -> None:
    with redis.lease("x", 5) as mine, redis.lease("x", 5) as other:
        assert (mine, other) == (True, False)
    with redis.lease("x", 5) as mine:
        assert mine


def test_a_long_stretch_does_not_lose_it() -> None:
    with redis.lease("x", 0.4) as mine:
        time.sleep(1)
        assert mine
        assert redis.client().exists("x")
    assert not redis.client().exists("x")


def test_a_wiped_redis_does_not_lose_it() -> None:
    with redis.lease("x", 0.4):
        redis.client().flushall()
        time.sleep(0.3)
        assert redis.client().exists("x")


def test_what_somebody_else_took_stays_theirs() -> None:
    with redis.lease("x", 0.4):
        redis.client().set("x", "theirs")
        time.sleep(0.3)
    assert redis.client().get("x") == "theirs"


def test_it_is_given_back_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), redis.lease("x", 5):
        raise ZeroDivisionError
    assert not redis.client().exists("x")
