"""The page of a day: its number, down to single batches, and what happened on it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from budget import credits
from budget.models import Basis, Entry
from tests.pages.budget.budget_support import days_ago, midday, reserved, spent
from tests.support import a_destination


def page(client: Client, day: object) -> str:
    answer = client.get(f"/budget/day/{day:%Y-%m-%d}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_day_that_is_over_has_its_own_numbers(client: Client) -> None:
    spent(30, at=days_ago(3))
    spent(50)
    found = client.get(f"/budget/day/{days_ago(3):%Y-%m-%d}").context["spend"].total
    assert (found.spent, found.lines, found.rows) == (30, 1, 50)


def test_it_leads_to_its_lines_in_the_ledger(client: Client) -> None:
    spent(30, at=days_ago(3))
    assert f'"/budget/ledger?day={days_ago(3):%Y-%m-%d}">1 line of the ledger' in page(client, days_ago(3))


def test_a_day_without_anything_says_so(client: Client) -> None:
    assert "No credits were reserved on this day." in page(client, days_ago(3))


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "0001-01-01", "9999-12-31", "1999-12-31"])
def test_a_day_that_is_none_is_not_there(client: Client, day: str) -> None:
    assert client.get(f"/budget/day/{day}").status_code == 404


def test_tomorrow_is_not_there_and_today_leads_no_further(client: Client) -> None:
    assert client.get(f"/budget/day/{midday() + timedelta(days=1):%Y-%m-%d}").status_code == 404
    shown = page(client, midday())
    assert 'rel="prev"' in shown
    assert 'rel="next"' not in shown
    assert 'rel="next"' in page(client, days_ago(1))


def test_today_is_the_day_of_the_product_s_time_zone(client: Client, settings: LazySettings) -> None:
    settings.TIME_ZONE = "Pacific/Kiritimati"  # 14 hours ahead
    ahead = timezone.localtime().date()
    assert client.get(f"/budget/day/{ahead}").status_code == 200
    assert client.get(f"/budget/day/{ahead + timedelta(days=1)}").status_code == 404


def test_the_limit_is_the_one_that_was_in_force(client: Client, ana: User) -> None:
    credits.set_limit(Decimal(4_000), ana)
    assert "limit 10,000" in page(client, days_ago(1))
    assert "stops at 4,000" in page(client, midday())


def test_it_tells_who_changed_which_limit_that_day(client: Client, ana: User) -> None:
    people = a_destination("People of the North")
    credits.set_limit(Decimal(4_000), ana, "Campaign", today_only=True)
    credits.set_limit(Decimal(90), ana, scope=people.scope)
    shown = page(client, midday())
    assert "for this day only" in shown
    assert "Campaign" in shown
    assert "People of the North" in shown
    assert "Campaign" not in page(client, days_ago(1))


def test_it_tells_when_sending_stopped_and_went_on(client: Client, ana: User) -> None:
    with pytest.raises(credits.Refused):
        reserved(10_001)
    credits.close_breaker(by=ana, note="We bought more")
    shown = page(client, midday())
    assert "batch needs 10,001" in shown
    assert "We bought more · ana" in shown


def test_what_was_given_back_is_named_and_counts_nothing(client: Client) -> None:
    credits.release(reserved(80))
    shown = page(client, midday())
    assert "1 batch was given back" in shown
    assert "80 credits that count nothing" in shown
    assert "state=released" in shown


def test_what_was_corrected_afterwards_leads_to_its_line(client: Client, ana: User) -> None:
    entry = Entry.objects.get(holder=spent(80, Basis.UNKNOWN, at=days_ago(2)))
    credits.decide(entry, Decimal(20), ana, "Clay’s invoice says so")
    shown = page(client, days_ago(2))
    assert f'href="/budget/ledger/{entry.pk}">leads.csv, batch 1' in shown
    assert "Clay’s invoice says so" in shown
    assert "20 decided by a person" in shown


def test_an_earlier_day_names_what_is_still_open(client: Client) -> None:
    holder = spent(10, at=days_ago(1))
    Entry.objects.filter(holder=holder).update(state="reserved", spent=None, basis="")
    shown = page(client, days_ago(1))
    Entry.objects.filter(holder=holder).update(state="settled", spent=10, basis="estimated")
    assert "1 batch is still open" in shown
    assert "still reserved" in shown
