"""The watch: puts on record, and tells, also what is wrong with those that would tell it otherwise."""

import threading
import time

import pytest

from clayops.base import process_health, redis
from clayops.up.redis_server import OwnRedis
from jobs import notifying
from jobs.alerting import watching
from jobs.models import AlertRecord, Hold, Notice, NotificationRule
from tests.heartbeats import sign_on
from tests.support import a_destination

pytestmark = pytest.mark.django_db


def kinds() -> set[str]:
    return set(AlertRecord.objects.open().values_list("kind", flat=True))


def test_it_puts_on_record_what_is_wrong_and_what_is_over() -> None:
    sign_on(*process_health.QUEUES)
    people = a_destination()
    people.put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    watching.look()
    assert kinds() == {"key_rejected"}
    people.lift_hold()
    watching.look()
    assert kinds() == set()
    assert AlertRecord.objects.past().get().kind == "key_rejected"


@pytest.mark.parametrize(
    ("signs", "kind"), [({"scheduler": 60}, "scheduler"), ({"ticked": 200}, "scheduler")]
)
def test_a_scheduler_that_stands_still_is_on_record(signs: dict[str, float], kind: str) -> None:
    sign_on(*process_health.QUEUES, **signs)
    watching.look()
    assert kinds() == {kind}
    sign_on(*process_health.QUEUES)
    watching.look()
    assert kinds() == set()


def test_redis_away_is_on_record_with_since_and_told_without_a_worker(
    redis_server: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_on(*process_health.QUEUES)
    NotificationRule.objects.create(name="Slack", target="x", service="Slack", also_resolved=True)
    messages: list[int] = []
    monkeypatch.setattr(
        "jobs.notifying.sending.deliver", lambda url, message, seconds: messages.append(message)
    )
    monkeypatch.setattr("jobs.notifying.sending.sealing.unseal", lambda sealed: "json://example.test")
    redis_server.kill()
    try:
        watching.look()
        record = AlertRecord.objects.open().get(kind="redis")
        watching.look()
        assert AlertRecord.objects.get(kind="redis").since == record.since
        assert len(messages) == 1
        assert Notice.objects.get(record=record).sent_at is not None
    finally:
        redis_server.restart()
    sign_on(*process_health.QUEUES)
    watching.look()
    assert AlertRecord.objects.get(kind="redis").resolved_at is not None


def test_who_starts_together_with_it_is_not_missing_yet() -> None:
    over = threading.Event()
    threading.Timer(0.7, lambda: sign_on(*process_health.QUEUES)).start()
    began = time.monotonic()
    watching._let_them_start(over)
    assert 0.5 < time.monotonic() - began < watching.START_SECONDS / 2
    watching.look()
    assert kinds() == set()


def test_where_workers_are_they_send() -> None:
    sign_on(*process_health.QUEUES)
    NotificationRule.objects.create(name="Slack", target="x", service="Slack")
    a_destination().put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    watching.look()
    notice = Notice.objects.get()
    assert (notice.tries, notice.sent_at) == (0, None)


def test_it_signs_only_when_it_could_look(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_on(*process_health.QUEUES, watched=None)
    with monkeypatch.context() as patched:
        patched.setattr("jobs.alerting.for_person.current", lambda: 1 / 0)
        watching.look()
    assert redis.client().get(process_health.WATCHED) is None
    watching.look()
    assert redis.client().get(process_health.WATCHED) is not None


def test_one_place_that_fails_oddly_keeps_no_other_from_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("broken", "well"):
        NotificationRule.objects.create(name=name, target=name, service="Slack")

    def deliver(url: str, message: object, seconds: float) -> None:
        if url == "broken":
            raise KeyError("ways")

    monkeypatch.setattr("jobs.notifying.sending.deliver", deliver)
    monkeypatch.setattr("jobs.notifying.sending.room_of", lambda url: 1000)
    monkeypatch.setattr("jobs.notifying.sending.sealing.unseal", lambda sealed: sealed)
    a_destination().put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    sign_on(*process_health.QUEUES)
    watching.look()
    assert notifying.send_due() == 1
    assert "unexpected" in NotificationRule.objects.get(name="broken").last_error
    assert NotificationRule.objects.get(name="well").last_error == ""
