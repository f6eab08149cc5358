"""Alerts, and the buttons on them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from budget import credits
from budget.models import Breaker
from budget.steering import requests
from budget.steering.warning_levels import set_warn_levels
from jobs import status
from jobs.models import Destination, Hold, Job
from tests.support import a_destination


def test_a_hold_is_an_alert_on_every_page(client: Client, people: Destination, job: Job) -> None:
    people.put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    for address in ("/", "/settings", "/live/chrome"):
        page = client.get(address).content.decode()
        assert "Clay rejects the API key at People" in page
        assert f'formaction="/destinations/{people.pk}/check"' in page


def test_the_counts_of_the_navigation_are_live(client: Client, job: Job) -> None:
    part = client.get("/live/chrome").content.decode()
    assert '<span class="badge quiet" id="badge-jobs" hx-swap-oob="morph">1</span>' in part


def test_a_button_comes_back_to_the_page_it_was_on(client: Client, people: Destination) -> None:
    answer = client.post(f"/destinations/{people.pk}/check", {"next": "/jobs?state=done"})
    assert answer["Location"] == "/jobs?state=done"


@pytest.mark.parametrize("elsewhere", ["", "https://evil.test/", "//evil.test"])
def test_and_never_leads_elsewhere(client: Client, people: Destination, elsewhere: str) -> None:
    assert client.post(f"/destinations/{people.pk}/check", {"next": elsewhere})["Location"] == "/destinations"


# -- of the budget -----------------------------------------------------------------------------------
def texts(client: Client) -> list[str]:
    return [alert.text for alert in client.get("/settings").context["chrome"].alerts]


def actions(client: Client, kind: str) -> list[str]:
    """Labels of the buttons and links of the alerts of this kind."""
    found = client.get("/settings").context["chrome"].alerts
    return [action.label for alert in found if alert.kind == kind for action in alert.actions]


def refuse(scope: str = "", amount: int = 60) -> None:
    with pytest.raises(credits.Refused):
        credits.reserve("refused", Decimal(amount), [scope] if scope else [])


def test_who_may_grant_sees_who_asks_and_nobody_else(client: Client, boss_client: Client, ana: User) -> None:
    pk = requests.ask(Decimal(500), "leads.csv", ana).pk
    assert "ana asks for 500 more credits today" in texts(boss_client)
    assert f'formaction="/budget/asked/{pk}/grant"' in boss_client.get("/").content.decode()
    assert actions(boss_client, "limit_request") == ["Grant", "Decline"]
    assert "ana asks for 500 more credits today" not in texts(client)
    assert "ana asks for 500 more credits today" in [each["text"] for each in status.status()["alerts"]]


def test_many_who_ask_are_counted(boss_client: Client) -> None:
    for n in range(7):
        requests.ask(Decimal(5), "leads.csv", User.objects.create_user(f"u{n}"))
    assert "2 more requests for credits" in texts(boss_client)


def test_the_breaker_leads_to_a_higher_limit(client: Client, boss_client: Client) -> None:
    credits.set_limit(Decimal(100), None)
    credits.reserve("before", Decimal(50))
    refuse()
    assert "The credit breaker is open: sending has stopped" in texts(client)
    assert actions(client, "budget") == ["Check again", "Ask for more"]
    assert actions(boss_client, "budget") == ["Check again", "Change the limit"]


@pytest.mark.django_db(transaction=True)
def test_what_fits_into_no_day_is_another_alert_and_stops_nobody_else(client: Client) -> None:
    credits.set_limit(Decimal(50), None)
    refuse()
    assert "A batch fits into no day" in texts(client)
    credits.reserve("another", Decimal(50))
    with pytest.raises(credits.Refused):
        credits.reserve("a third", Decimal(10))
    assert "The credit breaker is open: sending has stopped" in texts(client)


def test_a_limit_of_zero_is_said_on_every_page(client: Client) -> None:
    credits.set_limit(Decimal(0), None)
    found = client.get("/settings").context["chrome"].alerts
    stop = next(alert for alert in found if alert.kind == "budget")
    assert (stop.level, stop.text) == ("bad", "The daily limit is 0: all sending has stopped")


def test_used_up_credits_stop_and_do_not_warn(client: Client) -> None:
    credits.reserve("before", Decimal(130))
    credits.set_limit(Decimal(50), None)
    found = client.get("/settings").context["chrome"].alerts
    stop = next(alert for alert in found if alert.kind == "budget")
    assert (stop.level, stop.text) == ("bad", "Today's credits are used up")
    assert stop.detail == "130 of 50 are spent or reserved. Nothing new is sent today."


def test_many_destinations_at_their_limits_are_summed_up(client: Client) -> None:
    for n in range(7):
        credits.set_limit(Decimal(50), None, scope=a_destination(f"People {n}").scope)
        refuse(Destination.objects.get(name=f"People {n}").scope)
    found = texts(client)
    assert sum("is reached" in text for text in found) == 5
    assert "2 more destinations have reached their limit" in found


def test_an_old_request_is_not_for_today(boss_client: Client, ana: User) -> None:
    asked = requests.ask(Decimal(500), "leads.csv", ana)
    asked.at -= timedelta(days=9)
    asked.save(update_fields=["at"])
    assert "ana asks for 500 more credits" in texts(boss_client)


def test_a_destination_s_own_limit_is_named(client: Client, boss_client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(60), None, scope=people.scope)
    credits.reserve("before", Decimal(50), [people.scope], credits.Purpose(people.pk))
    refuse(people.scope)
    assert "The daily limit of People is reached" in texts(client)
    link = f'href="/budget/limit?scope=destination%3A{people.pk}"'
    assert link in boss_client.get("/").content.decode()
    credits.set_limit(Decimal(70), None, scope=people.scope)
    assert "The daily limit of People is reached" not in texts(client)


def test_clay_without_credits_is_said_in_clay_s_words(client: Client) -> None:
    credits.open_breaker("Clay reports no credits left")
    assert "Clay reports no credits left" in texts(client)
    assert actions(client, "budget") == ["Check again"]


def test_the_warning_names_the_level_that_is_reached(client: Client) -> None:
    set_warn_levels([50, 80], None)
    credits.set_limit(Decimal(100), None)
    credits.reserve("a", Decimal(60))
    assert "50 % of today's credits are used" in texts(client)
    set_warn_levels([], None)
    assert not any("% of today's credits" in text for text in texts(client))


def test_a_limit_of_zero_warns_of_nothing(client: Client) -> None:
    credits.set_limit(Decimal(0), None)
    assert not any("% of today's credits" in text for text in texts(client))


def test_a_destination_s_limit_of_yesterday_is_no_alert(client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(50), None, scope=people.scope)
    refuse(people.scope)
    Breaker.objects.update(day=timezone.localdate() - timedelta(days=1))
    assert "The daily limit of People is reached" not in texts(client)


def test_nor_one_with_room_again(client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(50), None, scope=people.scope)
    credits.reserve("earlier", Decimal(30), [people.scope], credits.Purpose(destination=people.pk))
    refuse(people.scope, 40)
    assert "The daily limit of People is reached" in texts(client)
    credits.release("earlier")
    assert "The daily limit of People is reached" not in texts(client)
