"""What a review of the review found: each with the test that shows it is over."""

import time
from datetime import timedelta

import django_rq
import pytest
from django.contrib.auth.models import User
from django.db import connection

from budget.models import Entry
from clayops.clay import ResultItem
from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.models import (
    BatchState,
    BulkAction,
    Charge,
    DeadLetter,
    Destination,
    EventKind,
    Job,
    JobState,
    LetterEvent,
    NotPossible,
    RowState,
    StrayResult,
    Submission,
    Verb,
)
from jobs.results import applying
from jobs.review import check_with_clay, editing, verbs
from jobs.review.bulk import actions, items
from jobs.sending import outcomes, workspace
from jobs.sending.load import cut
from jobs.upkeep import audit, tick
from tests.support import a_letter, bring_home, csv_of, fresh, row, running, send, states, step

pytestmark = pytest.mark.django_db(transaction=True)


def again(letter: DeadLetter) -> DeadLetter:
    return DeadLetter.objects.with_places().get(pk=letter.pk)


def item(pk: int, **result: str) -> ResultItem:
    return ResultItem(str(pk), "complete", dict(result), None, {})


# -- a job that ends while letters of it are sent again ---------------------------------------------------
def test_a_job_does_not_end_under_a_retry(
    clay: Sandbox, people: Destination, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look for rows that are under way and the end nobody gets in: it is one transaction."""
    job = running(people, csv_of(1))
    seen = []
    move = Job.move_to

    def looked(self: Job, to: JobState, **kwargs: object) -> bool:
        seen.append((to, connection.in_atomic_block))
        return move(self, to, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Job, "move_to", looked)
    send(people)
    bring_home()
    assert (JobState.DONE, True) in seen
    assert fresh(job).state == JobState.DONE


# -- approvals ----------------------------------------------------------------------------------------
def test_an_approval_ends_when_more_may_have_been_charged(job: Job, ana: User) -> None:
    letter = verbs.approve(a_letter(job), ana)  # it cost nothing, as far as anybody knew: no note
    check_with_clay._take(again(letter), {row(job, 1).pk: {}})
    now = again(letter)
    assert (now.state, now.charge, now.version, now.approved_by) == ("open", Charge.YES, 2, None)
    with pytest.raises(NotPossible, match="approval"):
        verbs.retry(now, ana)


@pytest.mark.breaks_a_promise
def test_an_approval_of_what_cost_nothing_is_none_for_what_may_have(lost: DeadLetter, ana: User) -> None:
    verbs.approve(lost, ana, "x")
    verbs.retry(lost, ana)
    send(lost.job.destination)
    bring_home()
    LetterEvent.objects.filter(kind=EventKind.APPROVED).update(charge=Charge.NO)
    assert "may have been sent twice" in "\n".join(audit.findings())


@pytest.mark.breaks_a_promise
def test_one_approval_is_good_for_one_sending(lost: DeadLetter, ana: User) -> None:
    verbs.approve(lost, ana, "x")
    verbs.retry(lost, ana)
    send(lost.job.destination)
    bring_home()
    assert not list(audit._sent_twice())
    sent = Submission.objects.latest("pk")
    sent.pk, sent.holder, sent._state.adding = None, "again", True
    sent.save()
    assert list(audit._sent_twice())


@pytest.mark.breaks_a_promise
def test_the_audit_names_a_letter_without_rows(job: Job) -> None:
    letter = a_letter(job)
    job.rows.update(letter=None)
    DeadLetter.objects.update(size=0)
    assert f"letter {letter.pk} waits for a person, but has no rows" in list(audit._letters())


def test_a_part_of_an_approved_letter_passes_the_audit(lost: DeadLetter, ana: User) -> None:
    verbs.approve(lost, ana, "x")
    part = verbs.split(again(lost), lost.row_ids()[:1], ana)
    verbs.retry(part, ana)
    send(lost.job.destination)
    bring_home()
    assert list(audit.findings()) == []
    assert states(lost.job) == {"enriched": 1, "dead": 2}


# -- results of what a row was before it was edited ---------------------------------------------------
@pytest.fixture
def edited(clay: Sandbox, people: Destination, ana: User) -> tuple[DeadLetter, Submission]:
    """A run that was given up, its row edited, approved and sent again."""
    clay.settings(next_stuck=1)
    job = running(people, csv_of(1))
    step(people)
    first = Submission.objects.get()
    steering.runs.give_up(first)
    letter = DeadLetter.objects.get()
    editing.edit(letter, ana, {row(job, 1).pk: {"email": "right@north.test"}})
    verbs.approve(again(letter), ana, "x")
    verbs.retry(again(letter), ana)
    step(people)
    return letter, first


def test_a_late_result_of_the_unedited_row_is_kept_and_not_used(
    edited: tuple[DeadLetter, Submission],
) -> None:
    letter, first = edited
    one = row(letter.job, 1)
    applying.apply(first, [item(one.pk, of="ana1@north1.test")])
    assert row(letter.job, 1).state == RowState.IN_FLIGHT
    second = Submission.objects.latest("pk")
    applying.apply(second, [item(one.pk, of="right@north.test")])
    assert row(letter.job, 1).result == {"of": "right@north.test"}
    assert StrayResult.objects.count() == 1
    applying.apply(first, [item(one.pk, of="ana1@north1.test")])  # twice says it once
    assert letter.events.filter(kind=EventKind.LATE).count() == 1


def test_a_late_acceptance_leaves_what_was_edited_to_people(lost: DeadLetter, ana: User) -> None:
    one = lost.row_ids()[0]
    editing.edit(lost, ana, {one: {"email": "right@north.test"}})
    outcomes.accept(Submission.objects.get(), "run_9", timedelta(minutes=30))
    assert states(lost.job) == {"in_flight": 2, "dead": 1}
    assert again(lost).row_ids() == [one]
    bring_and_forget()


def bring_and_forget() -> None:
    """The sandbox does not know that run: it is given up."""
    for each in Submission.objects.out():
        steering.runs.give_up(each)


def test_of_a_late_acceptance_the_words_are_true(lost: DeadLetter) -> None:
    outcomes.accept(Submission.objects.get(), "run_9", timedelta(minutes=30))
    assert "in flight" in lost.events.order_by("-pk")[0].text
    bring_and_forget()


# -- rows that have left -------------------------------------------------------------------------------
@pytest.mark.breaks_a_promise
@pytest.mark.parametrize("verb", ["approve", "retry", "discard"])
def test_of_a_letter_without_rows_nothing_is_sent(
    clay: Sandbox, people: Destination, ana: User, verb: str
) -> None:
    job = running(people, csv_of(1))
    send(people)
    bring_home()
    letter = a_letter(job, [1])
    job.rows.update(state="enriched", letter=None)
    with pytest.raises(NotPossible, match="Its rows have left it"):
        getattr(verbs, verb)(letter, ana, "x")
    assert states(job) == {"enriched": 1}


def test_ticked_rows_that_left_are_not_taken_for_all(job: Job, ana: User) -> None:
    letter = a_letter(job)
    gone = row(job, 1).pk
    action = actions.ask(Verb.DISCARD, DeadLetter.objects.all(), ana, rows=[gone])
    verbs.split(letter, [gone], ana)
    with pytest.raises(NotPossible, match="None of these letters"):
        actions.confirm(action, "x")


# -- a cancelled job ---------------------------------------------------------------------------------
def half_sent(people: Destination, ana: User) -> tuple[Job, DeadLetter]:
    """Of four rows that are sent again two are at Clay, and two wait."""
    job = running(people, csv_of(4))
    letter = a_letter(job)
    verbs.retry(letter, ana)
    cut(job.batches.get(state=BatchState.WAITING), 2)
    step(people)
    return job, letter


def test_rows_of_a_cancelled_retry_can_be_restored(clay: Sandbox, people: Destination, ana: User) -> None:
    job, letter = half_sent(people, ana)
    steering.jobs.cancel(fresh(job), ana)
    bring_home()
    part = DeadLetter.objects.get(parent=letter)
    assert (again(letter).state, part.state, part.size) == ("resolved", "discarded", 2)
    verbs.restore(part, ana)
    assert states(job) == {"enriched": 2, "dead": 2}


def test_so_can_those_whose_others_failed_again(clay: Sandbox, people: Destination, ana: User) -> None:
    clay.settings(next_stuck=1)
    job, letter = half_sent(people, ana)
    steering.jobs.cancel(fresh(job), ana)
    steering.runs.give_up(Submission.objects.get())
    part = DeadLetter.objects.get(parent=letter)
    assert (again(letter).state, again(letter).size, part.state) == ("open", 2, "discarded")
    verbs.restore(part, ana)
    assert states(job) == {"dead": 4}


# -- bulk actions ------------------------------------------------------------------------------------
def three(job: Job) -> list[DeadLetter]:
    return [a_letter(job, [number]) for number in (1, 2, 3)]


def test_a_letter_that_cannot_be_done_does_not_stop_the_others(
    job: Job, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = three(job)[0]
    retry = verbs.retry

    def breaks(letter: DeadLetter, *args: object) -> DeadLetter:
        if letter.pk == first.pk:
            raise ValueError("nobody thought of this")
        return retry(letter, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(verbs, "retry", breaks)
    action = actions.ask(Verb.RETRY, DeadLetter.objects.all(), ana)
    actions.confirm(action)
    actions.run(action.pk)
    now = BulkAction.objects.get()
    assert (now.state, now.counts()["done"], now.counts()["refused"]) == ("done", 2, 1)


def test_checking_waits_while_clay_wants_it_to(job: Job, ana: User) -> None:
    three(job)
    action = actions.ask(Verb.CHECK, DeadLetter.objects.all(), ana)
    actions.confirm(action)
    workspace.wait(0.5)
    actions.run(action.pk)
    assert BulkAction.objects.get().counts()[""] == 3
    time.sleep(0.6)
    actions.run(action.pk)
    assert BulkAction.objects.get().counts()[""] == 0


def test_a_single_check_says_so(job: Job, ana: User) -> None:
    workspace.wait(0.5)
    with pytest.raises(NotPossible, match="slow down"):
        check_with_clay.check(a_letter(job), ana)
    time.sleep(0.6)


def test_who_lost_the_right_meanwhile_goes_no_further(job: Job, ana: User) -> None:
    three(job)
    action = actions.ask(Verb.RETRY, DeadLetter.objects.all(), ana)
    actions.confirm(action)
    User.objects.filter(pk=ana.pk).update(is_active=False)
    actions.run(action.pk)
    now = BulkAction.objects.get()
    assert (now.state, states(job)) == ("stopped", {"dead": 3})
    assert "ana may not do this any more" in now.stop_reason


def test_a_first_row_that_came_home_by_an_earlier_run_proves_nothing(
    clay: Sandbox, people: Destination, ana: User
) -> None:
    clay.settings(next_stuck=1)
    job = running(people, csv_of(3))
    step(people)
    old = Submission.objects.get()
    steering.runs.give_up(old)
    action = actions.ask(Verb.APPROVE_RETRY, DeadLetter.objects.all(), ana)
    actions.confirm(action, "x", one_first=True)
    actions.run(action.pk)
    first = BulkAction.objects.get().first
    assert first is not None
    applying.apply(old, [item(first.row_ids()[0], x="1")])
    actions.run(action.pk)
    now = BulkAction.objects.get()
    assert (now.state, states(job)) == ("trying", {"enriched": 1, "waiting": 1, "dead": 1})
    assert now.first != first


def test_what_is_stored_is_what_was_confirmed(job: Job, ana: User) -> None:
    letters = three(job)
    action = actions.ask(Verb.RETRY, DeadLetter.objects.all(), ana)
    verbs.discard(letters[0], ana, "x")
    actions.confirm(action)
    assert (action.rows, int(action.credits)) == (2, 4)


def test_a_click_is_tied_to_what_the_page_showed(job: Job, ana: User) -> None:
    """Under the lock: nobody edits between the look and the verb."""
    letter = a_letter(job)
    action = actions.ask(Verb.RETRY, DeadLetter.objects.all(), ana)
    seen = []
    meant = items._meant

    def looked(*args: object) -> DeadLetter:
        seen.append(connection.in_atomic_block)
        return meant(*args)  # type: ignore[arg-type]

    items._meant, before = looked, items._meant  # type: ignore[assignment]
    try:
        actions.confirm(action)
        actions.run(action.pk)
    finally:
        items._meant = before
    assert (seen, again(letter).state) == ([True], "retrying")


# -- sizes -------------------------------------------------------------------------------------------
def test_a_retry_goes_in_batches_of_the_size_of_now(clay: Sandbox, people: Destination, ana: User) -> None:
    job = running(people, csv_of(12))
    letter = a_letter(job)
    Destination.objects.update(batch_size=5)
    verbs.retry(again(letter), ana)
    send(people)
    bring_home()
    assert [len(each.row_ids) for each in Submission.objects.order_by("pk")] == [5, 5, 2]
    assert (states(job), again(letter).state) == ({"enriched": 12}, "resolved")


def test_cutting_a_batch_that_grew_meanwhile(people: Destination) -> None:
    job = running(people, csv_of(6))
    stale = job.batches.get()
    stale.size = 1  # as read before rows joined it
    assert cut(stale, 2)
    assert sorted(job.batches.values_list("size", flat=True)) == [2, 4]


def test_a_cut_batch_is_on_whoever_retried(clay: Sandbox, people: Destination, ana: User) -> None:
    half_sent(people, ana)
    send(people)
    assert {each.person for each in Entry.objects.all()} == {ana}
    assert all(each.label.endswith(", a retry") for each in Entry.objects.all())
    bring_home()


def test_work_that_waits_is_not_joined_by_more_of_the_same(job: Job, ana: User) -> None:
    three(job)
    action = actions.ask(Verb.RETRY, DeadLetter.objects.all(), ana)
    actions.confirm(action)
    queue = django_rq.get_queue("work")
    before = queue.count
    tick.start_reviews()
    assert queue.count == before
    actions.run(action.pk)
