"""Promise 4: a failing provider is in no new batch, but for probes; and how it comes back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clayops.base import redis
from providers import choosing, health, recording
from providers.models import Provider, ProviderEvent, State
from providers.terms import Evidence
from providers.waterfall import PROBE_ROWS, Choice, Step
from tests.providers.conftest import MINUTE, NOON, attempts, choose, exclude, feed, probe, probed, state

pytestmark = pytest.mark.django_db


def test_all_are_used_while_nothing_is_known() -> None:
    assert choose("Hunter", "Prospeo") == Choice(["Hunter", "Prospeo"])


def test_a_failing_one_is_left_out_and_why() -> None:
    exclude()
    feed("s" * 10 + "x" * 10, "prospeo")
    why = {"Hunter": "0 % of its last 20 requests were good"}
    assert choose("Hunter", "Prospeo") == Choice(["Prospeo"], ["Hunter"], why=why)


def test_one_that_is_switched_off_is_left_out_and_why() -> None:
    found = choosing.choose([Step("Hunter", on=False), Step("Prospeo")], NOON)
    assert found == Choice(["Prospeo"], ["Hunter"], why={"Hunter": "Switched off in this waterfall"})


def test_one_that_is_switched_off_is_not_probed() -> None:
    exclude()
    assert choosing.choose([Step("hunter", on=False)], NOON + MINUTE).probes == []
    assert probe(NOON + MINUTE)


def test_providers_of_a_waterfall_are_not_new() -> None:
    choose("Hunter")
    assert not Provider.objects.get().is_new


def test_late_good_outcomes_do_not_bring_it_back() -> None:
    exclude()
    feed("s" * 60)
    assert state() == State.EXCLUDED
    assert choose("hunter").skip == ["hunter"]


def test_one_batch_probes_after_the_cool_down() -> None:
    exclude()
    assert not probe(NOON + MINUTE - timedelta(seconds=1))
    found = choose("prospeo", "hunter", now=NOON + MINUTE)
    assert (found.use, found.skip, found.probes) == (["prospeo", "hunter"], [], ["hunter"])
    assert not probe(NOON + MINUTE)
    assert state() == State.PROBING


def test_a_few_rows_of_the_batch_probe() -> None:
    found = Choice(["prospeo", "hunter"], ["apollo"], ["hunter"])
    assert found.lists(PROBE_ROWS - 1) == (["prospeo", "hunter"], ["apollo"])
    assert found.lists(PROBE_ROWS) == (["prospeo"], ["apollo", "hunter"])


def test_what_its_rows_tell_of_a_provider() -> None:
    found = Choice(
        ["prospeo", "hunter", "wiza"], ["apollo"], ["hunter"], pinned=["wiza"], claims={"hunter": 7}
    )
    told = {
        name: found.evidence(name, PROBE_ROWS - 1).name for name in ("Hunter", "prospeo", "apollo", "wiza")
    }
    assert told == {"Hunter": "PROBE", "prospeo": "CHOSEN", "apollo": "CHOSEN", "wiza": "FREE"}
    assert found.evidence("hunter", PROBE_ROWS) == Evidence.CHOSEN
    assert found.evidence("datagma", 0) == Evidence.FREE
    claims = [found.claim_of(*of) for of in (("Hunter", PROBE_ROWS - 1), ("hunter", PROBE_ROWS), ("wiza", 0))]
    assert claims == [7, 0, 0]
    assert Choice().evidence("hunter", 0) == Evidence.FREE


def test_a_choice_survives_the_database() -> None:
    exclude()
    exclude("apollo")
    found = choosing.choose([Step("hunter"), Step("apollo", on=False), Step("wiza")], NOON + MINUTE)
    assert Choice.loaded(found.dumped()) == found


def test_what_an_older_version_kept_is_read() -> None:
    assert Choice.loaded({"use": ["hunter"], "skip": []}) == Choice(["hunter"])
    assert Choice.loaded({}) == Choice()
    by_time = {
        "use": ["hunter"],
        "skip": [],
        "probes": ["hunter"],
        "claims": {"hunter": "2026-03-01T12:00:00+00:00"},
    }
    assert Choice.loaded(by_time) == Choice(["hunter"], probes=["hunter"])


def test_a_probe_that_was_not_sent_is_given_back() -> None:
    exclude()
    claimed = choose("hunter", now=NOON + MINUTE)
    choosing.give_back(claimed, NOON + MINUTE)
    assert probe(NOON + MINUTE)


def test_a_probe_that_somebody_else_claimed_since_is_not_given_back() -> None:
    exclude()
    lost = choose("hunter", now=NOON + MINUTE)
    assert probe(NOON + 2 * MINUTE)
    choosing.give_back(lost, NOON + 2 * MINUTE)
    assert not probe(NOON + 2 * MINUTE)


def test_a_probe_that_has_failed_is_not_given_back() -> None:
    exclude()
    claimed = choose("hunter", now=NOON + MINUTE)
    probed("x", NOON + MINUTE)
    choosing.give_back(claimed, NOON + MINUTE)
    assert not probe(NOON + MINUTE + timedelta(seconds=119))


def test_nobody_else_probes_while_one_is_out() -> None:
    """However long its run takes: rows that try a failing provider are paid for."""
    exclude()
    assert probe(NOON + MINUTE, patience=30 * MINUTE)
    assert not probe(NOON + 31 * MINUTE - timedelta(seconds=1), patience=30 * MINUTE)


def test_a_probe_that_was_waited_for_in_vain_is_followed_by_another() -> None:
    exclude()
    assert probe(NOON + MINUTE, patience=30 * MINUTE)
    assert probe(NOON + 31 * MINUTE, patience=30 * MINUTE)


def test_no_probe_is_waited_for_longer_than_an_hour() -> None:
    exclude()
    assert probe(NOON + MINUTE, patience=timedelta(days=1))
    assert probe(NOON + 61 * MINUTE)


@pytest.mark.parametrize("late", ["x", "sssss"])
def test_what_an_older_probe_brings_decides_nothing(late: str) -> None:
    exclude()
    older = choose("hunter", now=NOON + MINUTE)
    assert probe(NOON + 2 * MINUTE, patience=30 * MINUTE)
    probed(late, NOON + 3 * MINUTE, older)
    found = health.health("hunter")
    assert (found.state, found.outcomes[20:], found.is_tried) == (State.PROBING, late, True)
    assert not probe(NOON + 31 * MINUTE), "the one that is out is still waited for"
    probed("sssss", NOON + 31 * MINUTE)
    assert state() == State.UNKNOWN


def test_a_probe_whose_rows_never_reached_it_is_followed_by_another() -> None:
    """Those asked before it had found everything: results are home, and tell nothing of it."""
    exclude()
    probe(NOON + MINUTE, patience=30 * MINUTE)
    probed("", NOON + 90 * timedelta(seconds=1))
    assert not health.health("hunter").is_tried
    assert not probe(NOON + 2 * MINUTE - timedelta(seconds=1)), "its cool-down is not over"
    assert probe(NOON + 2 * MINUTE)


def test_a_probe_that_may_have_been_sent_is_followed_by_another() -> None:
    exclude()
    claimed = choose("hunter", now=NOON + MINUTE, patience=30 * MINUTE)
    choosing.lost(claimed, NOON + MINUTE)
    assert not probe(NOON + 2 * MINUTE - timedelta(seconds=1))
    assert probe(NOON + 2 * MINUTE)


def test_after_a_good_one_the_next_is_due_soon() -> None:
    """Also where its cool-down has grown."""
    exclude()
    probe(NOON + MINUTE)
    probed("x", NOON + MINUTE)
    probe(NOON + 3 * MINUTE)
    probed("s", NOON + 3 * MINUTE)
    assert not probe(NOON + 4 * MINUTE - timedelta(seconds=1))
    assert probe(NOON + 4 * MINUTE)


def test_why_is_what_it_left_with() -> None:
    """Not what came of rows that were under way."""
    feed("s" * 9 + "x" * 11)
    feed("s" * 60)
    why = {"hunter": "45 % of its last 20 requests were good"}
    assert choose("hunter").why == why
    assert choose("hunter", now=NOON + MINUTE).why == why
    assert health.health("hunter").left_with == (20, 11)


def test_a_failed_probe_changes_not_why_it_left() -> None:
    feed("s" * 9 + "x" * 11)
    probe(NOON + MINUTE)
    probed("x", NOON + MINUTE)
    assert choose("hunter", now=NOON + MINUTE).why == {"hunter": "45 % of its last 20 requests were good"}


def test_five_good_ones_bring_it_back_with_a_fresh_window() -> None:
    exclude()
    probe(NOON + MINUTE)
    probed("sesee", NOON + MINUTE)
    found = health.health("hunter")
    assert (found.state, found.requests, found.next_probe_at) == (State.UNKNOWN, 0, None)
    assert choose("hunter").use == ["hunter"]


def test_what_a_probe_brings_beyond_five_is_in_the_fresh_window() -> None:
    exclude()
    probe(NOON + MINUTE)
    probed("ssssse", NOON + MINUTE)
    assert health.health("hunter").outcomes == "e"


def test_four_good_ones_do_not() -> None:
    exclude()
    probe(NOON + MINUTE)
    probed("ssss", NOON + MINUTE)
    assert state() == State.PROBING


def test_late_outcomes_are_no_probes() -> None:
    exclude()
    probe(NOON + MINUTE)
    feed("sssss" + "x", now=NOON + MINUTE)
    assert state() == State.PROBING
    assert not probe(NOON + 2 * MINUTE - timedelta(seconds=1)), "a late error does not double the cool-down"
    assert probe(NOON + 2 * MINUTE)


def test_the_five_may_come_from_two_probes() -> None:
    exclude()
    probe(NOON + MINUTE)
    probed("sss", NOON + MINUTE)
    probe(NOON + 2 * MINUTE)
    probed("ss", NOON + 2 * MINUTE)
    assert state() == State.UNKNOWN


def test_an_error_ends_the_probe_and_the_count() -> None:
    exclude()
    probe(NOON + MINUTE)
    probed("ssssx", NOON + MINUTE)
    assert state() == State.EXCLUDED
    probe(NOON + 3 * MINUTE)
    probed("ssss", NOON + 3 * MINUTE)
    assert state() == State.PROBING


def test_an_error_doubles_the_cool_down() -> None:
    exclude()
    probe(NOON + MINUTE)
    probed("x", NOON + MINUTE)
    assert not probe(NOON + 3 * MINUTE - timedelta(seconds=1))
    assert probe(NOON + 3 * MINUTE)


def test_several_errors_of_one_probe_double_it_once() -> None:
    exclude()
    probe(NOON + MINUTE)
    probed("xxxx", NOON + MINUTE)
    assert Provider.objects.get().cool_down == 2 * MINUTE


def test_the_cool_down_is_an_hour_at_most() -> None:
    exclude()
    now = NOON
    for _ in range(12):
        now += timedelta(hours=1)
        assert probe(now)
        probed("x", now)
    assert Provider.objects.get().cool_down == timedelta(hours=1)
    assert health.health("hunter").next_probe_at == now + timedelta(hours=1)


def test_back_again_its_next_exclusion_starts_with_a_short_cool_down() -> None:
    exclude()
    probe(NOON + MINUTE)
    probed("x", NOON + MINUTE)
    probe(NOON + 3 * MINUTE)
    probed("sssss" + "x" * 20, NOON + 3 * MINUTE)
    assert Provider.objects.get().cool_down == MINUTE


def sent(letters: str, at: timedelta) -> None:
    """Outcomes of rows that were sent so long after noon, arriving now."""
    made = attempts(letters)
    recording.record([replace(each, sent_at=(NOON + at).timestamp()) for each in made], NOON + 2 * MINUTE)


def test_what_was_sent_before_it_came_back_counts_no_more() -> None:
    exclude()
    probe(NOON + MINUTE)
    probed("sssss", NOON + MINUTE)
    sent("x" * 25, timedelta(seconds=59))
    assert (state(), health.health("hunter").requests) == (State.UNKNOWN, 0)
    sent("x" * 25, timedelta(seconds=61))
    assert state() == State.EXCLUDED


def test_that_survives_a_wiped_redis() -> None:
    exclude()
    probe(NOON + MINUTE)
    probed("sssss", NOON + MINUTE)
    redis.client().flushall()
    sent("x" * 25, timedelta(seconds=59))
    assert health.health("hunter").requests == 0


def test_where_nobody_chooses_its_window_brings_it_back() -> None:
    exclude()
    feed("s" * 19, evidence=Evidence.FREE)
    assert state() == State.EXCLUDED
    feed("s", evidence=Evidence.FREE)
    assert (state(), health.health("hunter").requests) == (State.DEGRADED, 40)
    last = ProviderEvent.objects.first()
    assert last is not None
    assert (last.old, last.new, last.reason) == (
        "excluded",
        "degraded",
        "50 % of its last 40 requests were good",
    )


def test_where_nobody_chooses_errors_put_no_probe_off() -> None:
    exclude()
    feed("x" * 50, evidence=Evidence.FREE)
    assert probe(NOON + MINUTE)


def test_a_step_of_any_spelling_is_the_same_provider() -> None:
    exclude()
    assert choose("  HUNTER ").skip == ["  HUNTER "]
