"""The window: what counts, what falls out, and where one state ends and the next begins."""

from decimal import Decimal

import pytest

from providers import health, recording
from providers.models import Provider, ProviderEvent, State
from providers.terms import Attempt, Outcome
from tests.providers.conftest import NOON, attempts, feed, state

pytestmark = pytest.mark.django_db


def test_a_provider_never_seen_is_unknown() -> None:
    found = health.health("hunter")
    assert (found.requests, found.success_rate, found.hit_rate) == (0, None, None)
    assert found.state == State.UNKNOWN
    assert not Provider.objects.exists()


def test_one_outcome_makes_it_known_by_name() -> None:
    feed("s", "  Hunter  IO ")
    assert [found.name for found in health.all_health()] == ["hunter io"]


def test_all_spellings_are_one_provider() -> None:
    for name in ("Hunter", "HUNTER", " hunter "):
        feed("s", name)
    assert health.health("hUnter").requests == 3


def test_empty_is_no_failure() -> None:
    feed("sseeeex")
    found = health.health("hunter")
    assert found.success_rate == pytest.approx(6 / 7)
    assert found.hit_rate == pytest.approx(2 / 6)
    assert found.outcomes == "sseeeex"


def test_with_errors_only_there_is_no_hit_rate() -> None:
    feed("xx")
    assert health.health("hunter").hit_rate is None


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("x" * 19, State.UNKNOWN),
        ("s" * 19, State.UNKNOWN),
        ("s" * 20, State.HEALTHY),
        ("x" * 20, State.EXCLUDED),
        ("s" * 16 + "x" * 4, State.HEALTHY),  # 80 %
        ("s" * 15 + "x" * 5, State.DEGRADED),  # 75 %
        ("s" * 10 + "x" * 10, State.DEGRADED),  # 50 %
        ("s" * 9 + "e" + "x" * 10, State.DEGRADED),
        ("s" * 9 + "x" * 11, State.EXCLUDED),  # 45 %
        ("s" * 50 + "x" * 50, State.DEGRADED),
        ("s" * 50 + "x" * 51, State.EXCLUDED),  # the 101st pushed a good one out
        ("e" * 20, State.HEALTHY),
    ],
)
def test_the_edges_of_the_states(letters: str, expected: State) -> None:
    feed(letters)
    assert state() == expected


def test_the_hundred_and_first_pushes_the_first_out() -> None:
    feed("x" + "s" * 99)
    assert health.health("hunter").success_rate == 0.99
    feed("s")
    found = health.health("hunter")
    assert (found.requests, found.success_rate) == (100, 1.0)


def test_a_degraded_one_recovers_by_itself() -> None:
    feed("s" * 15 + "x" * 5)
    feed("s" * 5)
    assert state() == State.HEALTHY


def test_each_change_of_state_is_on_record() -> None:
    feed("s" * 20 + "x" * 21)
    changes = ProviderEvent.objects.order_by("id").values_list("old", "new")
    assert list(changes) == [("unknown", "healthy"), ("healthy", "degraded"), ("degraded", "excluded")]
    last = ProviderEvent.objects.first()
    assert last is not None
    assert (last.reason, last.at) == ("48 % of its last 41 requests were good", NOON)


def test_the_reason_is_that_of_the_moment() -> None:
    feed("s" * 50 + "x" * 100)
    last = ProviderEvent.objects.first()
    assert last is not None
    assert last.reason == "49 % of its last 100 requests were good", "of all 150 it would be 0 %"


def test_credits_a_hit_are_those_of_hits_that_tell() -> None:
    """Misses cost, too; a find of which nobody tells the cost is no cheap one."""
    told = [
        (Outcome.SUCCESS, Decimal(3)),
        (Outcome.SUCCESS, None),
        (Outcome.EMPTY, Decimal("0.5")),
        (Outcome.ERROR, Decimal("0.5")),
    ]
    recording.record([Attempt("hunter", outcome, cost) for outcome, cost in told])
    assert health.health("hunter").credits_per_hit == 4


@pytest.mark.parametrize("outcome", [Outcome.SUCCESS, Outcome.EMPTY])
def test_where_no_hit_tells_nobody_can_say(outcome: Outcome) -> None:
    recording.record([Attempt("hunter", outcome), Attempt("hunter", Outcome.ERROR, Decimal(1))])
    assert health.health("hunter").credits_per_hit is None


def test_many_providers_in_one_batch_stay_apart() -> None:
    both = [*attempts("s"), *attempts("x", "prospeo"), *attempts("e"), Attempt("", Outcome.ERROR)]
    recording.record(both)
    found = [(each.name, each.outcomes) for each in health.all_health()]
    assert found == [("hunter", "se"), ("prospeo", "x")]
