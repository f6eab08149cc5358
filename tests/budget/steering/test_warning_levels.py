"""The levels at which pages warn."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from budget import credits
from budget.models import WarnLevel
from budget.steering.warning_levels import parsed, set_warn_levels, warn_levels

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_is_80_percent_until_a_person_sets_others(olga: User) -> None:
    assert warn_levels() == [80]
    set_warn_levels([95, 50, 95], olga)
    assert warn_levels() == [50, 95]
    assert {level.by for level in WarnLevel.objects.all()} == {olga}


def test_none_means_never(olga: User) -> None:
    credits.set_limit(Decimal(100), by=None)
    credits.reserve("a", Decimal(100))
    assert set_warn_levels([], olga)
    assert warn_levels() == []
    assert credits.today().warned_at is None


def test_the_highest_level_that_is_reached_is_told(olga: User) -> None:
    set_warn_levels([50, 80, 95], olga)
    credits.set_limit(Decimal(100), by=None)
    credits.reserve("a", Decimal(80))
    assert credits.today().warned_at == 80


def test_the_same_again_changes_nothing(olga: User) -> None:
    set_warn_levels([50], olga)
    assert not set_warn_levels([50], None)
    assert WarnLevel.objects.get().by == olga


@pytest.mark.parametrize(
    ("typed", "levels"),
    [("80, 95", [80, 95]), ("95 % 80%", [80, 95]), ("", []), (" 80;80 ", [80]), ("80,95", [80, 95])],
)
def test_what_people_type(typed: str, levels: list[int]) -> None:
    assert parsed(typed) == levels


@pytest.mark.parametrize("typed", ["0", "100", "80.5", "lots", "-5", "1,2,3,4,5,6"])
def test_what_makes_no_sense_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="arning level"):
        parsed(typed)
