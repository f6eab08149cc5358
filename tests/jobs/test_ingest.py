"""From a started job's file to rows and batches."""

import pytest

from clayops import redis
from jobs import ingest
from jobs.models import Batch, Destination, Job, Row
from tests.support import a_destination, csv_of, draft, fresh, row, running, states

pytestmark = pytest.mark.django_db


def sizes(job: Job) -> list[int]:
    return list(job.batches.values_list("size", flat=True))


def started(destination: Destination, text: str) -> Job:
    job = draft(destination, text)
    job.start()
    return job


def test_rows_and_batches_of_fifty() -> None:
    job = running(a_destination(), csv_of(120))
    assert (job.state, sizes(job)) == ("running", [50, 50, 20])
    assert states(job) == {"waiting": 120}
    assert row(job, 51).batch.number == 2  # type: ignore[union-attr]
    assert row(job, 120).cells == ["Ana 120", "ana120@north120.test", "north120.test"]


def test_twice_is_harmless() -> None:
    job = running(a_destination(), csv_of(60))
    ingest.ingest(job.pk)
    assert (job.rows.count(), sizes(job)) == (60, [50, 10])


def test_goes_on_where_a_crash_stopped_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "CHUNK", 50)
    job = started(a_destination(), csv_of(175))
    store = ingest._store
    monkeypatch.setattr(ingest, "_store", lambda job, groups: store(job, groups) and job.ingested_rows < 100)
    ingest.ingest(job.pk)
    assert (fresh(job).state, fresh(job).ingested_rows) == ("ready", 100)
    monkeypatch.setattr(ingest, "_store", store)
    ingest.ingest(job.pk)
    assert (fresh(job).state, sizes(job)) == ("running", [50, 50, 50, 25])


def test_a_second_worker_keeps_its_hands_off() -> None:
    job = started(a_destination(), csv_of(3))
    redis.client().lock(f"clayops:lease:ingest:{job.pk}", timeout=60).acquire()
    ingest.ingest(job.pk)
    assert not Row.objects.exists()


def test_a_payload_stays_under_clays_100_kb() -> None:
    text = "email,domain\n" + "".join(f"{'x' * 9_000}{n}@a.test,b\n" for n in range(20))
    job = running(a_destination(), text)
    assert max(sizes(job)) == 8
    assert sum(sizes(job)) == 20


def test_unreadable_lines_are_skipped_rows_with_their_reason() -> None:
    job = draft(a_destination(), "email,domain\na@b.test,b\nx,y,z\nc@d.test,d\n")
    job.set_up(leave_out=["unreadable"])
    job.start()
    ingest.ingest(job.pk)
    assert states(job) == {"waiting": 2, "skipped": 1}
    assert sizes(job) == [2]
    assert row(job, 2).error == "Line 3 could not be read: it has 3 cells, the header has 2"


def test_lines_that_cannot_be_read_make_no_batch_of_their_own() -> None:
    job = draft(a_destination(batch_size=2), "email,domain\na@b.test,b\nc@d.test,d\nx,y,z\n")
    job.set_up(leave_out=["unreadable"])
    job.start()
    ingest.ingest(job.pk)
    assert (sizes(job), states(job)) == ([2], {"waiting": 2, "skipped": 1})


def test_a_job_cancelled_meanwhile_is_stored_as_discarded() -> None:
    job = started(a_destination(), csv_of(5))
    job.cancel()
    ingest.ingest(job.pk)
    assert states(job) == {"discarded": 5}
    assert not Batch.objects.exists()


def test_a_batch_size_of_its_own() -> None:
    assert sizes(running(a_destination(batch_size=7), csv_of(20))) == [7, 7, 6]
