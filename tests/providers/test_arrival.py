"""Outcomes are written with the results that brought them and reach Redis once, whatever dies in between."""

from datetime import timedelta

import pytest

from providers import health, recording
from providers.models import Arrival, Provider, ProviderError, ProviderEvent, ProviderHour, State
from providers.terms import Attempt, Evidence, Outcome
from tests.providers.conftest import MINUTE, NOON, attempts, choose, exclude, feed, probe, row, state

pytestmark = pytest.mark.django_db


class Died(Exception):
    """A process ends here."""


def noted(letters: str) -> Arrival:
    arrival = recording.note(attempts(letters), NOON)
    assert arrival
    return arrival


def test_what_died_before_redis_heard_of_it_comes_later() -> None:
    noted("sx")
    recording.catch_up(now=NOON)
    assert health.health("hunter").outcomes == "sx"
    assert not Arrival.objects.exists()


def test_what_is_young_is_left_to_who_brought_it() -> None:
    noted("sx")
    recording.catch_up(timedelta(seconds=30), NOON + timedelta(seconds=29))
    assert Arrival.objects.exists()
    recording.catch_up(timedelta(seconds=30), NOON + timedelta(seconds=30))
    assert not Arrival.objects.exists()


def test_twice_counts_once() -> None:
    arrival = noted("sx")
    recording.remember(arrival, NOON)
    recording.remember(arrival, NOON)
    assert health.health("hunter").outcomes == "sx"


def test_what_died_between_redis_and_the_copies_counts_once_and_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feed("s" * 20)
    arrival = noted("x" * 25)

    def dies(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(recording, "keep", dies)
        with pytest.raises(Died):
            recording.remember(arrival, NOON)
    assert row().state == State.HEALTHY, "the copy is old"
    recording.catch_up(now=NOON)
    assert (row().state, state(), health.health("hunter").requests) == (State.EXCLUDED, State.EXCLUDED, 45)
    last = ProviderEvent.objects.first()
    assert last is not None
    assert (last.old, last.new, last.reason) == (
        "healthy",
        "excluded",
        "44 % of its last 45 requests were good",
    )


def test_they_come_in_the_order_of_arrival() -> None:
    for letters in ("s", "x", "e"):
        noted(letters)
    recording.catch_up(now=NOON)
    assert health.health("hunter").outcomes == "sxe"


def test_nothing_is_kept_of_results_that_tell_nothing() -> None:
    assert recording.note([Attempt("   ", Outcome.ERROR)], NOON) is None
    assert not Arrival.objects.exists()


def test_the_hours_count_when_they_arrive_not_when_they_are_remembered() -> None:
    noted("sx")
    recording.catch_up(now=NOON + 70 * MINUTE)
    assert ProviderHour.objects.get().hour == NOON


def test_errors_that_are_alike_are_counted_together() -> None:
    told = [
        "Hunter answered 503 (request 8f3a1)",
        "Hunter answered 502 (request 77b2c)",
        "Rate limit reached",
        "",
    ]
    recording.record([Attempt("hunter", Outcome.ERROR, error=text) for text in told], NOON)
    found = ProviderError.objects.order_by("group").values_list("group", "count", "example")
    assert list(found) == [
        ("", 1, ""),
        ("Hunter answered … (request …)", 2, "Hunter answered 502 (request 77b2c)"),
        ("Rate limit reached", 1, "Rate limit reached"),
    ]


def test_a_provider_of_many_different_errors_keeps_the_first_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_ERRORS", 2)
    words = ["one", "two", "three", "four"]
    for word in words:
        recording.record([Attempt("hunter", Outcome.ERROR, error=word)], NOON)
    found = ProviderError.objects.order_by("group").values_list("group", "count")
    assert list(found) == [("Other errors", 2), ("one", 1), ("two", 1)]


def test_one_that_cannot_be_read_keeps_no_other_waiting() -> None:
    for broken in (
        [["hunter"]],
        [["hunter", "?", None, None, "c", 0]],
        [["hunter", "s", "much", None, "c", 0]],
        ["s"],
    ):
        Arrival.objects.create(attempts=broken, at=NOON)
    noted("sx")
    recording.catch_up(now=NOON)
    assert health.health("hunter").outcomes == "sx"
    assert not Arrival.objects.exists()


def test_what_an_older_version_noted_is_remembered() -> None:
    Arrival.objects.create(attempts=[["hunter", "s", "1.5", 340, "c", 0.0]], at=NOON)
    recording.catch_up(now=NOON)
    assert health.health("hunter").outcomes == "s"


def test_a_claim_is_settled_though_whoever_brought_the_results_died() -> None:
    exclude()
    choice = choose("hunter", now=NOON + MINUTE, patience=30 * MINUTE)
    assert recording.note([], NOON + MINUTE, choice.claims)
    assert health.health("hunter").is_tried
    recording.catch_up(now=NOON + MINUTE)
    assert not health.health("hunter").is_tried
    assert probe(NOON + 2 * MINUTE)


def test_a_claim_brings_no_provider_back_that_was_removed() -> None:
    assert recording.note([], NOON, {"hunter": 3})
    recording.catch_up(now=NOON)
    assert not Provider.objects.exists()


def test_who_comes_back_is_told() -> None:
    feed("x" * 20)
    assert recording.remember(noted("s")) == []
    back = recording.note([Attempt("hunter", Outcome.SUCCESS, evidence=Evidence.FREE)] * 20, NOON)
    assert back
    assert recording.remember(back) == [row()]
