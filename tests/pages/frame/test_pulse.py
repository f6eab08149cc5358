"""Live parts: an unchanged one costs one read of Redis and an empty answer; what is written shows at once."""

import time
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from budget import credits
from clayops.base import pulse, redis
from clayops.up.redis_server import OwnRedis
from jobs.models import Destination, Job
from providers import recording
from providers.terms import Attempt, Outcome
from tests.round_trips import notice
from tests.support import a_destination

pytestmark = pytest.mark.django_db(transaction=True)

LIVE = ["/live/dashboard", "/live/chrome", "/live/jobs", "/live/runs", "/live/alerts", "/budget/live"]
LIVE += ["/live/destinations", "/providers/live"]


@pytest.fixture(autouse=True)
def _same_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """No minute passes while a test looks."""
    monkeypatch.setattr(pulse, "SLICE", 10**12)


def ask(client: Client, path: str, seen: str = "") -> Any:
    headers = {"HX-Request": "true"} | ({"X-Pulse": seen} if seen else {})
    return client.get(path, headers=headers)


@pytest.mark.parametrize("path", LIVE)
def test_an_unchanged_part_costs_one_read_of_redis(
    client: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = ask(client, path)["X-Pulse"]
    sent = notice(monkeypatch)
    with CaptureQueriesContext(connection) as queries:
        answer = ask(client, path, seen)
    assert (answer.status_code, answer.content, sent(), len(queries)) == (204, b"", ["GET"], 0)


def test_what_was_written_meanwhile_shows(client: Client, people: Destination) -> None:
    seen = ask(client, "/live/destinations")["X-Pulse"]
    Destination.objects.filter(pk=people.pk).update(name="Renamed")
    answer = ask(client, "/live/destinations", seen)
    assert "Renamed" in answer.content.decode()
    assert ask(client, "/live/destinations", answer["X-Pulse"]).status_code == 204


def writes() -> int:
    return int(str(redis.client().get(pulse.KEY) or 0))


def test_a_transaction_beats_once_and_only_when_it_commits(people: Destination) -> None:
    before = writes()
    with transaction.atomic():
        Destination.objects.update(name="One")
        Destination.objects.update(name="Two")
        assert writes() == before
    assert writes() == before + 1


def test_what_is_rolled_back_beats_not(people: Destination) -> None:
    before = writes()
    with pytest.raises(ValueError, match="no"), transaction.atomic():
        Destination.objects.update(name="One")
        raise ValueError("no")
    assert writes() == before
    with transaction.atomic():
        Destination.objects.update(name="Two")
    assert writes() == before + 1, "the next one does again"


def test_reading_and_sessions_beat_not(client: Client, people: Destination) -> None:
    before = writes()
    client.get("/destinations")
    assert writes() == before


def test_outcomes_of_providers_beat(client: Client) -> None:
    before = writes()
    recording.record([Attempt("hunter", Outcome.SUCCESS)])
    assert writes() > before


def test_the_end_of_a_reservation_beats_and_costs_no_trip_of_its_own(db: None) -> None:
    credits.reserve("a", Decimal(5))
    before = writes()
    credits.settle("a", Decimal(3))
    assert writes() == before + 1


def test_a_new_limit_beats() -> None:
    before = writes()
    credits.set_limit(Decimal(500), None)
    assert writes() > before


def test_a_minute_that_passes_makes_parts_anew(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "SLICE", 60)
    at = 1_700_000_000.0
    monkeypatch.setattr("clayops.base.pulse.time.time", lambda: at)
    seen = ask(client, "/live/dashboard")["X-Pulse"]
    assert ask(client, "/live/dashboard", seen).status_code == 204
    monkeypatch.setattr("clayops.base.pulse.time.time", lambda: at + 60)
    assert ask(client, "/live/dashboard", seen).status_code == 200


def test_what_was_seen_cannot_be_guessed(stranger: Client) -> None:
    for guess in ("0", "pulse:0:0", "x"):
        assert ask(stranger, "/live/dashboard", guess).status_code == 302


def test_a_page_is_never_answered_with_nothing(client: Client, job: Job) -> None:
    seen = ask(client, "/live/jobs")["X-Pulse"]
    assert client.get("/jobs", headers={"X-Pulse": seen}).status_code == 200


def test_with_redis_away_parts_are_made_anew(
    client: Client, people: Destination, redis_server: OwnRedis, ana: User
) -> None:
    seen = ask(client, "/live/dashboard")["X-Pulse"]
    redis_server.kill()
    try:
        answer = ask(client, "/live/dashboard", seen)
        assert (answer.status_code, "X-Pulse" in answer) == (200, False)
        a_destination("Written with Redis away")
    finally:
        redis_server.restart()


def test_what_could_not_be_told_is_told_later(
    client: Client, people: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = ask(client, "/live/destinations")["X-Pulse"]
    monkeypatch.setattr(redis, "_quiet_until", time.monotonic() + 1000)
    Destination.objects.filter(pk=people.pk).update(name="Renamed")
    monkeypatch.setattr(redis, "_quiet_until", 0.0)
    assert "Renamed" in ask(client, "/live/destinations", seen).content.decode()


def test_strangers_who_call_have_no_page_made_anew(client: Client, stranger: Client, settings: Any) -> None:
    settings.CLAY_WEBHOOK_SECRET = "secret"
    seen = ask(client, "/live/dashboard")["X-Pulse"]
    assert stranger.post("/hooks/clay/run", b"{}", content_type="application/json").status_code == 401
    assert ask(client, "/live/dashboard", seen).status_code == 204


def test_any_header_is_understood(stranger: Client) -> None:
    assert stranger.get("/healthz/web", headers={"HX-Request": "true", "X-Pulse": "\xe9"}).status_code == 200
