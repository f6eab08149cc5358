"""A place that takes messages: a real HTTP server, and a rule that sends there by apprise's json://."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs import notifying
from jobs.models import AlertRecord, NotificationRule
from jobs.notifying import sealing
from tests.clayops.clay.server import Server, says

NOW = timezone.now().replace(microsecond=0)
SECRET = "x1Y2tok3nz9"


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)


@pytest.fixture
def place() -> Iterator[Server]:
    """It takes whatever comes, unless a test says otherwise."""
    server = Server([says(200, {})])
    yield server
    server.close()


Rule = Callable[..., NotificationRule]


@pytest.fixture
def a_rule(transactional_db: None, place: Server) -> Rule:
    def make(name: str = "Sales", **fields: Any) -> NotificationRule:
        url = fields.pop("url", f"json://127.0.0.1:{place.port}/{SECRET}")
        given = {"name": name, "service": "JSON", "hint": "127.0.0.1", "next_at": NOW} | fields
        return NotificationRule.objects.create(target=sealing.seal(url), **given)

    return make


@pytest.fixture
def rule(a_rule: Rule) -> NotificationRule:
    return a_rule()


def an_alert(text: str = "Redis is away", **fields: Any) -> AlertRecord:
    """On record, and noted for whom it concerns."""
    number = AlertRecord.objects.count()
    given = {"key": f"redis:{number}", "kind": "redis", "level": "bad", "since": NOW} | fields
    record = AlertRecord.objects.create(text=text, **given)
    notifying.note([record], [], NOW)
    return record


def over(record: AlertRecord, at: datetime = NOW) -> None:
    AlertRecord.objects.filter(pk=record.pk).update(resolved_at=at)
    record.refresh_from_db()
    notifying.note([], [record], at)


def bodies(place: Server) -> list[str]:
    return [request.json["message"] for request in place.requests]


def titles(place: Server) -> list[str]:
    return [request.json["title"] for request in place.requests]
