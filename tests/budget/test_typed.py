"""Credits as people type them."""

from decimal import Decimal

import pytest

from budget.limits import parsed


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("12500", "12500"),
        ("12,500", "12500"),
        ("12 500", "12500"),
        ("12\u00a0500", "12500"),
        ("12\u202f500", "12500"),
        ("12'500", "12500"),
        ("1,250,000", "1250000"),
        ("12,500.50", "12500.5"),
        (" 0 ", "0"),
        ("0.25", "0.25"),
        ("5.", "5"),
    ],
)
def test_groups_are_understood(typed: str, meant: str) -> None:
    assert parsed(typed) == Decimal(meant)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("12.500", "12.500 can be read in two ways. Write 12500, or 12.50"),
        ("12.500,50", "Write 12500.50 instead of 12.500,50"),
        ("12,5", "Write 12.5 instead of 12,5"),
        ("1.250.000", "more than one way"),
        ("0,500", "more than one way"),
        ("12,50,000", "more than one way"),
        ("12,500 000", "more than one way"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        parsed(typed)
    assert why in str(error.value)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "is missing"),
        (" ", "is missing"),
        ("-5", "zero or more"),
        ("\u22125", "zero or more"),
        ("lots", "number of credits"),
        ("1e5", "number of credits"),
        ("nan", "number of credits"),
        ("\u0661\u0662", "number of credits"),
        ("1.2345", "two decimals"),
        ("12500.123", "two decimals"),
        ("9" * 20, "at most 100,000,000"),
        ("9" * 5000, "at most 100,000,000"),
    ],
)
def test_what_is_no_limit_is_refused_with_the_reason(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parsed(typed)
