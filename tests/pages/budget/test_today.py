"""The budget page: today in numbers and words, live, with nothing and with much in it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from budget import credits
from budget.models import Basis, Breaker, Recount
from budget.reconciling import reconcile
from budget.steering.warning_levels import set_warn_levels
from jobs.models import Destination, Job
from tests.pages.budget.budget_support import reserved, spent
from tests.support import a_destination, csv_of, running


def page(client: Client, path: str = "/budget") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_it_opens_with_what_will_be_there_when_nothing_was_ever_spent(client: Client) -> None:
    shown = page(client)
    assert "No credits have been spent yet" in shown
    assert "stops at 10,000" in shown
    assert "Day by day" not in shown


def test_it_shows_what_is_spent_reserved_and_left(client: Client) -> None:
    spent(300)
    reserved(200)
    day = client.get("/budget").context["day"]
    assert (day.spent, day.reserved, day.left) == (300, 200, 9_500)


def test_everybody_may_look(client: Client, ana: User) -> None:
    assert not ana.has_perm("budget.change_limit")
    assert "Today" in page(client)


@pytest.mark.parametrize("path", ["/budget", "/budget/live", "/budget/day/2026-11-24"])
def test_a_stranger_is_sent_to_sign_in(stranger: Client, path: str) -> None:
    assert stranger.get(path)["Location"].startswith("/signin?next=")


@pytest.mark.parametrize("path", ["/budget/live", "/budget/day/2026-11-24"])
def test_looking_is_all_that_can_be_done(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def test_the_live_part_has_the_numbers_and_no_form(client: Client) -> None:
    spent(300)
    shown = page(client, "/budget/live")
    assert "By destination" in shown
    assert "<form" not in shown
    assert "<html" not in shown


def test_a_warning_level_is_told_apart_from_the_limit(client: Client) -> None:
    set_warn_levels([50, 90], None)
    spent(6_000)
    shown = page(client)
    assert "past 50 %: only warns" in shown
    assert "stops at 10,000" in shown
    assert "warns at 50, 90 %" in shown


def test_a_single_level_is_named_at_its_mark(client: Client) -> None:
    assert ">warns at 80 %</text>" in page(client)


def test_without_levels_nothing_warns(client: Client) -> None:
    set_warn_levels([], None)
    spent(9_900)
    shown = page(client)
    assert "past " not in shown
    assert "warns at" not in shown


def test_a_limit_for_today_only_says_until_when(client: Client, ana: User) -> None:
    credits.set_limit(Decimal(20_000), ana, today_only=True)
    shown = page(client)
    assert "20,000 today</strong> (until midnight), 10,000 after that" in shown
    assert "stops at 20,000" in shown


def test_an_open_breaker_says_why_and_offers_to_check_again_once(client: Client) -> None:
    credits.open_breaker("Clay reports no credits left")
    shown = page(client)
    assert shown.count("Clay reports no credits left") == 1
    assert shown.count("Check again</button>") == 1
    assert "stopped since <time" in shown
    assert "Nothing is being sent" not in shown


def test_a_destination_that_reached_its_own_limit_is_named(client: Client) -> None:
    people = a_destination(daily_limit=100)
    with pytest.raises(credits.Refused):
        reserved(150, destination=people.pk)
    shown = page(client)
    assert '<p class="note bad">' in shown
    assert "People has stopped." in shown
    assert f"destination={people.pk}" in shown
    assert f'href="/budget/limit?scope=destination:{people.pk}">its limit' in shown


def test_its_stop_is_gone_when_its_limit_was_raised(client: Client, ana: User) -> None:
    people = a_destination(daily_limit=100)
    with pytest.raises(credits.Refused):
        reserved(150, destination=people.pk)
    credits.set_limit(Decimal(500), ana, scope=people.scope)
    assert "People has stopped." not in page(client)


def test_a_stop_of_yesterday_is_no_stop_any_more(client: Client) -> None:
    people = a_destination(daily_limit=100)
    with pytest.raises(credits.Refused):
        reserved(150, destination=people.pk)
    Breaker.objects.update(day=timezone.localdate() - timedelta(days=1))
    assert "People has stopped." not in page(client)


def test_it_says_when_redis_was_compared_and_what_differed(client: Client) -> None:
    reconcile()
    Recount.objects.create(day=timezone.localdate(), why="the sum of what is spent is wrong")
    shown = page(client)
    assert "Last comparison of Redis with the ledger: <time" in shown
    assert "the sum of what is spent is wrong" in shown


def test_an_old_difference_is_no_news(client: Client) -> None:
    old = timezone.now() - timedelta(days=8)
    Recount.objects.create(day=old.date(), why="the sum of what is spent is wrong", at=old)
    assert "Redis differed" not in page(client)


def test_it_opens_while_redis_is_away(client: Client, settings: LazySettings) -> None:
    spent(300)
    here, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:1"
    shown = page(client)
    settings.REDIS_URL = here
    assert "Redis is away" in shown
    assert "<b>300</b>" in shown


def test_the_number_of_queries_does_not_grow_with_what_was_spent(
    client: Client, people: Destination, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for number in range(30):
        spent(10, Basis.REPORTED, destination=number, job=number, label=f"file {number}.csv, batch 1")
    with django_assert_max_num_queries(60):  # type: ignore[attr-defined]
        client.get("/budget")
    with django_assert_max_num_queries(30):  # type: ignore[attr-defined]
        client.get("/budget/live")


def test_what_a_job_waits_to_send_is_in_the_words(client: Client, people: Destination) -> None:
    running(people, csv_of(120))
    shown = page(client)
    assert "120 rows wait: at most 240 more" in shown
    assert "no credits were reserved in the last 60 minutes" in shown


def test_a_name_from_a_file_is_never_markup(client: Client) -> None:
    spent(10, label="<img src=x>.csv, batch 1")
    assert "<img" not in page(client)


def test_checking_again_closes_the_breaker(client: Client, job: Job) -> None:
    credits.open_breaker("Clay reports no credits left")
    assert client.post("/budget/check", {"next": "/"})["Location"] == "/"
    assert credits.today().breaker == "closed"
    assert client.get("/budget/check").status_code == 405
