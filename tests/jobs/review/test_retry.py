"""Retry: through the lane like any others, once however often it is pressed, and never unapproved."""

from collections import Counter
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from budget import credits as budget
from budget.models import Entry
from clayops.clay import ResultItem
from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.intake.rows import ingest
from jobs.models import (
    Batch,
    Charge,
    DeadLetter,
    Destination,
    Job,
    JobState,
    LetterState,
    NotPossible,
    Proof,
    ReviewPolicy,
    Row,
    Submission,
)
from jobs.results import applying
from jobs.review import verbs
from jobs.sending import outcomes
from jobs.sending.lane import Lane
from jobs.sending.load import Load
from jobs.upkeep import audit
from tests.support import a_letter, bring_home, csv_of, draft, fresh, row, running, send, states, step
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def again(letter: DeadLetter) -> DeadLetter:
    return DeadLetter.objects.get(pk=letter.pk)


def test_refused_rows_go_again_without_an_approval(refused: DeadLetter, ana: User) -> None:
    verbs.retry(refused, ana)
    assert (again(refused).state, states(refused.job)) == ("retrying", {"waiting": 3})
    assert fresh(refused.job).state == JobState.RUNNING
    send(refused.job.destination)
    bring_home()
    assert (again(refused).state, states(refused.job)) == ("resolved", {"enriched": 3})
    assert fresh(refused.job).state == JobState.DONE


def test_the_credits_are_on_whoever_retried(refused: DeadLetter, ana: User) -> None:
    verbs.retry(refused, ana)
    send(refused.job.destination)
    last = Entry.objects.latest("pk")
    assert (last.person, last.label) == (ana, "leads.csv, batch 2, a retry")


def test_with_an_approval_it_is(clay: Sandbox, lost: DeadLetter, ana: User, ben: User) -> None:
    verbs.approve(lost, ana, "Not in the table")
    verbs.retry(lost, ben)
    send(lost.job.destination)
    bring_home()
    assert states(lost.job) == {"enriched": 3}
    assert set(clay.counts()["accepted"].values()) == {2}
    assert list(audit.findings()) == []


def test_four_eyes(lost: DeadLetter, ana: User, ben: User) -> None:
    ReviewPolicy.set_four_eyes(True, ana)
    verbs.approve(lost, ana, "fine")
    with pytest.raises(NotPossible, match="Four eyes"):
        verbs.retry(lost, ana)
    assert verbs.retry(lost, ben).state == LetterState.RETRYING


def test_four_eyes_ask_no_approval_of_what_cost_nothing(refused: DeadLetter, ana: User) -> None:
    ReviewPolicy.set_four_eyes(True, ana)
    assert verbs.retry(refused, ana).state == LetterState.RETRYING


def test_the_second_of_two_retries_is_refused(refused: DeadLetter, ana: User, ben: User) -> None:
    verbs.retry(refused, ana)
    with pytest.raises(NotPossible, match="being sent again already"):
        verbs.retry(refused, ben)


def test_of_many_who_press_at_once_one_sends(clay: Sandbox, refused: DeadLetter, ana: User) -> None:
    told: Counter[str] = Counter()

    def press() -> None:
        try:
            verbs.retry(refused, ana)
            told["sent"] += 1
        except NotPossible:
            told["refused"] += 1

    at_once(*[press] * 6)
    send(refused.job.destination)
    bring_home()
    assert told == {"sent": 1, "refused": 5}
    assert set(clay.counts()["accepted"].values()) == {1}


def test_at_the_limit_it_waits(refused: DeadLetter, ana: User) -> None:
    budget.set_limit(Decimal(5), None)
    verbs.retry(refused, ana)
    send(refused.job.destination)
    assert states(refused.job) == {"waiting": 3}
    assert again(refused).state == LetterState.RETRYING


# -- failing again ---------------------------------------------------------------------------------
def test_failing_again_it_is_open_with_the_new_cause(clay: Sandbox, refused: DeadLetter, ana: User) -> None:
    clay.settings(next_refusals=1, refusal_status=404)
    before = again(refused)
    verbs.retry(refused, ana)
    send(refused.job.destination)
    now = DeadLetter.objects.get()
    assert (now.pk, now.state, now.size, now.attempts) == (refused.pk, "open", 3, 2)
    assert "404" in now.cause
    assert (now.charge, now.version) == (Charge.NO, before.version + 1)
    assert [each.kind for each in now.events.order_by("pk")] == ["failed", "retried", "failed"]
    assert row(now.job, 1).proof == Proof.NOT_SENT


def test_an_approval_is_used_up_and_the_charge_stays(clay: Sandbox, lost: DeadLetter, ana: User) -> None:
    """The second sending was surely refused; whether the first one cost is as unknown as before."""
    clay.settings(next_refusals=1, refusal_status=422)
    verbs.approve(lost, ana, "x")
    verbs.retry(lost, ana)
    send(lost.job.destination)
    now = again(lost)
    assert (now.state, now.charge, now.approved_by) == ("open", Charge.POSSIBLY, None)
    assert row(now.job, 1).proof == Proof.MAYBE
    with pytest.raises(NotPossible, match="approval"):
        verbs.retry(now, ana)


def test_a_pause_of_the_attempts_keeps_the_proof(clay: Sandbox, lost: DeadLetter, ana: User) -> None:
    verbs.approve(lost, ana, "x")
    verbs.retry(lost, ana)
    clay.settings(next_refusals=1, refusal_status=429, refusal_retry_after=0.2)
    step(lost.job.destination)
    assert states(lost.job) == {"waiting": 3}
    assert row(lost.job, 1).proof == Proof.MAYBE
    send(lost.job.destination)
    bring_home()
    assert states(lost.job) == {"enriched": 3}


def test_some_come_home_and_some_fail_again(clay: Sandbox, refused: DeadLetter, ana: User) -> None:
    verbs.retry(refused, ana)
    send(refused.job.destination)
    run = Submission.objects.latest("pk")
    a, b, c = run.row_ids
    applying.apply(run, [item(a), failed(b, "X"), failed(c, "Y")])
    letters = {each.cause: each for each in DeadLetter.objects.all()}
    assert {cause: (each.size, each.state) for cause, each in letters.items()} == {
        "X": (1, "open"),
        "Y": (1, "open"),
    }
    assert {each.parent_id for each in letters.values()} == {None, refused.pk}
    assert states(refused.job) == {"enriched": 1, "dead": 2}


def test_what_surely_cost_nothing_stays_so_beside_another_that_may(
    people: Destination, refused: DeadLetter, ana: User
) -> None:
    Destination.objects.update(charges_misses=False)
    verbs.retry(refused, ana)
    send(refused.job.destination)
    run = Submission.objects.latest("pk")
    a, b, _ = run.row_ids
    applying.apply(run, [failed(a, "X"), failed(b, "X")])  # the third is missing: it may have cost
    charges = dict(DeadLetter.objects.values_list("cause", "charge"))
    assert charges == {"X": "no", "Clay's finished run did not return this row": "possibly"}


def item(pk: int) -> ResultItem:
    return ResultItem(str(pk), "complete", {"x": 1}, None, {})


def failed(pk: int, why: str) -> ResultItem:
    return ResultItem(str(pk), "failed", None, why, {})


# -- late results ----------------------------------------------------------------------------------
def given_up_and_retried(clay: Sandbox, people: Destination, ana: User) -> tuple[Submission, DeadLetter]:
    """A run that was given up, and its letter, which waits to be sent again."""
    clay.settings(next_stuck=1)
    step(people)
    run = Submission.objects.get()
    steering.runs.give_up(run)
    letter = verbs.approve(DeadLetter.objects.get(), ana, "gone")
    return run, verbs.retry(letter, ana)


def test_a_late_result_while_it_waits_is_taken_and_not_paid_again(
    clay: Sandbox, job: Job, people: Destination, ana: User
) -> None:
    run, letter = given_up_and_retried(clay, people, ana)
    applying.apply(run, [item(pk) for pk in run.row_ids])
    assert (states(job), again(letter).state) == ({"enriched": 3}, "resolved")
    send(people)
    assert set(clay.counts()["accepted"].values()) == {1}


def test_a_late_failure_of_the_first_run_leaves_the_retry_alone(
    clay: Sandbox, job: Job, people: Destination, ana: User
) -> None:
    run, letter = given_up_and_retried(clay, people, ana)
    step(people)
    applying.apply(run, [failed(pk, "too late") for pk in run.row_ids])
    assert (states(job), again(letter).state) == ({"in_flight": 3}, "retrying")
    bring_home()
    assert states(job) == {"enriched": 3}


def test_a_sender_that_dies_in_the_retry(lost: DeadLetter, ana: User, people: Destination) -> None:
    verbs.approve(lost, ana, "x")
    verbs.retry(lost, ana)
    batch = Batch.objects.latest("pk")
    Lane(people.pk, "of-a-dead-one")
    load = Load(people, batch, 3)
    assert load.reserve()
    with transaction.atomic():
        load.write("of-a-dead-one")
    outcomes.clear_up(people.pk, "another")
    now = again(lost)
    assert (now.state, now.charge, now.attempts) == ("open", "possibly", 2)
    assert row(now.job, 1).proof == Proof.MAYBE


# -- the batch that carries them ---------------------------------------------------------------------
def failed_rows(job: Job, count: int) -> list[DeadLetter]:
    """Letters of one row each, as of a run whose items failed."""
    batch = job.batches.get()
    holder = budget.Purpose(destination=job.destination_id, job=job.pk, person=None, rows=count, label="x")
    budget.reserve("h", Decimal(2), [], holder)
    budget.settle("h", Decimal(2))
    ids = list(batch.rows.values_list("pk", flat=True))
    sent = Submission.objects.create(
        destination=job.destination,
        batch=batch,
        attempt=1,
        runner="r",
        row_ids=ids,
        holder="h",
        credits=2,
        spent=2,
        outcome="accepted",
        run_id="run_1",
        run_state="finished",
    )
    made = [a_letter(job, [number], "No such person", submission=sent) for number in range(1, count + 1)]
    Row.objects.filter(batch=batch).update(proof=Proof.SENT)
    return made


def test_single_rows_that_failed_alike_travel_together(clay: Sandbox, people: Destination, ana: User) -> None:
    job = running(people, csv_of(4))
    for letter in failed_rows(job, 4):
        verbs.retry(letter, ana)
    assert Batch.objects.filter(is_retry=True).values_list("size", flat=True).get() == 4
    send(people)
    bring_home()
    assert states(job) == {"enriched": 4}
    assert set(DeadLetter.objects.values_list("state", flat=True)) == {"resolved"}


def test_of_a_shared_batch_each_row_goes_back(clay: Sandbox, people: Destination, ana: User) -> None:
    job = running(people, csv_of(4))
    letters = failed_rows(job, 4)
    for letter in letters:
        verbs.retry(letter, ana)
    clay.settings(next_refusals=1, refusal_status=422)
    send(people)
    assert sorted(DeadLetter.objects.values_list("pk", "size", "state")) == [
        (each.pk, 1, "open") for each in letters
    ]


def test_refused_letters_go_alone(clay: Sandbox, job: Job, ana: User) -> None:
    letters = [a_letter(job, [number]) for number in (1, 2, 3)]
    for letter in letters:
        verbs.retry(letter, ana)
    assert list(Batch.objects.filter(is_retry=True).values_list("size", flat=True)) == [1, 1, 1]


def test_a_retry_that_is_too_large_is_cut(clay: Sandbox, refused: DeadLetter, ana: User) -> None:
    long = {"domain": "x" * 40_000}
    Row.objects.update(edits=long)
    verbs.retry(refused, ana)
    send(refused.job.destination)
    bring_home()
    assert states(refused.job) == {"enriched": 3}
    assert [len(each.row_ids) for each in Submission.objects.order_by("pk")] == [3, 1, 2]
    assert again(refused).state == LetterState.RESOLVED


def test_a_cut_retry_passes_the_audit(clay: Sandbox, lost: DeadLetter, ana: User) -> None:
    Row.objects.update(edits={"domain": "x" * 40_000})
    verbs.approve(lost, ana, "x")
    verbs.retry(lost, ana)
    send(lost.job.destination)
    bring_home()
    assert list(audit.findings()) == []
    assert states(lost.job) == {"enriched": 3}


# -- the job ----------------------------------------------------------------------------------------
def test_of_a_cancelled_job_only_these_rows_go(clay: Sandbox, people: Destination, ana: User) -> None:
    Destination.objects.update(batch_size=2)
    clay.settings(next_refusals=1, refusal_status=422)
    job = running(people, csv_of(4))
    step(people)
    steering.jobs.cancel(fresh(job))
    assert states(job) == {"dead": 2, "discarded": 2}
    verbs.retry(DeadLetter.objects.get(), ana)
    send(people)
    bring_home()
    assert states(job) == {"enriched": 2, "discarded": 2}
    assert fresh(job).state == JobState.DONE


def test_cancelled_while_it_waits_it_is_discarded_and_can_be_restored(refused: DeadLetter, ana: User) -> None:
    verbs.retry(refused, ana)
    steering.jobs.cancel(fresh(refused.job), ana)
    assert (again(refused).state, states(refused.job)) == ("discarded", {"discarded": 3})
    verbs.restore(again(refused), ana)
    assert (again(refused).state, states(refused.job)) == ("open", {"dead": 3})


def test_cancelled_while_it_is_sent_and_refused(clay: Sandbox, refused: DeadLetter, ana: User) -> None:
    verbs.retry(refused, ana)
    clay.settings(next_refusals=1, refusal_status=429, refusal_retry_after=0.1)
    sent = Submission.objects.count()
    Job.objects.update(state=JobState.RUNNING)
    original = outcomes._wait_again

    def cancelled(submission: Submission) -> None:
        Job.objects.update(state=JobState.CANCELLED)
        original(submission)

    outcomes._wait_again = cancelled
    try:
        step(refused.job.destination)
    finally:
        outcomes._wait_again = original
    assert Submission.objects.count() == sent + 1
    assert (again(refused).state, states(refused.job)) == ("discarded", {"discarded": 3})


def test_a_paused_job_keeps_it_waiting(refused: DeadLetter, ana: User) -> None:
    Job.objects.update(state=JobState.PAUSED)
    verbs.retry(refused, ana)
    send(refused.job.destination)
    assert states(refused.job) == {"waiting": 3}
    steering.jobs.resume(fresh(refused.job), ana)
    send(refused.job.destination)
    bring_home()
    assert states(refused.job) == {"enriched": 3}


def test_to_an_archived_destination_nothing_goes(refused: DeadLetter, ana: User) -> None:
    Destination.objects.update(archived_at=timezone.now())
    with pytest.raises(NotPossible, match="archived"):
        verbs.retry(refused, ana)


def test_of_a_deleted_job_nothing_goes(refused: DeadLetter, ana: User) -> None:
    steering.removal.remove(fresh(refused.job))
    with pytest.raises(NotPossible, match="deleted"):
        verbs.retry(refused, ana)


def test_while_a_trial_runs_a_retry_is_of_the_trial(clay: Sandbox, people: Destination, ana: User) -> None:
    Destination.objects.update(batch_size=2)
    job = draft(people, csv_of(8))
    steering.jobs.start(job, trial_rows=4)
    ingest.ingest(job.pk)
    clay.settings(next_refusals=1, refusal_status=422)
    step(people)
    verbs.retry(DeadLetter.objects.get(), ana)
    send(people)
    bring_home()
    assert states(job) == {"enriched": 4, "waiting": 4}
    assert fresh(job).state == JobState.PAUSED


def test_retry_is_a_handful_of_queries(refused: DeadLetter, ana: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        verbs.retry(refused, ana)
    assert len(asked) < 25
