"""Ninety days beside each other, and the limit that was in force on each."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from budget import credits
from budget.models import Entry, EntryState, LimitChange
from budget.terms import WORKSPACE
from clayops.pages.budget.days import Days, LimitHistory, days
from tests.pages.budget.budget_support import days_ago, reserved, spent

pytestmark = pytest.mark.django_db


def found(warn_at: int = 80) -> Days:
    return days(timezone.localdate(), [warn_at])


def a_change(at: datetime, old: int, new: int, *, only: date | None = None) -> None:
    LimitChange.objects.create(scope=WORKSPACE, old=old, new=new, at=at, day=only)


def test_there_are_ninety_days_and_today_is_the_last() -> None:
    each = found().each
    assert (len(each), each[-1].day) == (90, timezone.localdate())
    assert each[0].day == timezone.localdate() - timedelta(days=89)


def test_a_day_has_what_was_reserved_on_it() -> None:
    spent("0.10", at=days_ago(2))
    spent("0.20", at=days_ago(2), label="other.csv, batch 1")
    reserved(5)
    each = found().each
    assert (each[-3].spent, each[-3].reserved) == (Decimal("0.30"), Decimal(0))
    assert (each[-1].spent, each[-1].reserved) == (Decimal(0), Decimal(5))


def test_what_was_released_counts_nothing() -> None:
    credits.release(reserved(5))
    assert not found().used


def test_each_day_keeps_the_limit_that_was_in_force_on_it(settings: LazySettings) -> None:
    settings.DAILY_CREDIT_LIMIT = 1
    a_change(days_ago(10), old=500, new=800)
    a_change(days_ago(5), old=800, new=2_000, only=days_ago(5).date())
    a_change(days_ago(3), old=800, new=900)
    history, today = LimitHistory([WORKSPACE]), timezone.localdate()
    limits = [history.on(today - timedelta(days=back)) for back in (11, 10, 6, 5, 4, 3, 0)]
    assert limits == [500, 800, 800, 2_000, 800, 900, 900]


def test_without_any_change_it_is_the_one_of_the_environment() -> None:
    assert LimitHistory([WORKSPACE]).on(date(2026, 1, 1)) == 10_000
    assert LimitHistory(["destination:1"]).on(date(2026, 1, 1), "destination:1") is None


@pytest.mark.parametrize(
    ("amount", "mark"), [(799, ""), (800, "warned"), (999, "warned"), (1_000, "stopped")]
)
def test_a_day_says_whether_it_came_near_its_limit(amount: int, mark: str) -> None:
    a_change(days_ago(10), old=500, new=1_000)
    spent(amount)
    assert found().each[-1].mark == mark


def test_a_day_on_which_a_batch_was_refused_reached_its_limit(client: Client) -> None:
    spent(1)
    with pytest.raises(credits.Refused):
        reserved(10_000)
    assert found().each[-1].mark == "stopped"
    assert "1 day reached the limit" in client.get("/budget").content.decode()


def test_a_limit_that_was_raised_later_on_the_day_was_not_reached(client: Client) -> None:
    credits.set_limit(Decimal(1_000), None)
    spent(900)
    with pytest.raises(credits.Refused):
        reserved(200)
    assert found().each[-1].mark == "stopped"
    credits.set_limit(Decimal(20_000), None)
    day, shown = found().each[-1], client.get("/budget").content.decode()
    assert (day.mark, day.limit, found().stopped) == ("", Decimal(20_000), 0)
    assert " of 20,000 · stopped at 1,000 at " in day.title
    assert ", raised later</small>" in shown


def test_there_is_no_limit_before_its_first_change_or_the_first_use() -> None:
    spent(10, at=days_ago(3))
    assert [day.limit for day in found().each[-5:]] == [None, *[Decimal(10_000)] * 4]
    a_change(days_ago(4), old=500, new=10)
    before, first = found().each[-6:-4]
    assert (before.limit, before.limit_at, first.limit) == (None, "", Decimal(10))
    assert before.title.endswith(": 0 spent")


def test_a_limit_far_above_is_said_and_does_not_press_the_bars_flat() -> None:
    a_change(days_ago(10), old=500, new=1_000_000)
    spent(100)
    shown = found()
    assert (shown.top, shown.above, shown.each[-1].limit_at) == (100, Decimal(1_000_000), "")


def test_a_bar_leads_to_its_day(client: Client) -> None:
    spent(10, at=days_ago(3))
    address = f"/budget/day/{days_ago(3):%Y-%m-%d}"
    shown = client.get("/budget").content.decode()
    assert f'href="{address}" tabindex="-1"' in shown
    assert f'<td class="nowrap"><a href="{address}">' in shown
    assert client.get(address).status_code == 200


def test_many_lines_are_four_queries(django_assert_max_num_queries: Callable[[int], object]) -> None:
    now, today = timezone.now(), timezone.localdate()
    Entry.objects.bulk_create(
        Entry(
            holder=f"h{number}",
            day=today - timedelta(days=number % 90),
            scopes=[""],
            credits=1,
            spent=Decimal("0.1"),
            basis="estimated",
            state=EntryState.SETTLED,
            reserved_at=now,
            closed_at=now,
        )
        for number in range(9_000)
    )
    with django_assert_max_num_queries(4):  # type: ignore[attr-defined]
        shown = found()
    assert {str(day.spent) for day in shown.each} == {"10.00"}
