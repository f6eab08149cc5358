"""The judge of `test_credits` can find somebody guilty: logs that are made up, each with what it must say."""

from pathlib import Path
from typing import Any

import pytest

from tests.promises.product.replay import Change, Grant, Overshoot, changes_of, grants_of, judge, read

ALWAYS_TEN = [Change(10, 0, 0)]
RAISED = [Change(10, 0, 0), Change(20, 5, 6)]
LOWERED = [Change(20, 0, 0), Change(10, 5, 6)]


def grant(name: str, amount: int, asked: float, granted: float, **end: Any) -> Grant:
    return Grant(name, [""], amount, asked, granted, **end)


def guilty(grants: list[Grant], changes: list[Change]) -> list[str]:
    return [found.holder for found in judge(grants, changes).overshoots]


def test_one_too_many_is_found() -> None:
    grants = [grant("a", 6, 1, 2), grant("b", 6, 3, 4)]
    assert judge(grants, ALWAYS_TEN).overshoots == [Overshoot("b", 12, 10)]


def test_what_fits_to_the_last_credit_is_innocent() -> None:
    verdict = judge([grant("a", 6, 1, 2), grant("b", 4, 3, 4)], ALWAYS_TEN)
    assert (verdict.overshoots, verdict.judged, verdict.exact, verdict.closest) == ([], 2, 2, 0)


def test_one_that_alone_is_too_much_is_found() -> None:
    assert guilty([grant("a", 11, 1, 2)], ALWAYS_TEN) == ["a"]


def test_of_two_at_once_neither_is_sure_to_have_been_first() -> None:
    assert guilty([grant("a", 6, 1, 3), grant("b", 6, 2, 4)], ALWAYS_TEN) == []


def test_the_next_after_two_at_once_finds_both_counted() -> None:
    grants = [grant("a", 6, 1, 3), grant("b", 6, 2, 4), grant("c", 1, 5, 6)]
    assert guilty(grants, ALWAYS_TEN) == ["c"]


@pytest.mark.parametrize(
    ("ends", "remains", "found"),
    [
        (2.5, 0, []),  # given back before b asked
        (3.5, 0, []),  # while it asked: it may have been first
        (4.5, 0, ["b"]),  # after it was granted
        (2.5, 6, ["b"]),  # spent
        (2.5, 4, []),  # spent in part
        (2.5, 5, ["b"]),
    ],
)
def test_what_was_given_back_in_time_counts_no_more(ends: float, remains: int, found: list[str]) -> None:
    assert guilty([grant("a", 6, 1, 2, ends=ends, remains=remains), grant("b", 6, 3, 4)], ALWAYS_TEN) == found


def test_what_came_and_went_while_another_asked_is_in_no_sum() -> None:
    grants = [grant("a", 6, 1, 2), grant("b", 5, 2.5, 8), grant("c", 4, 3, 4, ends=5)]
    assert judge(grants, ALWAYS_TEN).overshoots == [Overshoot("b", 11, 10)]


@pytest.mark.parametrize(
    ("asked", "granted", "found"), [(2, 4, ["b"]), (2, 5.5, []), (5.2, 5.5, []), (7, 8, [])]
)
def test_a_raised_limit_counts_from_when_it_may_be_in_force(
    asked: float, granted: float, found: list[str]
) -> None:
    assert guilty([grant("a", 10, 0, 1), grant("b", 10, asked, granted)], RAISED) == found


@pytest.mark.parametrize(
    ("asked", "granted", "found"), [(2, 4, []), (2, 8, []), (5.5, 8, []), (6.1, 8, ["b"])]
)
def test_a_lowered_limit_counts_for_whoever_asks_once_it_is_set(
    asked: float, granted: float, found: list[str]
) -> None:
    assert guilty([grant("a", 10, 0, 1), grant("b", 10, asked, granted)], LOWERED) == found


def test_only_reservations_of_the_scope_count() -> None:
    both = Grant("b", ["", "destination:7"], 6, 3, 4)
    grants = [grant("a", 6, 1, 2), both]
    assert judge(grants, ALWAYS_TEN, "destination:7").overshoots == []
    assert judge(grants, ALWAYS_TEN, "destination:7").judged == 1


def test_logs_are_read_as_they_were_left(tmp_path: Path) -> None:
    """One was killed while it wrote; another between being granted and saying so."""
    (tmp_path / "w1.log").write_text(
        '{"event": "asks", "at": 1.0, "holder": "a", "credits": 6, "scopes": [""]}\n'
        '{"event": "granted", "at": 2.0, "holder": "a"}\n'
        '{"event": "settles", "at": 3.0, "holder": "a", "credits": 4}\n'
        '{"event": "sett'
    )
    (tmp_path / "w2.log").write_text(
        '{"event": "asks", "at": 1.5, "holder": "b", "credits": 6, "scopes": [""]}\n'
    )
    (tmp_path / "limits.log").write_text(
        '{"event": "limits", "at": 0.1, "scope": "", "credits": 10}\n'
        '{"event": "limited", "at": 0.2, "scope": "", "credits": 10}\n'
        '{"event": "limits", "at": 0.3, "scope": "destination:7", "credits": 5}\n'
    )
    lines = read(tmp_path)
    assert grants_of(lines) == [Grant("a", [""], 6, 1.0, 2.0, ends=3.0, remains=4)]
    assert changes_of(lines, "") == [Change(10, 0.1, 0.2)]
