"""From a started job's file to rows and batches."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clayops.base import redis
from jobs import intake, steering
from jobs.intake.decisions import decide
from jobs.intake.rows import cutting, ingest
from jobs.models import Batch, Destination, Finding, Job, JobState, NotPossible, Row
from jobs.sending import completion
from tests.examples import examples
from tests.support import a_destination, csv_of, draft, fresh, row, running, states

pytestmark = pytest.mark.django_db


def sizes(job: Job) -> list[int]:
    return list(job.batches.values_list("size", flat=True))


def started(destination: Destination, text: str) -> Job:
    job = draft(destination, text)
    steering.jobs.start(job)
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
    monkeypatch.setattr(cutting, "CHUNK", 50)
    job = started(a_destination(), csv_of(175))
    store = ingest.store
    monkeypatch.setattr(ingest, "store", lambda job, chunk: store(job, chunk) and job.ingested_rows < 100)
    ingest.ingest(job.pk)
    assert (fresh(job).state, fresh(job).ingested_rows) == ("ready", 100)
    monkeypatch.setattr(ingest, "store", store)
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
    decide(job, leave_out=["unreadable"])
    steering.jobs.start(job)
    ingest.ingest(job.pk)
    assert states(job) == {"waiting": 2, "skipped": 1}
    assert sizes(job) == [2]
    assert row(job, 2).error == "Line 3 could not be read: it has 3 cells, the header has 2"


def test_lines_that_cannot_be_read_make_no_batch_of_their_own() -> None:
    job = draft(a_destination(batch_size=2), "email,domain\na@b.test,b\nc@d.test,d\nx,y,z\n")
    decide(job, leave_out=["unreadable"])
    steering.jobs.start(job)
    ingest.ingest(job.pk)
    assert (sizes(job), states(job)) == ([2], {"waiting": 2, "skipped": 1})


def test_a_job_cancelled_meanwhile_is_stored_as_discarded() -> None:
    job = started(a_destination(), csv_of(5))
    steering.jobs.cancel(job)
    ingest.ingest(job.pk)
    assert states(job) == {"discarded": 5}
    assert not Batch.objects.exists()


def test_a_batch_size_of_its_own() -> None:
    assert sizes(running(a_destination(batch_size=7), csv_of(20))) == [7, 7, 6]


# -- what was found ----------------------------------------------------------------------------------

FAULTY = "email,domain\na@b.test,b.test\nfoo@,b.test\na@b.test,b.test\nc@d.test,gmail.com\n,x.test\n"


def stored(destination: Destination, text: str, **decisions: object) -> Job:
    """A job started with these decisions, whose rows are in the database."""
    job = draft(destination, text)
    if decisions:
        intake.set_up(job, **decisions)
    steering.jobs.start(job)
    ingest.ingest(job.pk)
    return fresh(job)


def enriched(job: Job) -> Job:
    """All rows of `job` brought home an hour ago."""
    hour_ago = timezone.now() - timedelta(hours=1)
    result = {"title": "CEO", "company": {"name": "North"}}
    job.rows.update(state="enriched", proof="sent", result=result, enriched_at=hour_ago)
    job.batches.update(state="finished")
    completion.finish_if_settled(job)
    return fresh(job)


def test_what_is_left_out_says_why() -> None:
    job = stored(a_destination(), FAULTY, leave_out=["invalid_email", "duplicate", "missing"])
    assert states(job) == {"waiting": 2, "skipped": 3}
    assert [each.error for each in job.rows.filter(state="skipped")] == [
        "Left out (not an e-mail address): email is not an e-mail address: 'foo@'",
        "Left out (twice in the file): same as row 1 of this file",
        "Left out (a required input is blank): email is blank",
    ]
    assert sizes(job) == [2]


def test_what_is_found_but_not_left_out_is_sent() -> None:
    job = stored(a_destination(), FAULTY)
    assert (states(job), sizes(job)) == ({"waiting": 5}, [5])


def test_every_row_knows_its_key() -> None:
    job = stored(a_destination(), FAULTY, leave_out=["duplicate"])
    assert row(job, 1).key == row(job, 3).key != row(job, 2).key
    assert not job.rows.filter(key=None).exists()


def test_a_row_too_large_for_clay_is_left_out() -> None:
    text = f"email,domain\na@b.test,{'x' * 120_000}\nc@d.test,d.test\n"
    job = draft(a_destination(), text)
    with pytest.raises(NotPossible, match="cannot be read or sent"):
        steering.jobs.start(job)
    job = stored(job.destination, text, leave_out=["too_large"])
    assert states(job) == {"waiting": 1, "skipped": 1}
    assert "Clay takes 100,000 at once" in row(job, 1).error


def test_earlier_results_are_taken_at_no_cost() -> None:
    earlier = enriched(running(a_destination(), csv_of(2)))
    job = stored(earlier.destination, csv_of(3), reuse_results=True)
    assert (states(job), job.sendable_rows, sizes(job)) == ({"enriched": 2, "waiting": 1}, 1, [1])
    mine, its = row(job, 1), row(earlier, 1)
    assert (mine.reused_from_id, mine.result, mine.enriched_at) == (its.pk, its.result, its.enriched_at)
    assert (mine.proof, mine.batch, mine.key) == ("not_sent", None, its.key)
    assert (job.outputs, job.paths) == (["title", "company"], ["title", "company.name"])


def test_earlier_results_are_not_taken_unasked() -> None:
    earlier = enriched(running(a_destination()))
    assert states(stored(earlier.destination, csv_of(3))) == {"waiting": 3}


def test_a_row_left_out_takes_no_earlier_result() -> None:
    earlier = enriched(running(a_destination()))
    job = draft(earlier.destination)
    decide(job, reuse_results=True, leave_out=["enriched_before"])
    assert job.blocked == "The file has no row that could be sent."


def test_an_earlier_result_that_is_gone_meanwhile_leaves_the_row_out() -> None:
    earlier = enriched(running(a_destination(), csv_of(1)))
    job = draft(earlier.destination, csv_of(2))
    intake.set_up(job, reuse_results=True)
    steering.jobs.start(job)
    Job.objects.filter(pk=earlier.pk).update(deleted_at=timezone.now())
    ingest.ingest(job.pk)
    assert states(job) == {"skipped": 1, "waiting": 1}
    assert "deleted since" in row(job, 1).error


def test_a_job_with_nothing_to_send_is_done() -> None:
    earlier = enriched(running(a_destination()))
    job = stored(earlier.destination, csv_of(3), reuse_results=True)
    assert (job.state, states(job)) == (JobState.DONE, {"enriched": 3})
    assert not job.batches.exists()


def test_findings_that_are_gone_are_found_again() -> None:
    job = draft(a_destination(), FAULTY)
    decide(job, leave_out=["duplicate"])
    steering.jobs.start(job)
    job.findings_path.unlink()
    ingest.ingest(job.pk)
    assert states(job) == {"waiting": 4, "skipped": 1}


def test_many_rows_left_out_do_not_wait_for_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "CHUNK", 10)
    monkeypatch.setattr(cutting, "LONGEST_CHUNK", 20)
    job = draft(a_destination(), "email\na@b.test\n" + "a@b.test\n" * 100)
    decide(job, leave_out=["duplicate"])
    assert {len(chunk.rows) for chunk in cutting.chunks(job)} == {20, 10, 1}


@pytest.mark.parametrize(
    ("trial", "batches", "of_trial"),
    [(10, [10, 50, 40], 1), (60, [50, 10, 40], 2), (50, [50, 50], 1), (500, [50, 50], 0)],
)
def test_a_trial_has_batches_of_its_own(trial: int, batches: list[int], of_trial: int) -> None:
    job = draft(a_destination(), csv_of(100))
    steering.jobs.start(job, trial_rows=trial)
    ingest.ingest(job.pk)
    assert (sizes(job), fresh(job).trial_batches) == (batches, of_trial)


def test_a_trial_counts_rows_to_send_also_after_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "CHUNK", 2)
    job = draft(a_destination(batch_size=3), csv_of(5) + csv_of(9).partition("\n")[2])
    decide(job, leave_out=["duplicate"])
    steering.jobs.start(job, trial_rows=4)
    store = ingest.store
    monkeypatch.setattr(ingest, "store", lambda job, chunk: store(job, chunk) and False)
    ingest.ingest(job.pk)
    monkeypatch.setattr(ingest, "store", store)
    ingest.ingest(job.pk)
    assert (sizes(job), fresh(job).trial_batches) == ([3, 1, 3, 2], 2)


def test_left_out_rows_of_a_cancelled_job_keep_their_reason() -> None:
    job = draft(a_destination(), FAULTY)
    decide(job, leave_out=["duplicate"])
    steering.jobs.start(job)
    steering.jobs.cancel(job)
    ingest.ingest(job.pk)
    assert states(job) == {"skipped": 1, "discarded": 4}


def test_cells_that_postgresql_does_not_take() -> None:
    assert cutting.dumped(["a\0b", "\\u0000"]) == '["a\\u2400b", "\\\\u0000"]'


cells = st.sampled_from(["a@b.test", "A@B.test ", "c@d.test", "foo", "", "gmail.com", "b.test", "x,y", '"z'])
lines = st.lists(st.tuples(cells, cells).map(",".join), min_size=1, max_size=12)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lines=lines,
    leave_out=st.sets(st.sampled_from(Finding.values)),
    reuse=st.booleans(),
    trial=st.integers(0, 5),
)
def test_what_was_shown_before_start_is_what_becomes_of_the_rows(
    lines: list[str], leave_out: set[str], reuse: bool, trial: int
) -> None:
    """For any file and any choice: states add up, and are those that the page showed before Start."""
    destination = Destination.objects.filter(name="Any").first() or a_destination(
        "Any", inputs=[{"name": "email", "required": True}], batch_size=3
    )
    enriched(running(destination, "email\na@b.test\nc@d.test\n"))
    try:
        job = draft(destination, "email,domain\n" + "\n".join(lines))
        intake.set_up(job, leave_out=[*{*leave_out, "unreadable", "too_large"}], reuse_results=reuse)
        shown = (job.row_count, job.left_out_rows, job.reused_rows, job.sendable_rows)
        steering.jobs.start(job, trial_rows=trial)
    except (intake.Unreadable, NotPossible):
        return
    ingest.ingest(job.pk)
    found = Counter(job.rows.values_list("state", flat=True))
    assert (found.total(), found["skipped"], found["enriched"], found["waiting"]) == shown
    first = job.batches.filter(number__lte=fresh(job).trial_batches)
    assert sum(first.values_list("size", flat=True)) == (trial if trial < job.sendable_rows else 0)
    steering.jobs.cancel(job)


def test_a_cancelled_job_whose_file_is_gone_adds_up_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "CHUNK", 2)
    job = started(a_destination(), csv_of(5))
    for path in (Path(job.file.path), job.findings_path):
        path.unlink()
    ingest.ingest(job.pk)
    assert (fresh(job).state, "FileNotFoundError" in fresh(job).ingest_error) == ("ready", True)
    steering.jobs.cancel(job)
    ingest.ingest(job.pk)
    assert (states(job), fresh(job).ingest_error) == ({"discarded": 5}, "")
    assert (row(job, 5).cells, row(job, 5).error) == ([], cutting.UNREAD)


def test_a_job_that_is_gone_meanwhile_is_no_error() -> None:
    ingest.ingest(10**6)
