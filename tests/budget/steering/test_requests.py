"""Asking for more: both sides are on record, and one answer holds."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from budget import credits
from budget.models import LimitChange, LimitRequest
from budget.steering import requests
from budget.terms import HIGHEST_LIMIT
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bea() -> User:
    return User.objects.create_user("bea")


def a_request(by: User, amount: int = 500, why: str = "leads.csv", scope: str = "") -> LimitRequest:
    return requests.ask(Decimal(amount), why, by, scope)


def test_granting_raises_the_limit_until_midnight(olga: User, bea: User) -> None:
    request = a_request(olga)
    assert requests.grant(request, bea, "Only today")
    limit = credits.limit_of()
    assert (limit.amount, limit.for_today, limit.standing) == (Decimal(10_500), True, Decimal(10_000))
    assert (request.state, request.decided_by, request.answer) == ("granted", bea, "Only today")


def test_both_are_on_record(olga: User, bea: User) -> None:
    request = a_request(olga)
    requests.grant(request, bea)
    change = LimitChange.objects.get()
    assert LimitRequest.objects.get().change == change
    assert (change.by, change.note) == (bea, "Asked for by olga: leads.csv")


def test_granted_twice_counts_once(olga: User, bea: User) -> None:
    request = a_request(olga)
    requests.grant(request, bea)
    assert not requests.grant(request, olga)
    assert not requests.decline(request, bea)
    assert credits.limit_of().amount == 10_500


def test_two_people_who_grant_at_once_grant_once(olga: User, bea: User) -> None:
    pk = a_request(olga).pk
    at_once(*[lambda: requests.grant(LimitRequest.objects.get(pk=pk), bea)] * 4)
    assert credits.limit_of().amount == 10_500
    assert LimitChange.objects.count() == 1


def test_two_requests_granted_at_once_add_up(olga: User, bea: User) -> None:
    first, second = a_request(olga), a_request(olga, 70)
    at_once(lambda: requests.grant(first, bea), lambda: requests.grant(second, bea))
    assert credits.limit_of().amount == 10_570


def test_the_same_limit_set_twice_at_once_is_one_change(bea: User) -> None:
    at_once(*[lambda: credits.set_limit(Decimal(700), bea)] * 4)
    assert LimitChange.objects.count() == 1


def test_declined_and_withdrawn_change_nothing(olga: User, bea: User) -> None:
    first, second = a_request(olga), a_request(olga, 70)
    assert requests.decline(first, bea)
    assert requests.withdraw(second, olga)
    assert not requests.grant(second, bea)
    assert credits.limit_of().amount == 10_000


def test_three_may_wait_and_no_fourth(olga: User, bea: User) -> None:
    for amount in (1, 2, 3):
        last = a_request(olga, amount)
    with pytest.raises(ValueError, match="3 requests of yours wait already"):
        a_request(olga, 4)
    a_request(bea, 4)
    requests.withdraw(last, olga)
    a_request(olga, 4)


def test_the_very_same_is_asked_once(olga: User, bea: User) -> None:
    request = a_request(olga)
    with pytest.raises(ValueError, match="exactly this already"):
        a_request(olga)
    requests.decline(request, bea)
    a_request(olga)


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity", "1.234", "1e9"])
def test_a_wrong_amount_is_refused(olga: User, amount: str) -> None:
    with pytest.raises(ValueError, match=r"credits|decimals"):
        requests.ask(Decimal(amount), "leads.csv", olga)
    assert not LimitRequest.objects.exists()


def test_a_reason_is_needed(olga: User) -> None:
    with pytest.raises(ValueError, match="what the credits are for"):
        a_request(olga, why="  ")


def test_without_a_limit_there_is_nothing_to_ask_for(olga: User) -> None:
    with pytest.raises(ValueError, match="no limit here"):
        a_request(olga, scope="destination:7")


def test_what_would_be_absurd_by_now_stays_open(olga: User, bea: User) -> None:
    request = a_request(olga)
    credits.set_limit(HIGHEST_LIMIT, bea)
    with pytest.raises(ValueError, match="at most"):
        requests.grant(request, bea)
    request.refresh_from_db()
    assert request.state == "open"


def test_a_destination_s_limit_is_raised_for_today(olga: User, bea: User, seven: str) -> None:
    requests.grant(a_request(olga, 25, scope=seven), bea)
    assert credits.limit_of(seven).amount == 75
    assert credits.limit_of().amount == 10_000
