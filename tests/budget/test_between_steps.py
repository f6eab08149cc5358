"""A reservation is stopped between two of its steps, and the worst happens there: the limit still holds.

Hardly any of these happens in a minute at random (`tests/promises/product/test_credits_under_fire.py`), so
each is made to happen.
The steps: the limits are read, the line is written (pending), it is counted in Redis, confirmed.
"""

import os
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from budget import counters, credits, limits
from budget.credits import Refused
from budget.models import Entry, EntryState
from budget.reconciling import UNDER_WAY
from budget.terms import Bound
from clayops.base import redis
from clayops.up.redis_server import OwnRedis
from tests.budget.conftest import check_agreement

pytestmark = pytest.mark.django_db(transaction=True)

Act = Callable[[], object]
Stop = Callable[..., None]
LATER = 2 * UNDER_WAY


@pytest.fixture
def stop(monkeypatch: pytest.MonkeyPatch) -> Stop:
    """`stop(where, name, act)`: the next time that `where.name` is called, `act()` comes first; or right
    after it, with `after=True`. Once."""

    def arm(where: Any, name: str, act: Act, after: bool = False) -> None:
        real = getattr(where, name)

        def stopped(*args: Any, **named: Any) -> Any:
            monkeypatch.setattr(where, name, real)
            if not after:
                act()
            found = real(*args, **named)
            if after:
                act()
            return found

        monkeypatch.setattr(where, name, stopped)

    return arm


@pytest.fixture(autouse=True)
def _ten() -> None:
    """Ten credits a day, and a Redis that knows of it."""
    set_limit(10)
    credits.rebuild()


def set_limit(credits_a_day: int) -> None:
    credits.set_limit(Decimal(credits_a_day), None)


def take(holder: str, amount: int = 10) -> None:
    credits.reserve(holder, Decimal(amount))


def wipe() -> None:
    redis.client().flushall()


def refused(holder: str, amount: int = 10) -> bool:
    try:
        take(holder, amount)
    except Refused:
        return True
    return False


def holders() -> list[str]:
    """Who holds credits; the ledger, and Redis as it is now, agree about it."""
    check_agreement()
    return sorted(credits.open_holders())


# -- the limit is changed after it was read -------------------------------------------------------
@pytest.mark.parametrize("then", [lambda: None, wipe, credits.rebuild])
def test_a_limit_lowered_after_it_was_read_holds(stop: Stop, then: Act) -> None:
    def lower() -> None:
        set_limit(5)
        then()

    stop(limits, "in_force", lower, after=True)
    assert refused("a")
    assert holders() == []


def test_a_limit_lowered_while_redis_was_empty_holds(stop: Stop) -> None:
    def lower() -> None:
        wipe()
        set_limit(5)

    stop(counters, "reserve", lower)
    assert refused("a")
    assert holders() == []


def test_a_limit_lowered_while_a_rebuild_had_read_the_old_one_holds(stop: Stop) -> None:
    """And whoever asks had read the old one as well."""

    def a_rebuild_begins() -> None:
        wipe()
        stop(counters, "_fields", lambda: set_limit(5), after=True)

    stop(counters, "reserve", a_rebuild_begins)
    assert refused("a")
    assert holders() == []


def test_a_destinations_limit_lowered_after_it_was_read_holds(stop: Stop) -> None:
    stop(counters, "reserve", lambda: credits.set_limit(Decimal(5), None, scope="destination:7"))
    with pytest.raises(Refused):
        credits.reserve("a", Decimal(10), ["destination:7"])
    assert holders() == []


def test_a_limit_raised_after_the_old_one_was_read_counts(stop: Stop) -> None:
    stop(counters, "reserve", lambda: set_limit(20))
    assert not refused("a", 20)
    assert holders() == ["a"]


def test_an_older_limit_never_replaces_a_newer_one() -> None:
    """Two changes may reach Redis in the other order."""
    day, ten = credits.today().day, credits.limit_of()
    set_limit(5)
    counters.put_limit(day, "", ten)
    full = counters.reserve(day, "a", 1, Decimal(10), [Bound("", ten)], timezone.now())
    assert full is not None
    assert full.limit == 5


# -- Redis loses all ------------------------------------------------------------------------------
@pytest.mark.parametrize("then", [lambda: None, credits.rebuild, credits.reconcile])
def test_wiped_once_counted_its_room_is_not_given_away(stop: Stop, then: Act) -> None:
    """`a` was told that it is counted, and is about to write that down."""

    def wiped() -> None:
        wipe()
        then()
        assert refused("b")

    stop(counters, "reserve", wiped, after=True)
    assert not refused("a")
    assert holders() == ["a"]


def test_wiped_before_it_is_counted_it_must_fit(stop: Stop) -> None:
    """A rebuild finds `a` in the ledger, and cannot know that it was never told to be counted."""

    def overtaken() -> None:
        take("b")
        wipe()
        credits.rebuild()

    stop(counters, "reserve", overtaken)
    assert refused("a")
    assert holders() == ["b"]


def test_wiped_while_two_ask_for_the_last_room_one_gets_it_at_most(stop: Stop) -> None:
    got: list[str] = []

    def ask(holder: str) -> None:
        if not refused(holder):
            got.append(holder)

    def both_are_pending() -> None:
        wipe()
        credits.rebuild()

    def another_asks() -> None:
        stop(counters, "reserve", both_are_pending)
        ask("b")

    stop(counters, "reserve", another_asks)
    ask("a")
    assert got == holders()
    assert len(got) <= 1


def test_wiped_before_it_is_confirmed_and_again_after(stop: Stop) -> None:
    stop(Entry, "confirm", wipe)
    stop(counters, "reserve", wipe)
    assert not refused("a")
    wipe()
    assert refused("b")
    assert holders() == ["a"]


@pytest.fixture
def short_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for a rebuild that stands still takes it over after a moment, not after five seconds."""
    monkeypatch.setattr(counters, "LOCK_MILLISECONDS", 500)


@pytest.mark.usefixtures("short_lock")
def test_settled_while_a_rebuild_had_read_it_as_open(stop: Stop) -> None:
    take("a", 6)
    wipe()
    stop(counters, "_fields", lambda: credits.settle("a", Decimal(6)), after=True)
    assert refused("b", 5)
    credits.close_breaker()
    assert not refused("c", 4)
    assert holders() == ["c"]


@pytest.mark.usefixtures("short_lock")
def test_given_back_while_a_rebuild_had_read_it_as_open(stop: Stop) -> None:
    take("a", 6)
    wipe()
    stop(counters, "_fields", lambda: credits.release("a"), after=True)
    counters.load(credits.today().day)
    assert not refused("b")
    assert holders() == ["b"]


# -- Redis comes back, without its last second ----------------------------------------------------
def crash_to(server: OwnRedis, act: Act) -> None:
    """Redis dies after `act`, and what it had not yet written of it is gone."""
    files = {path: path.stat().st_size for path in server.folder.rglob("*.aof")}
    act()
    server.kill()
    for path, size in files.items():
        os.truncate(path, size)
    server.restart()


def test_a_redis_that_lost_its_last_second_in_a_crash_is_not_trusted(redis_server: OwnRedis) -> None:
    """Its append-only file is written once a second: what it says after a crash may be old."""
    day = credits.today().day
    counters.load(day)
    crash_to(redis_server, lambda: take("a"))
    assert refused("b")
    assert holders() == ["a"]


def test_a_limit_lowered_in_the_second_that_redis_lost_holds(redis_server: OwnRedis, stop: Stop) -> None:
    counters.load(credits.today().day)

    stop(counters, "reserve", lambda: crash_to(redis_server, lambda: set_limit(5)))
    assert refused("a")
    assert holders() == []


# -- the tick takes somebody for dead -------------------------------------------------------------
def test_taken_for_dead_and_yet_alive_it_stays_counted(stop: Stop) -> None:
    """`a` stood still for a minute before it was confirmed; it goes on while the tick gives it back."""
    take("a")
    Entry.objects.update(state=EntryState.PENDING)
    stop(Entry, "abandon", lambda: take("a"), after=True)
    credits.reconcile(now=timezone.now() + LATER)
    assert refused("b")
    assert holders() == ["a"]


def test_one_of_two_with_the_same_name_is_refused_and_the_other_is_not(stop: Stop) -> None:
    """Twins: the limit is raised between the two."""
    take("others", 5)

    def raised() -> None:
        set_limit(15)
        take("a")

    stop(Entry, "abandon", raised, after=True)
    assert refused("a")
    assert refused("b", 1)
    assert holders() == ["a", "others"]


def test_asked_for_by_two_with_different_amounts_it_counts_what_one_was_granted(stop: Stop) -> None:
    set_limit(20)
    Entry.objects.create(
        holder="a", day=credits.today().day, scopes=[""], credits=8, reserved_at=timezone.now()
    )
    stop(Entry, "abandon", lambda: take("a", 8), after=True)
    take("a", 10)
    assert credits.today().reserved == 10
    assert not refused("b", 10)
    assert refused("c", 1)
    check_agreement()
