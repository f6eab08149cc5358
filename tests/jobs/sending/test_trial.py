"""A trial sends its rows and pauses; a job of a higher priority goes first."""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from budget.credits import set_limit
from jobs import steering
from jobs.credits import fits_today
from jobs.intake.rows import ingest
from jobs.models import Batch, BatchState, Job, JobState, Submission
from jobs.upkeep import tick
from tests.support import a_destination, bring_home, csv_of, draft, fresh, running, send, states, step

if TYPE_CHECKING:
    from clayops.sandbox.server import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


def trial(rows: int, batch_size: int = 5, trial_batches: int = 2) -> Job:
    """A running job whose first batches are a trial."""
    job = running(a_destination(batch_size=batch_size), csv_of(rows))
    Job.objects.filter(pk=job.pk).update(trial_rows=batch_size * trial_batches, trial_batches=trial_batches)
    return fresh(job)


def test_only_the_trial_s_rows_leave_then_it_pauses(clay: "Sandbox") -> None:
    job = trial(23)
    send(job.destination)
    bring_home()
    assert fresh(job).state == JobState.PAUSED
    assert states(job) == {"enriched": 10, "waiting": 13}
    assert "Paused by itself" in job.events.filter(kind="paused").get().text


def test_resume_sends_the_rest(clay: "Sandbox") -> None:
    job = trial(23)
    send(job.destination)
    steering.jobs.resume(fresh(job))
    send(job.destination)
    bring_home()
    assert fresh(job).state == JobState.DONE
    assert states(job) == {"enriched": 23}


def test_a_trial_of_everything_is_done_when_it_is_home(clay: "Sandbox") -> None:
    job = trial(7)
    send(job.destination)
    bring_home()
    assert fresh(job).state == JobState.DONE


def test_a_refused_trial_pauses_too(clay: "Sandbox") -> None:
    job = trial(23, trial_batches=1)
    clay.settings(next_refusals=1, refusal_status=422)
    send(job.destination)
    assert fresh(job).state == JobState.PAUSED
    assert states(job) == {"dead": 5, "waiting": 18}


def test_a_crash_before_the_pause_is_made_good_by_the_tick(clay: "Sandbox") -> None:
    job = trial(23, trial_batches=1)
    Batch.objects.filter(job=job, number=1).update(state=BatchState.FINISHED)
    tick.end_trials()
    assert fresh(job).state == JobState.PAUSED
    assert not Submission.objects.exists()
    Batch.objects.filter(job=job, number=1).update(state=BatchState.WAITING)  # for the audit


def test_a_higher_priority_goes_first(clay: "Sandbox") -> None:
    people = a_destination(batch_size=2)
    first, second = running(people, csv_of(4)), running(people, csv_of(4))
    Job.objects.filter(pk=second.pk).update(priority=1)
    send(people)
    jobs = Submission.objects.order_by("pk").values_list("batch__job", flat=True)
    assert list(jobs) == [second.pk, second.pk, first.pk, first.pk]


def test_a_trial_that_backs_off_lets_the_lane_rest(clay: "Sandbox") -> None:
    job = trial(23, trial_batches=1)
    Batch.objects.filter(job=job, number=1).update(not_before=timezone.now() + timedelta(seconds=60))
    assert (step(job.destination) or 0) > 50


def test_a_trial_of_all_rows_is_none() -> None:
    job = draft(a_destination(), csv_of(10))
    steering.jobs.start(job, trial_rows=10)
    assert fresh(job).trial_rows == 0


# -- only what fits today ----------------------------------------------------------------------------
def what_fits(limit: int) -> Job:
    """A job of 23 rows of which only what fits into the limit was started."""
    set_limit(Decimal(limit), None)
    job = draft(a_destination(batch_size=5), csv_of(23))
    steering.jobs.start(job, trial_rows=fits_today.fit_of(job).fits, fits=True)
    ingest.ingest(job.pk)
    return fresh(job)


def test_what_fits_leaves_to_the_last_row_then_it_pauses(clay: "Sandbox") -> None:
    job = what_fits(25)
    send(job.destination)
    bring_home()
    assert states(job) == {"enriched": 12, "waiting": 11}
    assert (fresh(job).state, fresh(job).destination.hold) == (JobState.PAUSED, "")
    text = "Paused by itself: what fitted into the day’s credits is sent. Resume sends the rest"
    assert job.events.get(kind="paused").text == text
    assert fresh(job).trial_is_over


def test_resume_sends_what_did_not_fit(clay: "Sandbox") -> None:
    job = what_fits(25)
    send(job.destination)
    set_limit(Decimal(100), None)
    steering.jobs.resume(fresh(job))
    send(job.destination)
    bring_home()
    assert states(job) == {"enriched": 23}
    assert not fresh(job).trial_is_over


def test_what_fits_and_a_trial_are_told_apart() -> None:
    job = draft(a_destination(), csv_of(20))
    steering.jobs.start(job, trial_rows=10)
    assert not fresh(job).trial_fits
    assert job.events.get(kind="started").text == "Started: 20 rows to People, the first 10 as a trial"
