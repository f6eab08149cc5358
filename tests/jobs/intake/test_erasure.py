"""A deleted job's rows and file go in the background, a little at a time; the ledger stays."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import django_rq
import pytest
from django.utils import timezone

from budget import credits as budget
from budget.models import Entry
from clayops.base import redis, workers
from jobs import tasks
from jobs.intake import erasure
from jobs.models import Batch, DeadLetter, Destination, Job, JobEvent, Row, StrayResult, Submission
from jobs.upkeep import audit, tick
from tests.support import bring_home, csv_of, fresh, running, send

if TYPE_CHECKING:
    from clayops.sandbox.server import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gone(clay: "Sandbox", people: Destination) -> Job:
    """A job that is done, has a dead letter and a stray result, and was deleted."""
    job = running(people, csv_of(70))
    clay.settings(fail_rate=0.2)
    send(people)
    bring_home()
    StrayResult.objects.create(submission=Submission.objects.all()[0], item_id="x", body={})
    Job.objects.filter(pk=job.pk).update(deleted_at=timezone.now(), state="cancelled")
    return fresh(job)


def left() -> list[int]:
    return [each.objects.count() for each in (Row, Batch, Submission, DeadLetter, StrayResult, JobEvent, Job)]


def test_everything_goes_but_the_ledger(gone: Job) -> None:
    folder, stem = Path(gone.file.path).parent, Path(gone.file.path).stem
    ledger = Entry.objects.count()
    tasks.erase(gone.pk)
    assert left() == [0] * 7
    assert not list(folder.glob(f"{stem}.*"))
    assert Entry.objects.count() == ledger > 0


def test_other_jobs_stay(gone: Job) -> None:
    other = running(gone.destination)
    tasks.erase(gone.pk)
    assert (Job.objects.get(), other.rows.count()) == (other, 3)


def test_a_job_that_nobody_deleted_is_left_alone(people: Destination) -> None:
    job = running(people)
    tasks.erase(job.pk)
    assert job.rows.count() == 3


def test_it_goes_on_where_it_was_stopped(gone: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "CHUNK", 30)
    monkeypatch.setattr(workers, "stopping", lambda: True)
    tasks.erase(gone.pk)
    assert gone.rows.count() == 40
    assert list(audit.findings()) == []
    monkeypatch.undo()
    tasks.erase(gone.pk)
    assert left() == [0] * 7


def test_twice_at_once_is_once(gone: Job) -> None:
    redis.client().lock(erasure.lease_name(gone.pk), timeout=60).acquire()
    tasks.erase(gone.pk)
    assert gone.rows.count() == 70


def test_the_tick_goes_on_with_it(gone: Job) -> None:
    redis.client().flushall()
    tick.start_erasing()
    tick.start_erasing()
    (queued,) = django_rq.get_queue("long").jobs
    assert (queued.func_name, queued.args) == ("jobs.tasks.erase", (gone.pk,))


@pytest.mark.parametrize(
    ("closed", "spent"),
    [
        ({"outcome": "unknown"}, Decimal(140)),
        ({"outcome": "accepted"}, Decimal(140)),
        ({"outcome": "refused"}, Decimal(0)),
    ],
)
def test_credits_that_a_crash_left_reserved_are_accounted_for(
    people: Destination, closed: dict[str, str], spent: Decimal
) -> None:
    job = running(people, csv_of(70))
    budget.reserve("batch:1:1", Decimal(140))
    same = {"destination": people, "batch": job.batches.all()[0], "runner": "r", "row_ids": [], "attempt": 1}
    Submission.objects.create(**same, **closed, holder="batch:1:1", credits=140, run_id="r1")
    Job.objects.filter(pk=job.pk).update(deleted_at=timezone.now(), state="cancelled")
    tasks.erase(job.pk)
    tick.repair_credits()
    assert (budget.today().spent, budget.today().reserved) == (spent, Decimal(0))


def test_a_file_that_cannot_be_deleted_keeps_the_job_for_the_next_try(gone: Job) -> None:
    stubborn = Path(gone.file.path).with_suffix(".sheet-0.csv")
    stubborn.mkdir()
    with pytest.raises(OSError, match="sheet-0"):
        tasks.erase(gone.pk)
    assert Job.objects.filter(pk=gone.pk).exists()
    stubborn.rmdir()
    tasks.erase(gone.pk)
    assert left() == [0] * 7
