"""Promise 4: a failing provider is in no new batch, but for probes; and how it comes back."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from providers import health
from providers.health import Choice, State
from providers.models import Provider, ProviderEvent
from tests.providers.conftest import MINUTE, NOON, exclude, feed, probe, state

pytestmark = pytest.mark.django_db


def test_all_are_used_while_nothing_is_known() -> None:
    assert health.choose(["Hunter", "Prospeo"]) == Choice(["Hunter", "Prospeo"], [], [])


def test_a_failing_one_is_left_out() -> None:
    exclude()
    feed("s" * 10 + "x" * 10, "prospeo")
    assert health.choose(["Hunter", "Prospeo"], NOON) == Choice(["Prospeo"], ["Hunter"], [])


def test_late_good_outcomes_do_not_bring_it_back() -> None:
    exclude()
    feed("s" * 60)
    assert state() == State.EXCLUDED
    assert health.choose(["hunter"], NOON).skip == ["hunter"]


def test_one_batch_probes_after_the_cool_down() -> None:
    exclude()
    assert not probe(NOON + MINUTE - timedelta(seconds=1))
    assert health.choose(["prospeo", "hunter"], NOON + MINUTE) == Choice(
        ["prospeo", "hunter"], [], ["hunter"]
    )
    assert not probe(NOON + MINUTE)
    assert state() == State.PROBING


def test_a_probe_that_was_lost_is_followed_by_another() -> None:
    exclude()
    assert probe(NOON + MINUTE)
    assert probe(NOON + 2 * MINUTE)


def test_five_good_ones_bring_it_back_with_a_fresh_window() -> None:
    exclude()
    probe(NOON + MINUTE)
    feed("sesee", now=NOON + MINUTE)
    found = health.health("hunter")
    assert (found.state, found.requests, found.next_probe_at) == (State.UNKNOWN, 0, None)
    assert health.choose(["hunter"]).use == ["hunter"]


def test_four_good_ones_do_not() -> None:
    exclude()
    probe(NOON + MINUTE)
    feed("ssss", now=NOON + MINUTE)
    assert state() == State.PROBING


def test_the_five_may_come_from_two_probes() -> None:
    exclude()
    probe(NOON + MINUTE)
    feed("sss", now=NOON + MINUTE)
    probe(NOON + 2 * MINUTE)
    feed("ss", now=NOON + 2 * MINUTE)
    assert state() == State.UNKNOWN


def test_an_error_ends_the_probe_and_the_count() -> None:
    exclude()
    probe(NOON + MINUTE)
    feed("ssssx", now=NOON + MINUTE)
    assert state() == State.EXCLUDED
    probe(NOON + 3 * MINUTE)
    feed("ssss", now=NOON + 3 * MINUTE)
    assert state() == State.PROBING


def test_an_error_doubles_the_cool_down() -> None:
    exclude()
    probe(NOON + MINUTE)
    feed("x", now=NOON + MINUTE)
    assert not probe(NOON + 3 * MINUTE - timedelta(seconds=1))
    assert probe(NOON + 3 * MINUTE)


def test_the_cool_down_is_an_hour_at_most() -> None:
    exclude()
    now = NOON
    for _ in range(12):
        now += timedelta(hours=1)
        assert probe(now)
        feed("x", now=now)
    assert Provider.objects.get().cool_down == timedelta(hours=1)
    assert health.health("hunter").next_probe_at == now + timedelta(hours=1)


def test_back_again_its_next_exclusion_starts_with_a_short_cool_down() -> None:
    exclude()
    probe(NOON + MINUTE)
    feed("x", now=NOON + MINUTE)
    probe(NOON + 3 * MINUTE)
    feed("sssss" + "x" * 20, now=NOON + 3 * MINUTE)
    assert Provider.objects.get().cool_down == MINUTE


def test_pinned_in_it_is_used_though_it_fails() -> None:
    exclude()
    health.pin("Hunter", "in", None, "the only one for Japan")
    assert health.choose(["hunter"], NOON) == Choice(["hunter"], [], [])


def test_pinned_out_it_is_left_out_though_it_works() -> None:
    feed("s" * 30)
    health.pin("hunter", "out", None, "too expensive")
    found = health.health("hunter")
    assert (found.pinned, found.pin_reason, found.state) == ("out", "too expensive", State.HEALTHY)
    assert health.choose(["hunter"], NOON) == Choice([], ["hunter"], [])


def test_a_pinned_out_one_is_not_probed() -> None:
    exclude()
    health.pin("hunter", "out", None, "too expensive")
    assert not probe(NOON + MINUTE)


def test_unpinned_its_outcomes_decide_again() -> None:
    olga = User.objects.create_user("olga")
    health.pin("hunter", "out", olga, "too expensive", NOON)
    health.pin("hunter", "", olga, "cheaper now", NOON)
    assert health.choose(["hunter"]).use == ["hunter"]
    events = ProviderEvent.objects.order_by("id").values_list("old", "new", "reason", "by__username")
    assert list(events) == [("", "out", "too expensive", "olga"), ("out", "", "cheaper now", "olga")]
