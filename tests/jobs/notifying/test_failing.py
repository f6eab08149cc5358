"""What is not taken is tried again, said at the rule, and gives no secret away."""

import io
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings

from jobs import notifying
from jobs.models import Notice, NotificationRule
from jobs.notifying import sending
from jobs.notifying.sending import WAITS, try_out
from tests.clayops.clay.server import Server, half_an_answer, resets, says
from tests.jobs.notifying.conftest import NOW, SECRET, Rule, an_alert, bodies, later, over, titles

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_failure_is_tried_again_and_success_clears_it(rule: NotificationRule, place: Server) -> None:
    place.answers = [says(500, {}), says(200, {})]
    an_alert()
    assert notifying.send_due(NOW) == 0
    rule.refresh_from_db()
    assert rule.last_error == "JSON answered 500: it has trouble of its own."
    assert notifying.send_due(later(seconds=59)) == 0
    assert notifying.send_due(later(seconds=61)) == 1
    rule.refresh_from_db()
    assert (rule.last_error, rule.last_error_at, rule.last_sent_at) == ("", None, later(seconds=61))


def test_the_waits_grow_and_the_eighth_try_is_the_last(rule: NotificationRule, place: Server) -> None:
    place.answers = [says(404, {})]
    an_alert()
    now = NOW
    for wait in [*WAITS, timedelta(days=1)]:
        notifying.send_due(now)
        assert notifying.send_due(now + wait - timedelta(seconds=1)) == 0
        now += wait
    assert notifying.send_due(now + timedelta(days=30)) == 0
    assert len(place.requests) == 8
    assert Notice.objects.get().given_up


def test_what_waits_goes_as_soon_as_the_place_takes_something(rule: NotificationRule, place: Server) -> None:
    place.answers = [says(500, {}), says(500, {}), says(200, {})]
    an_alert("The first")
    notifying.send_due(NOW)
    notifying.send_due(later(minutes=1))  # the next try of this one is in five minutes
    an_alert("The second")
    notifying.send_due(later(minutes=2))
    notifying.send_due(later(minutes=3))
    assert titles(place)[2:] == ["ClayOps: 1 alert"] * 2
    assert "The second" in bodies(place)[2]
    assert "The first" in bodies(place)[3]


def test_one_place_that_fails_keeps_no_other_waiting(a_rule: Rule, place: Server) -> None:
    a_rule("Broken", url="json://127.0.0.1:1/gone")
    a_rule("Works")
    an_alert()
    assert notifying.send_due(NOW) == 1
    assert "nothing listens" in NotificationRule.objects.get(name="Broken").last_error


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (says(403, {}), "JSON answered 403: the token or password is not valid (any more)."),
        (says(301, {}, location="http://127.0.0.1/x"), "JSON answered 301: it was not taken."),
        (says(429, {}), "JSON answered 429: too many messages reach it just now."),
        (resets, "The connection broke off: it may have arrived, or not."),
        (half_an_answer, "The connection broke off: it may have arrived, or not."),
    ],
)
def test_why_it_was_not_taken_is_said_in_words(
    rule: NotificationRule, place: Server, answer: object, said: str
) -> None:
    place.answers = [answer]  # type: ignore[list-item]
    assert try_out(rule, "ana") == said


def test_a_place_that_does_not_answer_is_left_after_a_while(
    rule: NotificationRule, place: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.notifying.target.READ_SECONDS", 0.2)
    place.answers = [lambda sock: None]
    assert try_out(rule, "ana") == "It did not answer in time."


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that reaches the root logger, as an operator who wants to see everything would."""
    root, text = logging.getLogger(), io.StringIO()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


def test_no_secret_is_logged_or_said(rule: NotificationRule, place: Server, logged: io.StringIO) -> None:
    place.answers = [resets, says(500, SECRET), says(401, {}), half_an_answer]
    said = [try_out(rule, "ana") for _ in range(4)]
    assert all(said)
    assert SECRET not in f"{said} {logged.getvalue()}"


def test_what_cannot_be_read_any_more_is_said_and_tried_again_with_another_address(
    rule: NotificationRule, place: Server, settings: LazySettings
) -> None:
    an_alert()
    key, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    assert notifying.send_due(NOW) == 0
    rule.refresh_from_db()
    assert rule.last_error == sending.TYPE_AGAIN
    settings.SECRET_KEY = key
    rule.try_again(later(minutes=2))
    assert notifying.send_due(later(minutes=2)) == 1


def test_another_address_brings_back_what_was_given_up_and_is_still_so(
    rule: NotificationRule, place: Server
) -> None:
    ended = an_alert("Redis is away")
    an_alert("The disk is nearly full")
    Notice.objects.update(tries=8, given_up=True)
    over(ended)
    rule.try_again(later(minutes=2))
    notifying.send_due(later(minutes=2))
    assert titles(place) == ["ClayOps: 1 alert"]
    assert "The disk" in bodies(place)[0]


def test_a_worker_that_dies_while_it_sends_has_used_a_try(
    rule: NotificationRule, place: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_alert()
    monkeypatch.setattr(sending, "deliver", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        notifying.send_due(NOW)
    monkeypatch.undo()
    assert Notice.objects.get().tries == 1
    assert [notifying.send_due(later(seconds=seconds)) for seconds in (30, 61)] == [0, 1]
