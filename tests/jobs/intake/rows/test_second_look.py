"""What other jobs did between the check and the rows: nobody pays twice who ticked "leave out"."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from jobs import steering
from jobs.destinations import rules
from jobs.intake.check import left_out
from jobs.intake.decisions import decide
from jobs.intake.rows import ingest
from jobs.models import Destination, Finding, Job
from tests.support import a_destination, csv_of, draft, fresh, row, running, states

BOTH = ["waiting_elsewhere", "enriched_before"]


@pytest.fixture
def people(transactional_db: None) -> Destination:
    return a_destination(batch_size=3)


def enrich(job: Job) -> None:
    now = timezone.now()
    job.rows.update(state="enriched", proof="sent", result={"title": "CEO"}, enriched_at=now)
    job.batches.update(state="finished")


def test_rows_that_wait_elsewhere_since_the_check_are_left_out(people: Destination) -> None:
    a, b = draft(people), draft(people, csv_of(5))
    decide(b, leave_out=BOTH)
    steering.jobs.start(a)
    ingest.ingest(a.pk)
    steering.jobs.start(b)
    ingest.ingest(b.pk)
    assert states(b) == {"skipped": 3, "waiting": 2}
    assert list(b.batches.values_list("size", flat=True)) == [2]
    says = "Left out (waiting in another job): waiting in another job of this destination"
    assert row(b, 1).error == says


def test_the_counts_follow(people: Destination) -> None:
    b = draft(people, csv_of(5))
    decide(b, leave_out=BOTH)
    running(people)
    steering.jobs.start(b)
    ingest.ingest(b.pk)
    assert (fresh(b).left_out_rows, fresh(b).sendable_rows) == (3, 2)
    assert [(why.finding, why.count) for why in left_out.whys(fresh(b))] == [(Finding.WAITING_ELSEWHERE, 3)]
    assert fresh(b).events.get(kind="ingested").text == "2 rows ready to send, 3 left out"


def test_rows_enriched_since_the_check_are_reused(people: Destination) -> None:
    b = draft(people, csv_of(5))
    decide(b, reuse_results=True)
    enrich(running(people))
    steering.jobs.start(b)
    ingest.ingest(b.pk)
    assert states(b) == {"enriched": 3, "waiting": 2}
    assert row(b, 1).result == {"title": "CEO"}


def test_without_a_tick_they_are_sent(people: Destination) -> None:
    b = draft(people, csv_of(5))
    running(people)
    steering.jobs.start(b)
    ingest.ingest(b.pk)
    assert states(b) == {"waiting": 5}


def test_a_job_that_was_started_first_is_stored_first(people: Destination) -> None:
    a, b = draft(people), draft(people, csv_of(5))
    decide(b, leave_out=BOTH)
    steering.jobs.start(a)
    steering.jobs.start(b)
    ingest.ingest(b.pk)  # the message for `a` was lost, say
    assert (states(a), states(b)) == ({"waiting": 3}, {"skipped": 3, "waiting": 2})


def test_a_job_that_cannot_be_stored_is_not_waited_for(people: Destination) -> None:
    a, b = draft(people), draft(people, csv_of(5))
    decide(b, leave_out=BOTH)
    steering.jobs.start(a)
    steering.jobs.start(b)
    for path in (Path(a.file.path), a.findings_path):
        path.unlink()
    ingest.ingest(b.pk)
    assert (fresh(a).state, states(b)) == ("ready", {"waiting": 5})
    steering.jobs.cancel(a)


def test_a_trial_has_its_rows_all_the_same(people: Destination) -> None:
    b = draft(people, csv_of(12))
    decide(b, leave_out=BOTH)
    running(people, csv_of(4))
    steering.jobs.start(b, trial_rows=4)
    ingest.ingest(b.pk)
    assert list(b.batches.values_list("size", flat=True)) == [3, 1, 3, 1]
    assert fresh(b).trial_batches == 2


def test_results_of_another_routine_are_not_known(people: Destination) -> None:
    enrich(running(people))
    before = draft(people)
    rules.save(people, {"name": people.name, "routine_id": "function:t_other"})
    assert "enriched_before" in before.findings
    assert not fresh(before).is_checked
    assert draft(fresh(before).destination).findings == {}


def test_results_stay_known_where_only_the_name_changes(people: Destination) -> None:
    enrich(running(people))
    rules.save(people, {"name": "Others", "routine_id": people.routine_id})
    assert people.routine_since < timezone.now() - timedelta(days=1)
    assert "enriched_before" in draft(people).findings
