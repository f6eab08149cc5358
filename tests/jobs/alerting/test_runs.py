"""Runs in trouble: one by one while they are few, together while they are many."""

import pytest
from django.utils import timezone

from jobs import alerts
from jobs.alerting import recording
from jobs.models import Job, RowState, Submission, Trouble
from tests.jobs.test_usual import run
from tests.support import a_destination, running

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_a_promise]  # its runs have no ledger lines


@pytest.fixture
def job() -> Job:
    return running(a_destination())


def stuck(job: Job, count: int, trouble: Trouble = Trouble.STUCK) -> list[str]:
    """So many runs are stuck; which alerts there are, once they are on record."""
    Submission.objects.update(trouble="", run_state="finished")
    now = timezone.now()
    for _ in range(count):
        made = run(job, row_ids=list(job.rows.values_list("pk", flat=True)))
        Submission.objects.filter(pk=made.pk).update(trouble=trouble, trouble_since=now, run_state="out")
    job.rows.update(state=RowState.IN_FLIGHT)
    found = [alert for alert in alerts.current() if alert.kind == trouble]
    recording.record(found, now)
    return [alert.text for alert in found]


def test_a_few_are_told_one_by_one(job: Job) -> None:
    assert len(stuck(job, 3)) == 3


def test_many_are_told_together_until_one_is_left(job: Job) -> None:
    assert stuck(job, 4) == ["4 runs are stuck at People"]
    assert stuck(job, 3) == ["3 runs are stuck at People"]
    assert stuck(job, 2) == ["2 runs are stuck at People"]
    (alone,) = stuck(job, 1)
    assert alone.startswith("Run stuck for")
    assert len(stuck(job, 3)) == 3


@pytest.mark.parametrize("trouble", [Trouble.GONE, Trouble.ODD])
def test_waiting_is_offered_only_where_it_helps(job: Job, trouble: Trouble) -> None:
    stuck(job, 1, trouble)
    (alert,) = [alert for alert in alerts.current() if alert.kind == trouble]
    assert [action.label for action in alert.actions] == ["Check now", "Move to dead letters"]
    assert not Submission.objects.out().get().wait_longer()
    assert Submission.objects.out().get().trouble == trouble
