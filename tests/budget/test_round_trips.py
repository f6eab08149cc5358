"""What a reservation costs: one round trip to Redis, and so do its settling and its release."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from budget import counters, credits
from clayops.base import redis
from tests.round_trips import Sent, notice

pytestmark = pytest.mark.django_db(transaction=True)

SEVEN = "destination:7"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What leaves for Redis; the day is loaded, the scripts are known."""
    credits.set_limit(Decimal(50), None, scope=SEVEN)
    for end in (credits.settle, credits.release):
        credits.reserve(f"first:{end.__name__}", Decimal(1), [SEVEN])
        end(f"first:{end.__name__}")
    return notice(monkeypatch)


def test_the_counting_counts(sent: Sent) -> None:
    redis.client().ping()
    redis.client().get("x")
    assert sent() == ["PING", "GET"]


def test_a_reservation_costs_one_round_trip(sent: Sent) -> None:
    credits.reserve("a", Decimal(10))
    assert sent() == ["EVALSHA"]


def test_so_does_one_against_several_scopes(sent: Sent) -> None:
    credits.reserve("a", Decimal(10), [SEVEN, "destination:8", "team:9"])
    assert sent() == ["EVALSHA"]


def test_so_does_one_that_is_refused(sent: Sent) -> None:
    with pytest.raises(credits.Refused):
        credits.reserve("a", Decimal(60), [SEVEN])
    scripts = [name for name in sent() if name != "INCRBY"]  # which tells live parts that the breaker opened
    assert scripts == ["EVALSHA", "EVALSHA"], "it asks, and takes back what a rebuild may have kept for it"


def test_the_same_holder_again_costs_none(sent: Sent) -> None:
    credits.reserve("a", Decimal(10), [SEVEN])
    sent()
    credits.reserve("a", Decimal(10), [SEVEN])
    assert sent() == []


def test_settling_costs_one(sent: Sent) -> None:
    credits.reserve("a", Decimal(10), [SEVEN])
    sent()
    credits.settle("a", Decimal(7))
    assert sent() == ["EVALSHA"]


def test_a_release_costs_one(sent: Sent) -> None:
    credits.reserve("a", Decimal(10), [SEVEN])
    sent()
    credits.release("a")
    assert sent() == ["EVALSHA"]


@pytest.mark.parametrize("end", [credits.settle, credits.release])
def test_ending_it_twice_costs_no_more(sent: Sent, end: Callable[[str], None]) -> None:
    credits.reserve("a", Decimal(10))
    end("a")
    sent()
    end("a")
    assert sent() == []


def test_where_the_day_stands_costs_none(sent: Sent) -> None:
    """Pages are right, and quick, while Redis is away."""
    credits.today()
    assert sent() == []


@pytest.mark.long
def test_a_thousand_open_reservations_do_not_make_the_next_one_dearer(sent: Sent) -> None:
    """Neither round trips, nor commands inside of the script."""
    few = _commands_of(lambda: credits.reserve("a", Decimal("0.01")))
    for n in range(1000):
        redis.client().hset(_today(), f"h:other{n}", "{}")
    assert _commands_of(lambda: credits.reserve("b", Decimal("0.01"))) == few
    for n in range(1000):
        redis.client().hdel(_today(), f"h:other{n}")


def _today() -> str:
    return counters.key(credits.today().day)


def _commands_of(work: Callable[[], object]) -> int:
    """How many commands Redis ran for it, those of its scripts among them."""

    def ran() -> int:
        stats: dict[str, dict[str, int]] = redis.client().info("commandstats")
        return sum(stat["calls"] for name, stat in stats.items() if name != "cmdstat_info")

    before = ran()
    work()
    return ran() - before
