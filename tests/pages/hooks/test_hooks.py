"""Clay's run-finished calls: each answer, and what it leaves behind."""

import io
import json
from datetime import timedelta
from typing import Any

import django_rq
import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from clayops.clay.signature import MAX_BYTES, sign
from jobs import steering
from jobs.models import Destination, Heard, HookDelivery, RunState, Submission
from tests.support import bring_home, running, send

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "whsec_test"
HOOK = "/hooks/clay/run"
NOT_SIGNED = {"X-Clay-Signature": "sha256=00"}


@pytest.fixture(autouse=True)
def _webhook(settings: LazySettings) -> None:
    settings.CLAY_WEBHOOK_ID, settings.CLAY_WEBHOOK_SECRET = "wh_1", SECRET


@pytest.fixture
def run(people: Destination, clay: object) -> Submission:
    """Three rows at Clay, to be asked about in an hour."""
    running(people)
    send(people)
    Submission.objects.update(next_poll_at=timezone.now() + timedelta(hours=1))
    return Submission.objects.get()


def call(data: Any = None, *, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
    """Clay's POST, by a client that checks CSRF as a browser's would be checked."""
    said = {"webhookId": "wh_1", "createdAt": "2026-06-16T17:50:00.000Z", "data": data}
    raw = json.dumps(said).encode() if body is None else body
    signed = {"X-Clay-Signature": sign(raw, SECRET)} if headers is None else headers
    client = Client(enforce_csrf_checks=True)
    return client.post(HOOK, raw, content_type="application/json", headers=signed)


def finished(run_id: str) -> Any:
    return call({"routine_run_id": run_id})


def heard() -> list[tuple[str, str, int]]:
    """The deliveries on record, the first first."""
    return list(HookDelivery.objects.order_by("pk").values_list("what", "run_id", "count"))


def is_due(run: Submission) -> bool:
    return Submission.objects.due(timezone.now()).filter(pk=run.pk).exists()


def queued() -> list[str | None]:
    return [job.func_name for job in django_rq.get_queue("results").jobs]


def test_a_run_of_ours_is_asked_about_at_once(run: Submission) -> None:
    assert not is_due(run)
    answer = finished(run.run_id)
    assert (answer.status_code, answer.content) == (200, b"The run's results are fetched now.\n")
    assert is_due(run)
    assert queued() == ["jobs.tasks.collect"]
    assert heard() == [(Heard.KNOWN, run.run_id, 1)]
    assert not run.batch.job.events.filter(kind="check").exists()


def test_a_late_result_of_a_run_that_was_given_up_is_fetched_too(run: Submission) -> None:
    steering.runs.give_up(run)
    Submission.objects.update(next_poll_at=None)
    finished(run.run_id)
    assert is_due(run)


def test_a_run_that_is_home_needs_no_more_asking(run: Submission) -> None:
    bring_home()
    assert finished(run.run_id).status_code == 200
    assert Submission.objects.get().run_state == RunState.FINISHED
    assert queued() == []
    assert heard() == [(Heard.KNOWN, run.run_id, 1)]


def test_a_repeat_does_nothing_more(run: Submission) -> None:
    finished(run.run_id)
    later = timezone.now() + timedelta(hours=1)
    Submission.objects.update(next_poll_at=later)
    assert finished(run.run_id).status_code == 200
    assert Submission.objects.get().next_poll_at == later
    assert [what for what, _, _ in heard()] == [Heard.KNOWN, Heard.REPEATED]
    assert len(queued()) == 1


def test_without_redis_a_repeat_asks_again(run: Submission, settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    for _ in range(2):
        Submission.objects.update(next_poll_at=timezone.now() + timedelta(hours=1))
        assert finished(run.run_id).status_code == 200
        assert is_due(run)
    assert [what for what, _, _ in heard()] == [Heard.KNOWN, Heard.KNOWN]


def test_a_call_that_comes_before_we_know_the_run_makes_a_later_one_no_repeat(run: Submission) -> None:
    Submission.objects.update(run_id="")
    assert finished(run.run_id).status_code == 200
    Submission.objects.update(run_id=run.run_id)
    finished(run.run_id)
    assert [what for what, _, _ in heard()] == [Heard.UNKNOWN, Heard.KNOWN]
    assert is_due(run)


def test_a_run_of_others_is_noted_and_left_alone() -> None:
    assert finished("rr_elsewhere").status_code == 200
    assert heard() == [(Heard.UNKNOWN, "rr_elsewhere", 1)]


def test_a_test_delivery_is_recognised() -> None:
    answer = call({})
    assert (answer.status_code, answer.content) == (200, b"The test delivery has come.\n")
    assert heard() == [(Heard.TEST, "", 1)]


@pytest.mark.parametrize("headers", [{}, NOT_SIGNED, {"X-Clay-Signature": sign(b"another body", SECRET)}])
def test_an_unsigned_call_is_refused_and_learns_nothing(run: Submission, headers: dict[str, str]) -> None:
    answer = call({"routine_run_id": run.run_id}, headers=headers)
    assert (answer.status_code, answer.content) == (401, b"The signature is missing or wrong.\n")
    assert not is_due(run)


def test_the_signature_comes_before_the_meaning() -> None:
    assert call(body=b"nonsense", headers=NOT_SIGNED).status_code == 401


def test_signed_nonsense_is_said_to_be_so() -> None:
    answer = call({"routine_run_id": 1})
    assert answer.status_code == 400
    assert b"data.routine_run_id must be a text" in answer.content


def test_a_body_too_long_is_not_read() -> None:
    class Unread(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("read")

    environ: dict[str, Any] = {"CONTENT_LENGTH": str(MAX_BYTES + 1), "wsgi.input": Unread()}
    answer = Client().post(HOOK, b"", content_type="application/json", **environ)
    assert answer.status_code == 413


def test_the_longest_body_is_read() -> None:
    body = b'{"data": {}}'.ljust(MAX_BYTES)
    assert call(body=body).status_code == 200


def test_where_no_secret_is_set_it_is_not_set_up(settings: LazySettings) -> None:
    settings.CLAY_WEBHOOK_SECRET = ""
    answer = call({}, headers={"X-Clay-Signature": sign(b"", "")})
    assert (answer.status_code, answer.content) == (404, b"The run-finished webhook is not set up here.\n")
    assert heard() == []


def test_it_takes_posts_only(client: Client) -> None:
    assert client.get(HOOK).status_code == 405


def test_strangers_cannot_fill_the_database() -> None:
    for _ in range(5):
        call({}, headers=NOT_SIGNED)
    assert heard() == [(Heard.REFUSED, "", 5)]
    HookDelivery.objects.update(hour=timezone.now() - timedelta(hours=2))
    call({}, headers=NOT_SIGNED)
    assert [count for _, _, count in heard()] == [5, 1]


def test_only_the_last_deliveries_are_kept() -> None:
    for number in range(HookDelivery.KEPT + 3):
        HookDelivery.note(Heard.UNKNOWN, f"rr_{number}")
    assert HookDelivery.objects.count() == HookDelivery.KEPT
    assert not HookDelivery.objects.filter(run_id="rr_2").exists()
