"""What an update of the windows costs: one round trip to Redis, whatever it holds."""

import pytest

from clayops.base import redis
from providers import choosing, health, recording
from providers.models import Arrival
from tests.providers.conftest import MINUTE, NOON, attempts, choose, feed
from tests.round_trips import Sent, notice

pytestmark = pytest.mark.django_db

FOUR = ("hunter", "prospeo", "apollo", "wiza")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What leaves for Redis; the windows are loaded, the scripts are known."""
    for name in FOUR:
        recording.record(attempts("s" * 20, name), NOON)
    choose(*FOUR)
    return notice(monkeypatch)


def arrival(letters: str, *names: str) -> Arrival:
    found = recording.note([each for name in names for each in attempts(letters, name)], NOON)
    assert found
    return found


def test_one_outcome_costs_one(sent: Sent) -> None:
    recording.remember(arrival("s", "hunter"), NOON)
    assert sent() == ["EVALSHA"]


def test_so_does_a_batch_of_four_providers(sent: Sent) -> None:
    recording.remember(arrival("sexs" * 12, *FOUR), NOON)
    assert sent() == ["EVALSHA"]


def test_so_does_one_that_changes_states(sent: Sent) -> None:
    recording.remember(arrival("x" * 50, *FOUR), NOON)
    assert sent() == ["EVALSHA"]


def test_so_does_the_choice_for_a_batch(sent: Sent) -> None:
    choose(*FOUR)
    assert sent() == ["EVALSHA"]


def test_so_do_probes(sent: Sent) -> None:
    feed("x" * 60)
    sent()
    choice = choose(*FOUR, now=NOON + MINUTE)
    assert (choice.probes, sent()) == (["hunter"], ["EVALSHA"])


def test_what_is_not_claimed_costs_nothing_to_give_back(sent: Sent) -> None:
    choosing.give_back(choose(*FOUR))
    assert sent() == ["EVALSHA"]


def test_reading_all_of_them_costs_one(sent: Sent) -> None:
    redis.quick().ping()  # its first connection says more
    sent()
    assert len(health.all_health()) == 4
    assert len(sent()) == 1


def test_only_after_a_wipe_it_costs_more(sent: Sent) -> None:
    redis.client().flushall()
    sent()
    recording.remember(arrival("s", "hunter"), NOON)
    assert len(sent()) == 3, "it is refused, restored, and done"
