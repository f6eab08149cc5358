"""The page of alerts: what is open, put aside with a reason, what is over."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from budget.steering import requests
from clayops.base import redis
from clayops.up.redis_server import OwnRedis
from jobs.alerting import recording
from jobs.models import AlertRecord, Destination, Hold
from tests.support import running

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(people: Destination) -> Destination:
    """A destination whose key Clay rejects: one alert."""
    running(people)
    people.put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    return people


def key(held: Destination) -> str:
    return f"key_rejected:{held.pk}"


def put_aside(client: Client, held: Destination, **changes: str) -> int:
    answer = client.post(
        "/alerts/snooze", {"key": key(held), "until": "4h", "why": "Ana asks Clay"} | changes
    )
    return int(answer.status_code)


def page(client: Client, path: str = "/alerts") -> str:
    return " ".join(client.get(path).content.decode().split())


def record(held: Destination) -> AlertRecord:
    return AlertRecord.objects.open().get(key=key(held))


def test_what_is_open_stands_there_with_its_buttons(client: Client, held: Destination) -> None:
    shown = page(client)
    assert "Clay rejects the API key at People" in shown
    assert f'formaction="/destinations/{held.pk}/check"' in shown


def test_put_aside_it_is_shown_to_nobody_and_the_page_says_why(client: Client, held: Destination) -> None:
    assert put_aside(client, held) == 302
    assert "Clay rejects the API key" not in page(client, "/jobs")
    shown = page(client)
    assert "Put aside" in shown
    assert "Ana asks Clay<small>ana</small>" in shown
    found = record(held)
    assert found.snoozed_until
    assert timedelta(hours=3) < found.snoozed_until - timezone.now() <= timedelta(hours=4)


def test_it_needs_a_reason(client: Client, held: Destination) -> None:
    assert put_aside(client, held, why=" ") == 422
    assert "Clay rejects the API key" in page(client, "/jobs")


@pytest.mark.parametrize("until", ["", "for ever"])
def test_and_a_span_that_we_know(client: Client, held: Destination, until: str) -> None:
    assert put_aside(client, held, until=until) == 422


def test_until_tomorrow_is_nine_o_clock(client: Client, held: Destination) -> None:
    put_aside(client, held, until="tomorrow")
    until = record(held).snoozed_until
    assert until
    assert (timezone.localtime(until).hour, until > timezone.now()) == (9, True)


def test_shown_again_once(client: Client, held: Destination) -> None:
    put_aside(client, held)
    for _ in range(2):
        assert client.post("/alerts/wake", {"key": key(held)})["Location"] == "/alerts"
    assert "Clay rejects the API key" in page(client, "/jobs")


def test_one_that_is_gone_cannot_be_put_aside(client: Client, held: Destination) -> None:
    held.lift_hold()
    assert put_aside(client, held) == 404


def test_what_is_over_is_kept(client: Client, held: Destination) -> None:
    recording.sync()
    held.lift_hold()
    recording.sync()
    past = client.get("/alerts").context["page"].items
    assert [each.text for each in past] == ["Clay rejects the API key at People"]


def test_who_may_not_see_an_alert_sees_it_nowhere(client: Client, boss_client: Client, ana: User) -> None:
    asked = requests.ask(Decimal(500), "leads.csv", ana)
    recording.sync()
    assert "ana asks for 500 more credits" in page(boss_client)
    assert "ana asks for 500 more credits" not in page(client)
    told = {"key": f"limit_request:{asked.pk}", "until": "1h", "why": "x"}
    assert client.post("/alerts/snooze", told).status_code == 404


def test_three_stand_at_the_top_of_a_page_and_the_rest_a_click_away(client: Client) -> None:
    for name in ("one", "two", "three", "four"):
        Destination.objects.create(name=name, hold=Hold.KEY_REJECTED, inputs=[])
    shown = page(client, "/jobs")
    assert shown.count('class="alert bad"') == 3
    assert '<a class="more-alerts" href="/alerts">3 more alerts</a>' in shown
    assert page(client).count('class="alert bad"') == 6


@pytest.mark.parametrize("path", ["/alerts/snooze", "/alerts/wake"])
def test_a_stranger_changes_nothing(stranger: Client, held: Destination, path: str) -> None:
    told = {"key": key(held), "until": "1h", "why": "x"}
    assert stranger.post(path, told)["Location"].startswith("/signin?next=")
    assert not AlertRecord.objects.exclude(snoozed_until=None).exists()


def test_one_that_is_not_on_record_can_be_put_aside_with_redis_away(
    client: Client, redis_server: OwnRedis
) -> None:
    redis_server.kill()
    try:
        assert client.get("/alerts/snooze?key=redis").status_code == 200
        answer = client.post("/alerts/snooze", {"key": "redis", "until": "1h", "why": "I restart it"})
    finally:
        redis_server.restart()
    assert answer.status_code == 302
    assert AlertRecord.objects.get(key="redis").snooze_reason == "I restart it"


def test_one_that_is_not_on_record_can_be_put_aside_while_the_tick_is_at_it(client: Client) -> None:
    with redis.lease("clayops:lease:alerts", 20):
        assert client.get("/alerts/snooze?key=worker").status_code == 200
