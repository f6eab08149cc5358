"""A draft's file is read in another way, its mapping is remembered, the same file is recognized."""

from dataclasses import replace

import pytest

from jobs import intake, steering
from jobs.intake.decisions import decide
from jobs.models import JobState, NotPossible
from tests.support import a_destination, csv_of, draft, fresh

pytestmark = pytest.mark.django_db


def test_another_delimiter_gives_other_columns_and_counts() -> None:
    job = draft(a_destination(), "email;domain,x\na@b.test;b.test,1\n")
    intake.read_again(job, replace(job.format, delimiter=","))
    assert fresh(job).columns == ["email;domain", "x"]
    assert fresh(job).is_checked
    assert fresh(job).row_count == 1


def test_without_a_header_the_first_line_is_data() -> None:
    job = draft(a_destination(), csv_of(3))
    intake.read_again(job, replace(job.format, header=False))
    assert (fresh(job).row_count, fresh(job).first_line) == (4, 1)


def test_lines_at_the_top_are_skipped() -> None:
    job = draft(a_destination(), csv_of(3))
    intake.read_again(job, replace(job.format, skip=1))
    assert fresh(job).columns[0] == "Ana 1"
    assert fresh(job).row_count == 2


def test_what_gives_no_columns_changes_nothing() -> None:
    job = draft(a_destination(), csv_of(3))
    with pytest.raises(intake.Unreadable):
        intake.read_again(job, replace(job.format, skip=99))
    assert (fresh(job).skip, fresh(job).columns, job.skip) == (0, ["name", "email", "domain"], 0)


def test_a_started_job_is_not_read_again() -> None:
    job = draft(a_destination(), csv_of(3))
    steering.jobs.start(job)
    intake.read_again(job, replace(job.format, skip=1))
    assert (fresh(job).state, fresh(job).skip) == (JobState.READY, 0)


def test_the_mapping_of_a_started_job_is_remembered_for_its_header() -> None:
    people = a_destination()
    first = draft(people, csv_of(3))
    intake.set_up(
        first, mapping={"email": 1}, constants={"domain": "north.test"}, cleanups={"email": ["lower"]}
    )
    steering.jobs.start(first)
    second, other = draft(people, csv_of(2)), draft(people, "Email\na@b.test\n")
    assert (second.mapping, second.constants, second.cleanups) == (
        {"email": 1},
        {"domain": "north.test"},
        {"email": ["lower"]},
    )
    assert other.constants == {}


def test_what_is_remembered_fits_the_inputs_of_today() -> None:
    people = a_destination()
    steering.jobs.start(draft(people, csv_of(3)))
    people.inputs = [{"name": "email", "required": True}]
    people.save()
    assert draft(people, csv_of(3)).mapping == {"email": 1}


def test_the_same_file_is_recognized() -> None:
    people = a_destination()
    first, _, third = (
        draft(people, csv_of(3)),
        draft(people, csv_of(4)),
        draft(people, csv_of(3), "again.csv"),
    )
    assert list(intake.same_file(third)) == [first]


def test_a_constant_fills_a_required_input() -> None:
    job = draft(a_destination(), "who\nAna\n")
    intake.set_up(job, mapping={"domain": 0}, constants={"email": "sales@north.test"})
    assert job.blocked == ""
    intake.set_up(job, constants={"email": "  "})
    assert job.blocked == "Map a column to: email."


def test_start_refuses_what_was_changed_in_another_window() -> None:
    job = draft(a_destination(), csv_of(3))
    intake.set_up(fresh(job), mapping={"email": 0})
    with pytest.raises(NotPossible, match="changed meanwhile"):
        steering.jobs.start(job)
    assert fresh(job).state == JobState.DRAFT


def test_a_choice_that_changes_no_finding_needs_no_new_check() -> None:
    job = draft(a_destination(), csv_of(3))
    decide(job, leave_out=["duplicate"], mapping=job.mapping)
    assert fresh(job).is_checked
    decide(job)
    decide(job, mapping={"email": 0})
    assert not fresh(job).is_checked
