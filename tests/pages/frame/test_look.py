"""Numbers, times and bars in words."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import TextChoices
from django.utils import timezone

from clayops.base import wording
from clayops.pages.frame import looks
from clayops.templatetags import look
from jobs.models import (
    BatchState,
    Charge,
    Hold,
    JobState,
    LetterState,
    Outcome,
    Proof,
    RowState,
    RunState,
    Trouble,
)


@pytest.mark.parametrize(
    ("value", "text"), [(12400, "12,400"), (Decimal("0.50"), "0.50"), (Decimal("7.00"), "7"), (None, "–")]
)
def test_numbers(value: Decimal | int | None, text: str) -> None:
    assert wording.num(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "1 s"), (40, "40 s"), (1320, "22 min"), (7500, "2 h 5 min"), (7200, "2 h"), (259_200, "3 days")],
)
def test_durations(seconds: float, text: str) -> None:
    assert wording.duration(seconds) == text
    assert wording.duration(timedelta(seconds=seconds)) == text


def test_times_are_relative_with_the_exact_one_on_hover() -> None:
    shown = look.when(timezone.now() - timedelta(minutes=3, seconds=5))
    assert ">3 min ago<" in shown
    assert "title=" in shown


def test_a_bar_never_overflows_and_shows_what_is_small() -> None:
    parts = look.segments([("good", 9999), ("bad", 1), ("info", 0)], 10_000)
    assert [(part.tone, part.width) for part in parts] == [("good", "99.99%"), ("bad", "0.01%")]
    small = look.segments([("bad", 1), ("good", 9)], 100_000)
    assert small[0].width == "0.60%"


def test_an_empty_bar() -> None:
    assert look.segments([("good", 0)], 0) == []


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        ("job", JobState),
        ("row", RowState),
        ("proof", Proof),
        ("batch", BatchState),
        ("outcome", Outcome),
        ("run", RunState),
        ("trouble", Trouble),
        ("charge", Charge),
        ("letter", LetterState),
    ],
)
def test_every_state_has_a_look_with_a_shape_of_its_own(kind: str, states: type[TextChoices]) -> None:
    chosen = [looks.KINDS[kind][state.value] for state in states]
    assert all(each.shape in looks.SHAPES for each in chosen)
    assert len({(each.shape, each.tone) for each in chosen}) >= len(chosen) - 1  # held and paused are alike


def test_every_hold_has_a_look() -> None:
    assert set(looks.HOLD) == set(Hold.values)
