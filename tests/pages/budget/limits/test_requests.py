"""Asking for more, and the answers."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from budget import credits
from budget.models import LimitRequest
from budget.steering import requests
from budget.terms import HIGHEST_LIMIT
from jobs.models import Destination
from jobs.sending import wake

ASK = "/budget/ask"


@pytest.fixture
def asked(ana: User) -> LimitRequest:
    return requests.ask(Decimal(500), "leads.csv", ana)


def said(client: Client) -> str:
    return " ".join(str(message) for message in client.get("/settings").context["messages"])


def test_ana_asks_and_sees_that_it_waits(client: Client, ana: User) -> None:
    assert client.post(ASK, {"credits": "1,500", "why": "leads.csv"})["Location"] == ASK
    request = LimitRequest.objects.get()
    assert (request.by, request.credits, request.why, request.state) == (
        ana,
        Decimal(1500),
        "leads.csv",
        "open",
    )
    page = client.get(ASK).content.decode()
    assert "waiting" in page
    assert "Withdraw" in page


def test_what_a_link_says_is_filled_in(client: Client) -> None:
    page = client.get(ASK, {"credits": "500", "why": "leads.csv", "scope": ""}).content.decode()
    assert 'value="500"' in page
    assert 'value="leads.csv"' in page
    assert not LimitRequest.objects.exists()


@pytest.mark.parametrize(
    ("credits_", "why", "field"),
    [("", "x", "credits"), ("0", "x", "credits"), ("12.500", "x", "credits"), ("5", " ", "why")],
)
def test_what_is_wrong_is_said_at_the_field_and_kept(
    client: Client, credits_: str, why: str, field: str
) -> None:
    answer = client.post(ASK, {"credits": credits_, "why": why})
    assert answer.status_code == 422
    assert f'id="ask-{field}_error"' in answer.content.decode()
    assert not LimitRequest.objects.exists()


def test_the_same_form_twice_asks_once(client: Client, asked: LimitRequest) -> None:
    answer = client.post(ASK, {"credits": "500", "why": "leads.csv"})
    assert answer.status_code == 422
    assert "You have asked for exactly this already" in answer.content.decode()
    assert LimitRequest.objects.count() == 1


def test_a_destination_s_limit(client: Client, people: Destination) -> None:
    assert client.post(ASK, {"credits": "5", "why": "x", "scope": people.scope}).status_code == 422
    credits.set_limit(Decimal(50), None, scope=people.scope)
    client.post(ASK, {"credits": "5", "why": "x", "scope": people.scope})
    assert LimitRequest.objects.get().scope == people.scope


def test_bea_grants_by_one_click(
    boss_client: Client, boss: User, asked: LimitRequest, django_capture_on_commit_callbacks: object
) -> None:
    before = wake.times_woken()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        answer = boss_client.post(f"/budget/asked/{asked.pk}/grant", {"next": "/jobs"})
    assert answer["Location"] == "/jobs"
    assert said(boss_client) == "Granted. The limit is 10,500 credits until midnight."
    assert wake.times_woken() != before


def test_ana_sees_who_granted_it(client: Client, boss: User, asked: LimitRequest) -> None:
    requests.grant(asked, boss)
    page = client.get("/budget/limit").content.decode()
    assert "granted by bea" in page
    assert "10,000 → 10,500" in page


def test_bea_declines(boss_client: Client, asked: LimitRequest) -> None:
    boss_client.post(f"/budget/asked/{asked.pk}/decline")
    assert LimitRequest.objects.get().state == "declined"
    assert credits.limit_of().amount == 10_000


def test_ana_withdraws(client: Client, asked: LimitRequest) -> None:
    assert client.post(f"/budget/asked/{asked.pk}/withdraw")["Location"] == ASK
    assert LimitRequest.objects.get().state == "withdrawn"


def test_nobody_withdraws_what_another_asked(boss_client: Client, asked: LimitRequest) -> None:
    assert boss_client.post(f"/budget/asked/{asked.pk}/withdraw").status_code == 403


@pytest.mark.parametrize("verb", ["grant", "decline"])
def test_ana_may_not_answer(client: Client, asked: LimitRequest, verb: str) -> None:
    assert client.post(f"/budget/asked/{asked.pk}/{verb}").status_code == 403
    assert LimitRequest.objects.get().state == "open"


@pytest.mark.parametrize("verb", ["grant", "decline"])
def test_answered_twice_the_first_holds(boss_client: Client, asked: LimitRequest, verb: str) -> None:
    boss_client.post(f"/budget/asked/{asked.pk}/grant")
    said(boss_client)
    boss_client.post(f"/budget/asked/{asked.pk}/{verb}")
    assert credits.limit_of().amount == 10_500
    assert said(boss_client) == "It was granted already by bea. Nothing was changed."


def test_what_would_be_absurd_is_not_granted(boss_client: Client, asked: LimitRequest) -> None:
    credits.set_limit(HIGHEST_LIMIT, None)
    boss_client.post(f"/budget/asked/{asked.pk}/grant")
    assert "Not granted: The limit must be at most 100,000,000" in said(boss_client)


@pytest.mark.parametrize("verb", ["grant", "decline", "withdraw"])
def test_only_post_and_only_what_there_is(boss_client: Client, asked: LimitRequest, verb: str) -> None:
    assert boss_client.put(f"/budget/asked/{asked.pk}/{verb}").status_code == 405
    assert boss_client.post(f"/budget/asked/4711/{verb}").status_code == 404


@pytest.mark.parametrize("verb", ["grant", "decline", "withdraw"])
def test_looking_at_its_address_leads_to_the_buttons(client: Client, asked: LimitRequest, verb: str) -> None:
    assert client.get(f"/budget/asked/{asked.pk}/{verb}")["Location"] == ASK
    assert LimitRequest.objects.get().state == "open"


def test_asking_leads_back_to_where_it_began(client: Client, db: None) -> None:
    page = client.get(ASK, {"next": "/jobs/7"}).content.decode()
    assert '<input type="hidden" name="next" value="/jobs/7">' in page
    assert '<a href="/jobs/7">Back to where you were</a>' in page
    form = {"credits": "5", "why": "x", "next": "/jobs/7"}
    assert 'value="/jobs/7"' in client.post(ASK, form | {"why": ""}).content.decode()
    assert client.post(ASK, form)["Location"] == "/jobs/7"


def test_asking_leads_to_no_other_site(client: Client, db: None) -> None:
    page = client.get(ASK, {"next": "https://evil.test/"}).content.decode()
    assert "https://evil" not in page
    form = {"credits": "5", "why": "x", "next": "https://evil.test/"}
    assert client.post(ASK, form)["Location"] == ASK


def test_what_is_left_is_said_of_the_limit_that_is_meant(client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(50), None, scope=people.scope)
    credits.reserve("a", Decimal(20), [people.scope], credits.Purpose(destination=people.pk))
    page = client.get(ASK, {"scope": people.scope}).content.decode()
    assert "People: 30 of 50 credits are left today" in page
    assert "9,980 of 10,000 credits are left today" in client.get(ASK).content.decode()


def test_granted_where_there_is_no_limit_any_more(
    boss_client: Client, ana: User, people: Destination
) -> None:
    credits.set_limit(Decimal(50), None, scope=people.scope)
    asked = requests.ask(Decimal(5), "leads.csv", ana, people.scope)
    credits.set_limit(None, None, scope=people.scope)
    boss_client.post(f"/budget/asked/{asked.pk}/grant")
    assert said(boss_client) == "Granted. There is no limit here any more; nothing had to be raised."


def test_what_was_asked_on_another_day_says_which(client: Client, asked: LimitRequest) -> None:
    assert "asked on" not in client.get(ASK).content.decode()
    day = timezone.now() - timedelta(days=9)
    LimitRequest.objects.update(at=day)
    assert f'">{day.astimezone():%-d %b}</time>' in client.get(ASK).content.decode()


@pytest.mark.parametrize("verb", ["grant", "decline", "withdraw"])
def test_a_stranger_is_sent_to_sign_in(stranger: Client, asked: LimitRequest, verb: str) -> None:
    answer = stranger.post(f"/budget/asked/{asked.pk}/{verb}")
    assert answer["Location"].startswith("/signin?next=")
    assert LimitRequest.objects.get().state == "open"
