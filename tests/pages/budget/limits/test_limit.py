"""Changing a limit."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from budget import credits
from budget.models import LimitChange
from jobs.models import Destination
from jobs.sending import wake

LIMIT = "/budget/limit"


def said(client: Client, address: str = "/budget") -> str:
    """The messages on the next page."""
    return " ".join(str(message) for message in client.get(address).context["messages"])


def test_bea_changes_the_limit_and_it_is_on_record(boss_client: Client, boss: User) -> None:
    answer = boss_client.post(LIMIT, {"credits": "12,500", "note": "Campaign"})
    assert answer["Location"] == "/budget"
    change = LimitChange.objects.get()
    assert (change.by, change.note, change.day) == (boss, "Campaign", None)
    assert str(change) == "10000.00 → 12500.00"
    assert said(boss_client) == "The limit is 12,500 credits a day from now on."


def test_lanes_that_wait_are_woken(boss_client: Client, django_capture_on_commit_callbacks: object) -> None:
    before = wake.times_woken()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        boss_client.post(LIMIT, {"credits": "12500"})
    assert wake.times_woken() != before


def test_today_only_ends_at_midnight(boss_client: Client) -> None:
    boss_client.post(LIMIT, {"credits": "20000", "until": "today"})
    limit = credits.limit_of()
    assert (limit.amount, limit.for_today, limit.standing) == (Decimal(20_000), True, Decimal(10_000))
    page = boss_client.get(LIMIT).content.decode()
    assert "credits until midnight, then 10,000" in page
    assert "Back to 10,000 now" in page


def test_back_to_the_standing_one(boss_client: Client) -> None:
    boss_client.post(LIMIT, {"credits": "20000", "until": "today"})
    assert boss_client.post(LIMIT, {"back": ""})["Location"] == "/budget"
    assert credits.limit_of().amount == 10_000
    assert not credits.limit_of().for_today
    boss_client.post(LIMIT, {"back": ""})
    assert LimitChange.objects.count() == 2
    assert "no limit for today only any more" in said(boss_client)


def test_the_same_form_twice_is_one_change(boss_client: Client) -> None:
    for _ in range(2):
        boss_client.post(LIMIT, {"credits": "5,000"})
    assert LimitChange.objects.count() == 1
    assert "The limit is 5,000 already. Nothing was changed." in said(boss_client)


@pytest.mark.parametrize("wrong", ["", "-1", "many", "1.234", "9" * 20, "NaN", "12.500", "12,5"])
def test_a_wrong_number_is_said_at_the_field_and_kept(boss_client: Client, wrong: str) -> None:
    answer = boss_client.post(LIMIT, {"credits": wrong, "note": "Campaign"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="limit-credits_error"' in page
    assert f'value="{wrong}"' in page or not wrong
    assert 'value="Campaign"' in page
    assert not LimitChange.objects.exists()


def test_zero_needs_a_tick(boss_client: Client) -> None:
    answer = boss_client.post(LIMIT, {"credits": "0"})
    assert answer.status_code == 422
    assert "Yes, stop all sending" in answer.content.decode()
    assert not LimitChange.objects.exists()
    boss_client.post(LIMIT, {"credits": "0", "confirm": "on"})
    assert credits.limit_of().amount == 0


def test_ana_may_look_but_not_touch(client: Client) -> None:
    page = client.get(LIMIT).content.decode()
    assert '<fieldset class="stack" disabled>' in page
    assert "Your account may not change limits" in page
    assert "Ask for more" in page
    for form in ({"credits": "5"}, {"credits": "5", "see": "1"}, {"remove": "destination:1"}, {"back": ""}):
        assert client.post(LIMIT, form).status_code == 403
    assert not LimitChange.objects.exists()


def test_a_stranger_is_sent_to_sign_in(stranger: Client) -> None:
    for path in (LIMIT, f"{LIMIT}/preview", "/budget/limits", "/budget/warn", "/budget/ask"):
        assert stranger.get(path)["Location"].startswith("/signin?next=")
        assert stranger.post(path)["Location"].startswith("/signin?next=")


def test_no_other_method(boss_client: Client) -> None:
    assert boss_client.put(LIMIT).status_code == 405
    assert boss_client.post(f"{LIMIT}/preview").status_code == 405
    assert boss_client.post("/budget/limits").status_code == 405


# -- of a destination --------------------------------------------------------------------------------
def test_a_destination_gets_one_of_its_own(boss_client: Client, people: Destination) -> None:
    form = {"credits": "500", "scope": people.scope}
    assert boss_client.post(LIMIT, form)["Location"] == f"{LIMIT}?scope={people.scope}"
    assert people.daily_limit == 500
    assert credits.limit_of().amount == 10_000
    assert "The limit of People is 500" in said(boss_client, f"{LIMIT}?scope={people.scope}")


def test_and_loses_it(boss_client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(500), None, scope=people.scope)
    for _ in range(2):
        answer = boss_client.post(LIMIT, {"remove": people.scope, "next": LIMIT})
    assert answer["Location"] == LIMIT
    assert people.daily_limit is None
    assert LimitChange.objects.count() == 2


def test_the_workspace_keeps_its_limit(boss_client: Client) -> None:
    boss_client.post(LIMIT, {"remove": ""})
    assert not LimitChange.objects.exists()
    assert "always has a limit" in said(boss_client)


@pytest.mark.parametrize(
    "scope", ["destination:4711", "destination:x", "destination:", "nobody", "destination:-1"]
)
def test_what_there_is_not_is_a_404(boss_client: Client, scope: str) -> None:
    assert boss_client.get(LIMIT, {"scope": scope}).status_code == 404
    assert boss_client.post(LIMIT, {"scope": scope, "credits": "5"}).status_code == 404


def test_the_table_tells_what_each_used(boss_client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(500), None, scope=people.scope)
    purpose = credits.Purpose(destination=people.pk)
    credits.reserve("a", Decimal(30), [people.scope], purpose)
    credits.settle("a", Decimal(12))
    credits.reserve("b", Decimal(40), [people.scope], purpose)
    use = boss_client.get(LIMIT).context["panel"].uses[0]
    assert (use.destination, use.spent, use.reserved, use.own.amount, use.limit) == (people, 12, 40, 500, 500)


def test_no_page_of_them_needs_what_the_csp_forbids(boss_client: Client, people: Destination) -> None:
    for path in (f"{LIMIT}?credits=0", f"{LIMIT}?scope={people.scope}", "/budget/limits", "/budget/ask"):
        page = boss_client.get(path).content.decode()
        assert " style=" not in page
        assert " onclick" not in page
