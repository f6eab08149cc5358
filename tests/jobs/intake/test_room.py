"""What is written in bulk stops before the last of the disk, and goes on when there is room."""

from collections.abc import Iterator

import pytest

from clayops.base import disk
from jobs.intake.check import checking
from jobs.intake.rows import ingest
from jobs.models import Job, JobState, Row
from jobs.sending.lane import FULL_SECONDS
from jobs.steering import jobs as steering
from tests.support import a_destination, draft, fresh, running, step

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def only_the_reserve(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """All of the disk that is free is kept back; undone, there is room."""
    with monkeypatch.context() as context:
        context.setattr(disk, "MOST_RESERVED", 2**60)
        context.setattr(disk, "RESERVED_SHARE", 1.0)
        yield context


def test_rows_are_stored_when_there_is_room_again(only_the_reserve: pytest.MonkeyPatch) -> None:
    job = draft(a_destination())
    steering.start(job)
    ingest.ingest(job.pk)
    assert "No space left on device" in fresh(job).ingest_error
    assert (fresh(job).state, Row.objects.count()) == (JobState.READY, 0)
    only_the_reserve.undo()
    ingest.ingest(job.pk)
    assert (fresh(job).state, fresh(job).ingest_error, Row.objects.count()) == (JobState.RUNNING, "", 3)


def test_a_check_looks_at_the_disk_on_its_way(
    only_the_reserve: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = draft(a_destination())
    Job.objects.filter(pk=job.pk).update(checked="")
    monkeypatch.setattr(checking, "BEAT_SECONDS", 0)
    with pytest.raises(OSError, match="No space left"):
        checking.check_by_worker(job.pk)
    only_the_reserve.undo()
    checking.check_by_worker(job.pk)
    assert fresh(job).is_checked


def test_a_lane_waits_while_the_disk_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    job = running(a_destination())
    monkeypatch.setattr(disk, "MOST_RESERVED", 2**60)
    monkeypatch.setattr(disk, "RESERVED_SHARE", 4.0)
    assert step(job.destination) == FULL_SECONDS
    assert {row.state for row in job.rows.all()} == {"waiting"}
