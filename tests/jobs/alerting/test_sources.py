"""Every source of alerts: what raises it, and that it is gone when its cause is."""

import shutil
import time
from collections import namedtuple
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from budget import credits
from clayops.base import process_health, redis
from clayops.up.redis_server import OwnRedis
from jobs import status
from jobs.alerting import for_person
from jobs.alerting import recording as on_record
from jobs.destinations import rules
from jobs.models import (
    AuditRun,
    Cause,
    Charge,
    ClayCircuit,
    DeadLetter,
    Destination,
    Hold,
    Job,
    Kind,
    LetterState,
    RowState,
)
from jobs.models import Outcome as Sent
from jobs.upkeep import audit_runs
from providers import recording, steering
from providers.models import Provider
from providers.terms import Attempt, Outcome
from tests.heartbeats import sign_on
from tests.jobs.results.test_usual_durations import run
from tests.support import a_destination, csv_of, running

pytestmark = pytest.mark.django_db


def of(kind: str) -> list[for_person.Alert]:
    return [alert for alert in for_person.current() if alert.kind == kind]


def texts(kind: str) -> list[str]:
    return [alert.text for alert in of(kind)]


@pytest.fixture
def people() -> Destination:
    return a_destination()


# -- what the product stands on ------------------------------------------------------------------
def test_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    assert texts("worker") == ["No worker is running for lanes, results, work and long"]
    sign_on("lanes", "results", "work", "long")
    assert texts("worker") == []
    redis.client().delete("rq:worker:work")
    assert texts("worker") == ["No worker is running for work"]


def test_a_silent_scheduler() -> None:
    sign_on("results", scheduler=process_health.SCHEDULER_FRESH_SECONDS - 2)
    assert texts("scheduler") == []
    sign_on("results", scheduler=process_health.SCHEDULER_FRESH_SECONDS + 1)
    assert texts("scheduler") == ["The scheduler has stopped"]


def test_a_scheduler_that_runs_is_not_blamed_for_what_is_not_done() -> None:
    sign_on("results", ticked=process_health.SILENT_SECONDS - 2)
    assert texts("scheduler") == []
    sign_on("results", ticked=process_health.SILENT_SECONDS + 1)
    assert texts("scheduler") == [
        "Stuck runs go unseen: the scheduler runs, but what it asks for is not done"
    ]


def test_without_a_worker_of_results_only_that_is_told() -> None:
    sign_on("lanes", "work", "long", ticked=process_health.SILENT_SECONDS + 1)
    assert texts("worker") == ["No worker is running for results"]
    assert texts("scheduler") == []


def test_the_watch_has_stopped() -> None:
    sign_on("results", watched=process_health.SILENT_SECONDS - 2)
    assert texts("watch") == []
    for ago in (process_health.SILENT_SECONDS + 1, None):
        sign_on("results", watched=ago)
        assert texts("watch") == ["The watch has stopped"]


def test_redis_away(redis_server: OwnRedis) -> None:
    assert texts("redis") == []
    redis_server.kill()
    try:
        assert texts("redis") == ["Redis is away"]
    finally:
        redis_server.restart()
    assert texts("redis") == []


@pytest.mark.parametrize(
    ("free", "is_told"), [(2**29, True), (2 * 2**30, True), (2**30 * 4, False)], ids=["0.5", "2", "4"]
)
def test_a_disk_that_is_nearly_full(monkeypatch: pytest.MonkeyPatch, free: int, is_told: bool) -> None:
    """Of 100 GB: 3 % are too little."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100 * 2**30, 0, free))
    assert bool(texts("disk")) == is_told


@pytest.mark.breaks_a_promise
def test_a_failed_audit_until_one_succeeds(people: Destination) -> None:
    job = running(people)
    job.rows.filter(number=1).update(state="lost")
    audit_runs.run()
    (alert,) = of("audit")
    assert alert.detail.startswith(f"job {job.pk}: rows {job.pk}:1 are in no known state")
    job.rows.filter(number=1).update(state=RowState.WAITING)
    audit_runs.run()
    assert texts("audit") == []


def test_an_audit_that_is_asked_for_and_does_not_end() -> None:
    audit_runs.keep([], 1.0)
    AuditRun.objects.update(at=timezone.now() - 3 * audit_runs.EVERY)
    assert texts("audit") == [], "nothing has asked for one yet: we were not running"
    audit_runs.start_due()
    assert texts("audit") == []
    redis.client().set(audit_runs.ASKED, time.time() - audit_runs.EVERY.total_seconds() - 1)
    audit_runs.start_due()
    assert texts("audit") == ["No audit comes to its end"]
    audit_runs.keep([], 1.0)
    assert texts("audit") == []


# -- the work -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("hold", "text"),
    [
        (Hold.KEY_REJECTED, "Clay rejects the API key at People"),
        (Hold.WEBHOOK_FULL, "The webhook of People is full"),
        (Hold.NO_PROVIDER, "No provider is left for People"),
    ],
)
def test_a_lane_that_is_held(people: Destination, hold: Hold, text: str) -> None:
    running(people)
    people.put_on_hold(hold, "as Clay says")
    (alert,) = of(hold)
    assert (alert.text, alert.detail) == (text, "3 rows wait · as Clay says")
    people.lift_hold()
    assert of(hold) == []


def test_the_clay_circuit() -> None:
    for _ in range(ClayCircuit.THRESHOLD):
        ClayCircuit.failure("Clay answered 502")
    (alert,) = of("clay_down")
    assert "Clay answered 502" in alert.detail
    ClayCircuit.success()
    assert of("clay_down") == []


def test_rows_that_cannot_be_stored(people: Destination) -> None:
    job = running(people)
    Job.objects.filter(pk=job.pk).update(state="ready", ingest_error="The disk is full")
    assert texts("intake") == ["The rows of leads.csv cannot be stored"]
    Job.objects.filter(pk=job.pk).update(state="running", ingest_error="")
    assert texts("intake") == []


def letters(job: Job, count: int, charge: Charge = Charge.NO) -> None:
    batch = job.batches.get()
    group = Cause.of(job.destination_id, "no", None)
    DeadLetter.objects.bulk_create(
        DeadLetter(job=job, batch=batch, cause="no", group=group, charge=charge) for _ in range(count)
    )


def test_dead_letters_first_and_again_for_each_hundred(people: Destination) -> None:
    job = running(people)
    assert of("dead_letters") == []
    news = []
    for more in (1, 98, 1, 99, 1):
        letters(job, more)
        changed = on_record.record(of("dead_letters"), timezone.now())
        news.append((len(changed.raised), len(changed.worse), len(changed.resolved)))
    assert news == [(1, 0, 0), (0, 0, 0), (0, 1, 0), (0, 0, 0), (0, 1, 0)]
    DeadLetter.objects.filter(pk__in=DeadLetter.objects.order_by("pk")[:50]).update(
        state=LetterState.RESOLVED
    )
    changed = on_record.record(of("dead_letters"), timezone.now())
    assert (changed.raised, changed.worse, changed.resolved) == ([], [], []), "fewer of them are no news"
    DeadLetter.objects.update(state=LetterState.RESOLVED)
    assert of("dead_letters") == []


@pytest.mark.breaks_a_promise  # letters without rows
def test_dead_letters_say_what_may_have_been_charged(people: Destination) -> None:
    job = running(people)
    letters(job, 2)
    assert of("dead_letters")[0].detail == "None was charged"
    letters(job, 1, Charge.POSSIBLY)
    (alert,) = of("dead_letters")
    assert (alert.text, alert.detail) == (
        "3 dead letters wait for you",
        "1 of them may have been charged",
    )


def a_webhook(people: Destination, monkeypatch: pytest.MonkeyPatch, nearing: int, life: int) -> Job:
    """One row for a table's webhook that takes so many in its life."""
    monkeypatch.setattr("jobs.alerting.sources.work.NEARING", nearing)
    monkeypatch.setattr("jobs.alerting.sources.work.WEBHOOK_LIFE", life)
    Destination.objects.update(kind=Kind.WEBHOOK)
    return running(people, csv_of(1))


@pytest.mark.breaks_a_promise  # its runs have no ledger lines
def test_a_webhook_nears_the_end_of_its_life(people: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    job = a_webhook(people, monkeypatch, nearing=2, life=3)
    levels = []
    for _ in range(3):
        run(job, outcome=Sent.ACCEPTED)
        levels.append([alert.level for alert in of("webhook_life")])
    assert levels == [[], ["warn"], ["bad"]]


@pytest.mark.breaks_a_promise  # its runs have no ledger lines
def test_a_new_address_has_its_life_before_it(people: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    job = a_webhook(people, monkeypatch, nearing=1, life=1)
    run(job, outcome=Sent.ACCEPTED)
    assert len(of("webhook_life")) == 1
    people.refresh_from_db()
    rules.save(people, {"webhook_url": "https://api.clay.com/v3/sources/webhook/other"})
    assert of("webhook_life") == []


# -- credits and providers ---------------------------------------------------------------------------
def test_the_breaker_and_the_warning_at_80_percent() -> None:
    credits.set_limit(Decimal(100), None)
    credits.reserve("a", Decimal(79))
    assert of("budget_warning") == []
    credits.reserve("b", Decimal(1))
    assert texts("budget_warning") == ["80 % of today's credits are used"]
    with pytest.raises(credits.Refused):
        credits.reserve("c", Decimal(50))
    assert texts("budget") == ["The credit breaker is open: sending has stopped"]
    credits.set_limit(Decimal(1000), None)
    assert (of("budget"), of("budget_warning")) == ([], [])


def test_a_provider_that_left() -> None:
    a_destination(waterfall=["hunter"])
    recording.record([Attempt("hunter", Outcome.ERROR)] * 20)
    assert texts("provider") == ["Hunter left the waterfall: 0 % of its last 20"]
    steering.reset(Provider.objects.get(), None, "")
    assert of("provider") == []


def test_its_rate_is_the_one_that_it_left_with() -> None:
    a_destination(waterfall=["hunter"])
    good, bad = Attempt("hunter", Outcome.SUCCESS), Attempt("hunter", Outcome.ERROR)
    recording.record([good] * 9 + [bad] * 11)
    recording.record([good] * 60)
    assert texts("provider") == ["Hunter left the waterfall: 45 % of its last 20"]


@pytest.mark.parametrize(("seconds", "shown"), [(59, []), (61, ["Hunter is degraded: 75 % of its last 20"])])
def test_a_provider_that_may_leave_soon(seconds: int, shown: list[str]) -> None:
    a_destination(waterfall=["hunter"])
    attempts = [Attempt("hunter", Outcome.SUCCESS)] * 15 + [Attempt("hunter", Outcome.ERROR)] * 5
    recording.record(attempts, timezone.now() - timedelta(seconds=seconds))
    assert texts("provider_degraded") == shown
    recording.record([Attempt("hunter", Outcome.SUCCESS)] * 10)
    assert of("provider_degraded") == []


def test_a_pinned_one_or_one_without_lists_is_no_alert() -> None:
    people = a_destination(waterfall=["hunter"])
    attempts = [Attempt("hunter", Outcome.SUCCESS)] * 15 + [Attempt("hunter", Outcome.ERROR)] * 5
    recording.record(attempts, timezone.now() - timedelta(minutes=2))
    Destination.objects.filter(pk=people.pk).update(sends_lists=False)
    assert of("provider_degraded") == []
    Destination.objects.filter(pk=people.pk).update(sends_lists=True)
    assert len(of("provider_degraded")) == 1
    steering.pin(Provider.objects.get(), "in", None, "we need it")
    assert of("provider_degraded") == []


# -- all of them -----------------------------------------------------------------------------------------
def test_each_alert_has_a_key_of_its_own(people: Destination) -> None:
    others = a_destination("Others", waterfall=["hunter", "prospeo"])
    for destination in (people, others):
        running(destination)
        destination.put_on_hold(Hold.KEY_REJECTED, "no")
    recording.record([Attempt(name, Outcome.ERROR) for name in ("hunter", "prospeo")] * 20)
    found = for_person.current()
    assert len({alert.key for alert in found}) == len(found) >= 6


def test_the_worst_come_first() -> None:
    a_destination(waterfall=["hunter"])
    recording.record([Attempt("hunter", Outcome.ERROR)] * 20)
    levels = [alert.level for alert in for_person.current()]
    assert levels == sorted(levels)


def test_the_shell_hears_of_them() -> None:
    told = status.status()["alerts"]
    assert {"kind": "scheduler", "text": "The scheduler has stopped"} in told
