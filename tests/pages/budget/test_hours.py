"""A day hour by hour: real hours of the product's time zone, also where clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.test import Client

from budget import day_lines
from clayops.pages.budget.hours import Hours, hours
from tests.pages.budget.budget_support import midday, reserved, spent

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


def of(day: date) -> Hours:
    return hours(day, day_lines.of_day(day), datetime(2026, 12, 1, tzinfo=UTC))


def used(day: date) -> dict[str, int]:
    """Credits by the name of the hour."""
    return {hour.name: int(hour.total.used) for hour in of(day).used}


@pytest.mark.parametrize(("day", "count"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-24", 24)])
def test_a_day_has_as_many_hours_as_it_really_has(settings: LazySettings, day: str, count: int) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    assert len(of(date.fromisoformat(day)).each) == count


def test_the_hour_that_the_clock_leaves_out_is_not_there(settings: LazySettings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    spent(5, at=datetime(2026, 3, 29, 1, 59, tzinfo=BERLIN))
    spent(7, at=datetime(2026, 3, 29, 3, 0, tzinfo=BERLIN))
    spent(9, at=datetime(2026, 3, 29, 23, 59, tzinfo=BERLIN))
    assert used(date(2026, 3, 29)) == {"01:00": 5, "03:00": 7, "23:00": 9}


def test_the_hour_that_comes_twice_is_told_apart(settings: LazySettings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    spent(5, at=first)
    spent(7, at=first.replace(fold=1))
    assert used(date(2026, 10, 25)) == {"02:00 CEST": 5, "02:00 CET": 7}


def test_hours_begin_at_local_midnight_in_a_zone_of_half_hours(settings: LazySettings) -> None:
    settings.TIME_ZONE = "Asia/Kolkata"
    spent(5, at=datetime(2026, 11, 23, 18, 30, tzinfo=UTC))  # midnight in Kolkata
    spent(7, at=datetime(2026, 11, 24, 18, 29, tzinfo=UTC))
    assert used(date(2026, 11, 24)) == {"00:00": 5, "23:00": 7}


def test_a_day_with_half_an_hour_more_has_a_short_last_hour(settings: LazySettings) -> None:
    settings.TIME_ZONE = "Australia/Lord_Howe"
    found = of(date(2026, 4, 5)).each
    assert (len(found), found[-1].name, found[-1].until) == (25, "23:30", "00:00")


def test_the_hours_add_up_to_the_day(client: Client) -> None:
    for minutes in range(0, 600, 25):
        spent(10, at=midday() - timedelta(minutes=minutes))
    reserved(30)
    context = client.get("/budget").context
    assert sum(hour.total.used for hour in context["hours"].each) == 270 == context["spend"].total.used


def test_a_bar_leads_to_the_ledger_of_its_hour(client: Client) -> None:
    spent(10, at=midday() - timedelta(minutes=1))
    shown = client.get("/budget").content.decode()
    address = f"/budget/ledger?day={midday():%Y-%m-%d}&amp;hour=11"
    assert f'href="{address}" tabindex="-1"' in shown
    assert f'<td><a href="{address}">11:00 to 12:00</a>' in shown
    assert "11:00 to 12:00" in client.get(address.replace("&amp;", "&")).content.decode()
