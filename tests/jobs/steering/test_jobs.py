"""Rename, move, duplicate, delete: what they do, and what they refuse."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from jobs import steering
from jobs.intake import files
from jobs.intake.decisions import decide
from jobs.models import Destination, Job, JobState, NotPossible, Outcome, RunState, Submission
from jobs.status import status
from tests.support import a_destination, csv_of, draft, fresh, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Destination:
    return a_destination(batch_size=2, pause_seconds=10.0)


@pytest.fixture
def job(people: Destination) -> Job:
    return running(people, csv_of(4), "first.csv")


def ended(job: Job) -> Job:
    steering.jobs.cancel(job)
    return fresh(job)


# -- rename ------------------------------------------------------------------------------------------
def test_a_job_is_renamed_and_its_history_says_so(job: Job) -> None:
    assert steering.jobs.rename(job, "  Spring\n leads ")
    assert fresh(job).name == "Spring leads"
    assert job.events.get(kind="renamed").text == "Renamed from “first.csv” to “Spring leads”"
    assert fresh(job).file_name == "first.csv"


def test_renaming_twice_is_one_change(job: Job) -> None:
    steering.jobs.rename(job, "Spring leads")
    assert not steering.jobs.rename(job, "Spring leads")
    assert job.events.filter(kind="renamed").count() == 1


@pytest.mark.parametrize(("name", "says"), [(" \n", "Give the job a name"), ("x" * 256, "256 characters")])
def test_a_name_that_is_blank_or_too_long_is_refused(job: Job, name: str, says: str) -> None:
    with pytest.raises(NotPossible, match=says):
        steering.jobs.rename(job, name)
    assert fresh(job).name == "first.csv"


def test_a_name_may_have_255_characters(job: Job) -> None:
    steering.jobs.rename(job, "é" * 255)
    assert fresh(job).name == "é" * 255


# -- the lane ----------------------------------------------------------------------------------------
def places(*jobs: Job) -> list[str]:
    return [str(fresh(job).place) for job in jobs]


def test_jobs_of_the_same_priority_take_turns(people: Destination, job: Job) -> None:
    assert places(job) == ["alone in the lane"]
    second = running(people, csv_of(2), "second.csv")
    assert places(job, second) == ["takes turns with second.csv", "takes turns with first.csv"]


def test_moving_up_goes_past_those_it_took_turns_with(people: Destination, job: Job) -> None:
    second = running(people, csv_of(2), "second.csv")
    assert steering.lane_place.move_up(second) == "second.csv: first in the lane at People."
    assert places(job, second) == ["behind second.csv", "first in the lane"]
    assert second.events.get(kind="moved").text == "Moved: first in the lane at People"


def test_each_step_has_an_effect_however_far_apart_the_priorities_are(people: Destination, job: Job) -> None:
    second = running(people, csv_of(2), "second.csv")
    Job.objects.filter(pk=second.pk).update(priority=500)
    assert steering.lane_place.move_up(job) == "first.csv: takes turns with second.csv at People."
    assert steering.lane_place.move_up(fresh(job)) == "first.csv: first in the lane at People."
    with pytest.raises(NotPossible, match="first in the lane already"):
        steering.lane_place.move_up(fresh(job))


def test_moving_down_is_the_same_the_other_way(people: Destination, job: Job) -> None:
    second, third = (running(people, csv_of(2), f"{name}.csv") for name in ("second", "third"))
    assert steering.lane_place.move_down(job) == "first.csv: behind 2 jobs at People."
    with pytest.raises(NotPossible, match="last in the lane already"):
        steering.lane_place.move_down(fresh(job))
    assert places(second, third) == ["takes turns with third.csv", "takes turns with second.csv"]


def test_alone_there_is_nothing_to_move_past(job: Job) -> None:
    running(a_destination("Companies"), name="elsewhere.csv")
    with pytest.raises(NotPossible, match="No other job goes to People"):
        steering.lane_place.move_up(job)


def test_a_job_that_has_ended_has_no_place(people: Destination, job: Job) -> None:
    running(people)
    with pytest.raises(NotPossible, match="is cancelled"):
        steering.lane_place.move_up(ended(job))


def test_priorities_stay_within_bounds(people: Destination, job: Job) -> None:
    running(people, name="second.csv")
    Job.objects.update(priority=1000)
    with pytest.raises(NotPossible, match="as far as it can go"):
        steering.lane_place.move_up(fresh(job))
    assert fresh(job).priority == 1000


def test_of_two_people_who_move_it_at_once_one_is_told(people: Destination, job: Job) -> None:
    running(people, name="second.csv")
    other = fresh(job)
    steering.lane_place.move_up(job)
    with pytest.raises(NotPossible, match="Somebody else"):
        steering.lane_place.move_down(other)


def test_the_time_left_counts_what_goes_first_and_half_of_what_takes_turns(
    people: Destination, job: Job
) -> None:
    alone = fresh(job).time_left
    assert alone == timedelta(seconds=2 * 10 + 15)
    second = running(people, csv_of(20), "second.csv")
    assert fresh(job).time_left == alone + timedelta(seconds=2 * 10)  # two of its ten batches in between
    steering.lane_place.move_up(second)
    assert fresh(job).time_left == alone + timedelta(seconds=10 * 10)
    assert fresh(second).time_left == timedelta(seconds=10 * 10 + 15)


def test_a_paused_job_is_in_nobody_s_way(people: Destination, job: Job) -> None:
    second = running(people, csv_of(20), "second.csv")
    steering.jobs.pause(second)
    assert places(job) == ["alone in the lane"]


# -- duplicate ---------------------------------------------------------------------------------------
def test_a_duplicate_is_a_checked_draft_with_the_same_file_and_setup(people: Destination) -> None:
    job = draft(people, "Mail;Site\nana@north.test;north.test\n", "leads.csv")
    decide(job, mapping={"email": 0}, constants={"domain": "x.test"}, cleanups={"email": ["lower"]})
    copy = fresh(steering.jobs.duplicate(fresh(job)))
    assert (copy.name, copy.file_name, copy.state) == ("leads.csv (copy)", "leads.csv", JobState.DRAFT)
    assert (copy.mapping, copy.constants, copy.cleanups) == (job.mapping, job.constants, job.cleanups)
    assert (copy.delimiter, copy.columns, copy.row_count) == (";", ["Mail", "Site"], 1)
    assert copy.is_checked
    assert not copy.blocked


def test_a_duplicate_lives_on_when_the_first_is_thrown_away(people: Destination) -> None:
    job = draft(people)
    copy = steering.jobs.duplicate(job)
    assert copy.file.path != job.file.path
    Path(job.file.path).unlink()
    steering.jobs.start(copy)
    assert [record.cells[0] for record in files.records(fresh(copy))] == ["Ana 1", "Ana 2", "Ana 3"]


def test_a_cancelled_job_can_be_duplicated_and_started(job: Job) -> None:
    copy = steering.jobs.duplicate(ended(job))
    steering.jobs.start(copy)
    assert fresh(copy).state == JobState.READY
    assert fresh(copy).priority == 0


def test_without_its_file_there_is_no_duplicate(job: Job) -> None:
    Path(job.file.path).unlink()
    with pytest.raises(NotPossible, match="is gone"):
        steering.jobs.duplicate(job)
    assert Job.objects.count() == 1


def test_an_archived_destination_takes_no_duplicate(people: Destination, job: Job) -> None:
    Destination.objects.update(archived_at=timezone.now())
    with pytest.raises(NotPossible, match="People is archived"):
        steering.jobs.duplicate(fresh(job))


# -- delete ------------------------------------------------------------------------------------------
def test_a_deleted_job_is_gone_for_people_at_once(job: Job) -> None:
    assert steering.removal.remove(ended(job))
    assert fresh(job).deleted_at is not None
    assert not Job.objects.shown().exists()
    assert status()["jobs"] == []


def test_deleting_twice_is_once(job: Job) -> None:
    one, other = ended(job), fresh(job)
    assert steering.removal.remove(one)
    assert not steering.removal.remove(other)
    assert job.events.filter(kind="deleted").count() == 1


def test_a_job_that_is_under_way_is_not_deleted(job: Job) -> None:
    with pytest.raises(NotPossible, match="Cancel it first"):
        steering.removal.remove(job)
    assert fresh(job).deleted_at is None


@pytest.mark.parametrize("outcome", ["", Outcome.ACCEPTED])
def test_a_job_with_rows_at_clay_is_not_deleted(job: Job, outcome: str) -> None:
    job = ended(job)
    run = Submission.objects.create(
        destination=job.destination,
        batch=job.batches.all()[0],
        attempt=1,
        runner="r",
        row_ids=[],
        holder="h",
        credits=0,
        outcome=outcome,
        run_id="run_1",
        run_state=RunState.OUT if outcome else "",
    )
    with pytest.raises(NotPossible, match="still at Clay"):
        steering.removal.remove(job)
    run.delete()
    assert steering.removal.remove(job)


def test_a_draft_is_deleted_and_cannot_be_started_any_more(people: Destination) -> None:
    job = draft(people)
    assert steering.removal.remove(job)
    steering.jobs.start(job)
    assert fresh(job).state == JobState.DRAFT


def test_a_job_whose_rows_are_still_being_put_away_is_not_deleted(people: Destination) -> None:
    job = draft(people)
    steering.jobs.start(job)
    with pytest.raises(NotPossible, match="Try again in a moment"):
        steering.removal.remove(ended(job))
