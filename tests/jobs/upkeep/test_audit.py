"""The audit finds what it is there to find: each promise broken on purpose, and named."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone

from budget import credits
from jobs.models import Batch, Job, Outcome, Row, Submission
from jobs.upkeep import audit
from tests.support import a_destination, csv_of, running

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_a_promise]


@pytest.fixture
def job() -> Job:
    return running(a_destination(), csv_of(3))


def test_what_is_well_is_counted(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    credits.reserve("a", Decimal(2))
    credits.settle("a")
    call_command("audit")
    said = "All is well: every row and every credit is accounted for (rows: 3, jobs: 1, ledger lines: 1).\n"
    assert capsys.readouterr().out == said


def found() -> str:
    return "\n".join(audit.findings())


def submission(job: Job, **fields: object) -> Submission:
    batch = job.batches.get()
    defaults = {
        "attempt": 1,
        "runner": "r",
        "row_ids": list(job.rows.values_list("pk", flat=True)),
        "credits": 6,
    }
    return Submission.objects.create(
        destination=job.destination,
        batch=batch,
        holder=f"h{Submission.objects.count()}",
        **(defaults | fields),
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"state": "lost"}, "in no known state"),
        ({"state": "enriched"}, "enriched without a result"),
        ({"state": "skipped"}, "skipped without a reason"),
        ({"state": "sending"}, "being sent by no submission"),
        ({"state": "in_flight"}, "in flight in no run"),
        ({"state": "enriched", "result": {}}, "proof does not say so"),
        ({"reused_from_id": 7}, "took an earlier result, but are not enriched by it"),
    ],
)
def test_a_row_in_a_state_that_nothing_bears_out(job: Job, changes: dict[str, object], says: str) -> None:
    Row.objects.filter(number=1).update(**changes)
    assert says in found()


def test_a_row_that_vanished(job: Job) -> None:
    Row.objects.filter(number=3).delete()
    assert "2 rows are stored, the file has 3" in found()


def test_a_gap(job: Job) -> None:
    Row.objects.filter(number=2).delete()
    assert "gaps" in found()


def test_a_job_done_too_early(job: Job) -> None:
    Job.objects.update(state="done")
    assert "is done, but rows" in found()


def test_a_batch_that_forgot_its_rows(job: Job) -> None:
    Batch.objects.update(state="finished")
    assert "wait in no batch that waits" in found()


def test_rows_sent_twice(job: Job) -> None:
    submission(job, outcome=Outcome.UNKNOWN)
    submission(job, outcome=Outcome.ACCEPTED, run_id="r1")
    assert "may have been sent twice" in found()


def test_a_refusal_and_a_second_sending_are_fine(job: Job) -> None:
    submission(job, outcome=Outcome.REFUSED)
    sent = submission(job, outcome=Outcome.ACCEPTED, run_id="r1")
    credits.reserve(sent.holder, Decimal(6))
    assert found() == ""


def test_a_row_with_an_earlier_result_was_not_sent(job: Job) -> None:
    taken = {"state": "enriched", "result": {}, "reused_from_id": 7, "enriched_at": timezone.now()}
    Row.objects.filter(number=1).update(**taken)
    assert found() == ""


def test_a_job_that_is_being_thrown_away_is_not_judged(job: Job) -> None:
    Row.objects.filter(number=2).delete()
    Row.objects.update(state="dead")
    Job.objects.update(deleted_at=timezone.now())
    assert found() == ""


def test_a_cancelled_job_whose_rows_are_not_put_away(job: Job) -> None:
    Row.objects.filter(number=3).delete()
    now = timezone.now()
    Job.objects.update(
        state="cancelled", ingested_at=None, ingest_error="x", ingested_rows=2, finished_at=now
    )
    Row.objects.update(state="discarded")
    assert found() == "", "it may be tried again this minute"
    Job.objects.update(finished_at=timezone.now() - timedelta(minutes=5))
    assert found() == f"job {job.pk}: is cancelled, but only 2 of 3 rows are put away"
