"""What a message says, and what it leaves out where there is little room."""

import re
from datetime import datetime
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from jobs.alerting import kinds
from jobs.models import AlertRecord, Notice
from jobs.notifying import message
from jobs.notifying.delivering import deliver
from tests.clayops.clay.server import Server

NOW = timezone.now()


def told(count: int, what: str = "raised", **fields: Any) -> list[Notice]:
    given: dict[str, Any] = {"level": "warn", "since": NOW, "detail": "20 rows · " + "x " * 400} | fields
    return [Notice(record=AlertRecord(text=f"Alert {n}", **given), what=what) for n in range(count)]


def test_at_most_twenty_and_how_many_more() -> None:
    made = message.of(told(32), 100_000)
    assert made.title == "ClayOps: 32 alerts"
    assert len(re.findall("^•", made.body, re.M)) == 20
    assert "and 12 more" in made.body


def test_exactly_twenty_leave_nothing_out() -> None:
    assert "more" not in message.of(told(20), 100_000).body


@pytest.mark.parametrize("room", [160, 1000, 2000])
def test_it_fits_into_what_a_service_takes(room: int) -> None:
    made = message.of(told(32), room)
    assert len(made.body) <= room
    assert re.search(r"and \d+ more\n\nhttps://", made.body)
    assert made.body.startswith("• Alert 0")


def test_an_ending_says_from_when_until_when() -> None:
    since = timezone.localtime(NOW).replace(hour=14, minute=5)
    over = told(1, "resolved", since=since, resolved_at=since.replace(minute=31))
    body = message.of(over, 1000).body
    assert body.startswith("Resolved:\n\n• Alert 0 · 14:05 UTC to 14:31 UTC")


def test_another_day_is_named() -> None:
    assert (
        "since 3 Nov, 09:12 UTC"
        in message.of(told(1, since=datetime(2026, 11, 3, 9, 12, tzinfo=NOW.tzinfo)), 999).body
    )


@pytest.mark.parametrize(
    ("hosts", "address"),
    [
        (["localhost", "127.0.0.1"], "http://localhost:8000/alerts"),
        (["127.0.0.1", ".clay.north.test"], "https://clay.north.test/alerts"),
        (["*"], "http://localhost:8000/alerts"),
    ],
)
def test_it_leads_into_the_product(settings: LazySettings, hosts: list[str], address: str) -> None:
    settings.ALLOWED_HOSTS = hosts
    assert message.address() == address


def test_a_file_s_name_mentions_nobody_and_is_no_link(monkeypatch: pytest.MonkeyPatch, place: Server) -> None:
    monkeypatch.setattr("jobs.notifying.delivering.MARKED_UP", {"json"})
    made = message.Message("T", "rows of <at>ceo@north.test</at>[here](http://x).csv", "bad")
    deliver(f"json://127.0.0.1:{place.port}", made)
    assert place.requests[0].json["message"] == "rows of ‹at>ceo@north.test‹/at>[here] (http://x).csv"


def test_every_kind_has_words_once() -> None:
    names = [kind.name for _, group in kinds.GROUPS for kind in group]
    assert len(names) == len(set(names)) == 24
    assert kinds.words("gone_with_an_update") == "gone with an update"
