"""Rows by state of large jobs: counted by their batches, they come to what counting each row comes to."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.models import Destination, Job, Proof, RowState, Submission, look_up, progress
from jobs.review import verbs
from tests.support import a_letter, bring_home, csv_of, draft, fresh, row, running, send, states, step

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LARGE", 1)


@pytest.fixture
def job(clay: Sandbox, people: Destination) -> Job:
    """Ten batches of two."""
    people.batch_size = 2
    people.save()
    return running(people, csv_of(20))


def listed(job: Job) -> dict[str, int]:
    """Its counts as a list of jobs has them."""
    (found,) = look_up([fresh(job)])
    return {state.value: count for state, count in found.counts.items() if count}


def test_all_wait(job: Job) -> None:
    assert listed(job) == states(job) == {"waiting": 20}


def test_some_are_out(job: Job, people: Destination) -> None:
    step(people)
    step(people)
    assert listed(job) == states(job) == {"waiting": 16, "in_flight": 4}


def test_all_came_home(job: Job, people: Destination) -> None:
    send(people)
    bring_home()
    assert listed(job) == states(job) == {"enriched": 20}


def test_a_refused_batch_waits_again(job: Job, people: Destination, clay: Sandbox) -> None:
    clay.settings(next_refusals=1)
    step(people)
    assert Submission.objects.get().outcome == "refused"
    assert listed(job) == states(job) == {"waiting": 20}


def test_dead_and_discarded_ones(job: Job) -> None:
    a_letter(job, [1, 2])
    verbs.discard(a_letter(job, [3, 4], batch=row(job, 3).batch), None, "Left the company")
    assert listed(job) == states(job) == {"waiting": 16, "dead": 2, "discarded": 2}


def test_a_late_result_takes_a_row_out_of_a_retry(job: Job, people: Destination) -> None:
    verbs.retry(a_letter(job, [1, 2]), None)
    assert listed(job) == states(job) == {"waiting": 20}
    late = job.rows.filter(number=1)
    late.update(state=RowState.ENRICHED, result={}, proof=Proof.SENT)
    assert listed(job) == states(job) == {"waiting": 19, "enriched": 1}


def test_a_table_s_webhook_may_take_some_of_a_batch(job: Job) -> None:
    Destination.objects.update(kind="webhook")
    a_letter(job, [1], batch=row(job, 1).batch)
    assert listed(job) == states(job) == {"waiting": 19, "dead": 1}


def test_a_cancelled_one(job: Job) -> None:
    steering.jobs.cancel(fresh(job))
    assert listed(job) == states(job) == {"discarded": 20}


def test_one_whose_file_is_being_read_in(people: Destination) -> None:
    job = draft(people, csv_of(7))
    steering.jobs.start(job)
    assert listed(job) == states(job) == {"waiting": 7}


def test_rows_that_were_left_out(people: Destination) -> None:
    job = running(people, csv_of(3) + csv_of(3).partition("\n")[2])
    assert listed(job) == states(job)


def test_several_at_once_in_one_statement_that_reads_no_row_that_waits(job: Job, people: Destination) -> None:
    other = running(people, csv_of(3))
    with CaptureQueriesContext(connection) as queries:
        found = progress.quick({job.pk, other.pk})
    assert len(queries) == 1
    assert (found[job.pk]["waiting"], found[other.pk]["waiting"]) == (20, 3)


def test_programs_get_each_row_counted(job: Job) -> None:
    job.batches.update(size=9)
    (found,) = look_up([fresh(job)], each_row=True)
    assert found.counts[RowState.WAITING] == 20
