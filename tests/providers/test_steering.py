"""What people do with a provider, on record: pins, resets, its name and price."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from providers import health, steering
from providers.models import Provider, ProviderEvent, State
from providers.waterfall import Choice
from tests.providers.conftest import MINUTE, NOON, choose, exclude, feed, probe, row, state

pytestmark = pytest.mark.django_db


def test_pinned_in_it_is_used_though_it_fails() -> None:
    exclude()
    steering.pin(row(), "in", None, "the only one for Japan")
    assert choose("hunter") == Choice(["hunter"], pinned=["hunter"])


def test_pinned_out_it_is_left_out_though_it_works() -> None:
    feed("s" * 30)
    steering.pin(row(), "out", None, "too expensive")
    found = health.health("hunter")
    assert (found.pinned, found.pin_reason, found.state) == ("out", "too expensive", State.HEALTHY)
    assert choose("hunter") == Choice([], ["hunter"], why={"hunter": "Pinned out: too expensive"})


def test_a_pinned_out_one_is_not_probed() -> None:
    exclude()
    steering.pin(row(), "out", None, "too expensive")
    assert not probe(NOON + MINUTE)


def test_unpinned_its_outcomes_decide_again() -> None:
    olga = User.objects.create_user("olga")
    hunter = steering.add("hunter")
    assert steering.pin(hunter, "out", olga, "too expensive", NOON)
    assert steering.pin(hunter, "", olga, "cheaper now", NOON)
    assert choose("hunter").use == ["hunter"]
    events = ProviderEvent.objects.order_by("id").values_list("old", "new", "reason", "by__username")
    assert list(events) == [("", "out", "too expensive", "olga"), ("out", "", "cheaper now", "olga")]


def test_the_same_pin_twice_is_one() -> None:
    hunter = steering.add("hunter")
    assert steering.pin(hunter, "in", None, "we like it")
    assert not steering.pin(hunter, "in", None, "we like it")
    assert ProviderEvent.objects.count() == 1


def test_a_reset_forgets_its_outcomes_and_brings_it_back() -> None:
    exclude()
    olga = User.objects.create_user("olga")
    steering.reset(row(), olga, "they mended it", NOON)
    found = health.health("hunter")
    assert (found.state, found.requests, found.next_probe_at) == (State.UNKNOWN, 0, None)
    assert choose("hunter").use == ["hunter"]


def test_a_reset_is_one_line_of_the_log() -> None:
    exclude()
    before = ProviderEvent.objects.count()
    steering.reset(row(), None, "they mended it", NOON)
    last = ProviderEvent.objects.first()
    assert last is not None
    assert (last.kind, last.old, last.new, last.reason) == ("reset", "excluded", "unknown", "they mended it")
    assert ProviderEvent.objects.count() == before + 1


def test_after_a_reset_late_outcomes_count_in_the_fresh_window() -> None:
    exclude()
    steering.reset(row(), None, "", NOON)
    feed("ss")
    assert (state(), health.health("hunter").outcomes) == (State.UNKNOWN, "ss")


def test_one_that_results_brought_is_new_until_a_person_says_so() -> None:
    feed("s", "Find Their Mail")
    found = Provider.objects.get()
    assert (found.name, str(found), found.is_new) == ("find their mail", "Find Their Mail", True)
    assert steering.accept(found)
    assert not steering.accept(found)
    assert not Provider.objects.get().is_new


def test_well_known_ones_are_shown_as_they_spell_themselves() -> None:
    feed("s", "ZOOMINFO")
    assert str(Provider.objects.get()) == "ZoomInfo"


def test_a_price_holds_from_then_on() -> None:
    feed("s")
    steering.change(row(), "Hunter.io", Decimal("1.5"))
    feed("sex")
    assert [entry.credits for entry in health.health("hunter").entries] == [None, Decimal("1.5"), 0, 0]
    assert str(row()) == "Hunter.io"
