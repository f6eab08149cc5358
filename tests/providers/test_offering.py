"""Whom a name means that somebody types or picks, and what is offered."""

from decimal import Decimal

import pytest

from providers import offering, steering
from providers.models import Provider, ProviderEvent
from tests.providers.conftest import feed, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def renamed(db: None) -> Provider:
    """Known as hunter, shown as Hunter.io."""
    feed("s")
    steering.change(row(), "Hunter.io", None)
    return row()


@pytest.mark.parametrize(
    ("typed", "means"),
    [("Hunter.io", "hunter"), ("HUNTER.IO ", "hunter"), ("Hunter", "Hunter"), ("Wiza", "Wiza")],
)
def test_one_that_is_shown_so_is_meant(renamed: Provider, typed: str, means: str) -> None:
    assert offering.meant(typed) == means


def test_a_name_goes_before_a_label(renamed: Provider) -> None:
    Provider.objects.create(name="hunter.io", label="Hunter.io")
    assert offering.meant("Hunter.io") == "Hunter.io"


def test_two_that_are_shown_alike_are_not_guessed_between(renamed: Provider) -> None:
    Provider.objects.create(name="other", label="Hunter.io")
    assert offering.meant("hunter.io") == "hunter.io"


def test_all_are_offered_as_they_are_shown(renamed: Provider) -> None:
    offered = offering.offered(["Wiza"])
    assert ("Hunter.io" in offered, "Hunter" in offered, "Wiza" in offered) == (True, False, False)


@pytest.mark.parametrize("label", ["Hunter.io", "HUNTER"])
def test_no_two_are_shown_by_one_name(renamed: Provider, label: str) -> None:
    feed("s", "wiza")
    with pytest.raises(steering.Taken, match=r"Hunter.io is known or shown by that name already"):
        steering.change(row("wiza"), label, Decimal(2))
    assert (str(row("wiza")), row("wiza").credits) == ("Wiza", None)


def test_a_price_is_changed_though_the_name_is_shared_already(renamed: Provider) -> None:
    """Results brought one that is called as another is shown: nobody did that on purpose."""
    feed("s", "hunter.io")
    steering.change(renamed, "Hunter.io", Decimal(2))
    assert row().credits == 2


def test_changes_are_on_record(renamed: Provider) -> None:
    steering.change(renamed, "Hunter.io", Decimal("1.50"))
    steering.change(row(), "Hunter.io", Decimal("1.50"))
    found = ProviderEvent.objects.filter(kind="changed").order_by("pk").values_list("reason", flat=True)
    assert list(found) == ["Shown as “Hunter” → “Hunter.io”", "Credits a hit not known → 1.5"]


def test_a_change_of_what_somebody_else_changed_is_refused(renamed: Provider) -> None:
    seen = steering.mark_of(renamed)
    steering.change(renamed, "Hunter.io", Decimal(3))
    with pytest.raises(steering.Changed):
        steering.change(renamed, "Hunter", None, seen=seen)
    assert (str(row()), row().credits) == ("Hunter.io", Decimal(3))
    steering.change(renamed, "Hunter.io", Decimal(3), seen=seen)
