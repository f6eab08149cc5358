"""Check with Clay: runs are fetched again, tables are looked up; nothing is sent, and it costs nothing."""

import time

import pytest
from django.contrib.auth.models import User

from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.models import (
    BulkAction,
    Charge,
    DeadLetter,
    Destination,
    Job,
    NotPossible,
    Proof,
    Row,
    Submission,
    Verb,
)
from jobs.review import check_with_clay
from jobs.review.bulk import actions
from tests.support import a_destination, csv_of, row, running, send, states, step

RUN = 0.2
"""Seconds in which the sandbox is done with a run."""
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def given_up(clay: Sandbox, job: Job, people: Destination) -> DeadLetter:
    """Three rows of a run that somebody gave up, and that ended after all."""
    step(people)
    steering.runs.give_up(Submission.objects.get())
    time.sleep(RUN)
    return DeadLetter.objects.get()


def test_a_run_that_is_done_brings_its_rows_home(given_up: DeadLetter, ana: User) -> None:
    said = check_with_clay.check(given_up, ana)
    assert said == "3 of 3 rows are enriched now; Clay answered about 1 run"
    assert states(given_up.job) == {"enriched": 3}
    assert DeadLetter.objects.get().state == "resolved"
    event = given_up.events.get(kind="checked")
    assert (event.by, event.text) == (ana, f"Checked with Clay: {said}")


def test_a_run_that_is_not_done(clay: Sandbox, job: Job, people: Destination, ana: User) -> None:
    clay.settings(next_stuck=1)
    step(people)
    steering.runs.give_up(Submission.objects.get())
    assert check_with_clay.check(DeadLetter.objects.get(), ana).startswith("no row came home")
    assert states(job) == {"dead": 3}


def test_without_a_run_there_is_nothing_to_ask(lost: DeadLetter, ana: User) -> None:
    with pytest.raises(NotPossible, match="Clay gave no run id for it"):
        check_with_clay.check(lost, ana)


def test_a_clay_that_does_not_answer(clay: Sandbox, given_up: DeadLetter, ana: User) -> None:
    clay.close()
    assert "Clay did not answer about 1 of 1 runs" in check_with_clay.check(given_up, ana)
    assert states(given_up.job) == {"dead": 3}


# -- the table ---------------------------------------------------------------------------------------
COLUMNS = {"Find email (Hunter)": "hunter", "Find email (Prospeo)": "prospeo"}


@pytest.fixture
def tabled(clay: Sandbox, transactional_db: None) -> Destination:
    clay.settings(waterfall=["hunter", "prospeo"], provider_errors={"hunter": 0, "prospeo": 0}, tables=1)
    return a_destination("Tabled", reads_cells=True, cell_columns=COLUMNS)


@pytest.fixture
def taken(clay: Sandbox, tabled: Destination) -> DeadLetter:
    """Eight rows that Clay took although its answer was lost."""
    clay.settings(next_vanish=1)
    running(tabled, csv_of(8))
    send(tabled)
    time.sleep(RUN)
    return DeadLetter.objects.get()


def test_rows_that_the_table_has_come_home(clay: Sandbox, taken: DeadLetter, ana: User) -> None:
    said = check_with_clay.check(taken, ana)
    assert "the table has 8 of 8 rows" in said
    home = Row.objects.filter(state="enriched")
    assert home.exists()
    for each in home:
        assert each.proof == Proof.SENT
        assert each.result
        assert set(each.result) <= set(COLUMNS)
    assert max(clay.counts()["accepted"].values()) == 1


def test_all_columns_in_error_are_no_result(clay: Sandbox, tabled: Destination, ana: User) -> None:
    clay.settings(provider_errors={"hunter": 1, "prospeo": 1}, next_vanish=1)
    job = running(tabled, csv_of(3))
    send(tabled)
    time.sleep(RUN)
    letter = DeadLetter.objects.get()
    assert check_with_clay.check(letter, ana) == "no row came home; the table has 3 of 3 rows"
    now = DeadLetter.objects.get()
    assert (now.charge, now.size, states(job)) == (Charge.YES, 3, {"dead": 3})
    assert row(job, 1).proof == Proof.SENT


def test_where_misses_are_free_they_may_have_cost(clay: Sandbox, tabled: Destination, ana: User) -> None:
    Destination.objects.update(charges_misses=False)
    clay.settings(provider_errors={"hunter": 1, "prospeo": 1}, next_vanish=1)
    running(tabled, csv_of(3))
    send(tabled)
    time.sleep(RUN)
    check_with_clay.check(DeadLetter.objects.get(), ana)
    assert DeadLetter.objects.get().charge == Charge.POSSIBLY


def test_rows_that_are_still_worked_on_stay(clay: Sandbox, tabled: Destination, ana: User) -> None:
    clay.settings(next_vanish=1, base_seconds=60)
    job = running(tabled, csv_of(3))
    send(tabled)
    assert "3 are still being worked on" in check_with_clay.check(DeadLetter.objects.get(), ana)
    assert states(job) == {"dead": 3}


def test_outputs_that_are_no_columns_do_not_stand_in_the_way(taken: DeadLetter, ana: User) -> None:
    Job.objects.update(outputs=["work_email"])
    assert "the table has 8 of 8 rows" in check_with_clay.check(DeadLetter.objects.get(), ana)


def test_a_plan_without_tables_says_so(clay: Sandbox, taken: DeadLetter, ana: User) -> None:
    clay.settings(tables=0)
    assert "the table could not be read" in check_with_clay.check(taken, ana)
    assert states(taken.job) == {"dead": 8}


# -- in bulk -----------------------------------------------------------------------------------------
def test_in_bulk_each_letter_says_what_came_of_it(given_up: DeadLetter, ana: User) -> None:
    action = actions.ask(Verb.CHECK, DeadLetter.objects.all(), ana)
    actions.confirm(action)
    actions.run(action.pk)
    assert BulkAction.objects.get().state == "done"
    item = action.items.get()
    assert (item.outcome, item.text) == ("done", "3 of 3 rows are enriched now; Clay answered about 1 run")


def test_in_bulk_what_cannot_be_asked_is_refused(lost: DeadLetter, ana: User) -> None:
    action = actions.ask(Verb.CHECK, DeadLetter.objects.all(), ana)
    actions.confirm(action)
    actions.run(action.pk)
    assert action.items.get().outcome == "refused"
