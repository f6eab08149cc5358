"""Approve, discard, restore, take apart, assign, comment: each keeps who, when and why."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from jobs.models import Charge, DeadLetter, EventKind, Job, NotPossible, Row, RowState
from jobs.review import verbs
from jobs.review.history import attempts_made
from jobs.sending.dead_lettering import recount
from tests.support import a_letter, fresh, states

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def letter(job: Job) -> DeadLetter:
    return a_letter(job, cause="No answer within 30 s", charge=Charge.POSSIBLY)


def again(letter: DeadLetter) -> DeadLetter:
    return DeadLetter.objects.get(pk=letter.pk)


def last(letter: DeadLetter) -> tuple[str, str, str, str]:
    event = letter.events.order_by("-pk")[0]
    return event.kind, str(event.by), event.text, event.note


# -- approve ---------------------------------------------------------------------------------------
def test_approving_is_kept(letter: DeadLetter, ana: User) -> None:
    verbs.approve(letter, ana, "Not in\0 the table ")
    assert (again(letter).state, again(letter).approved_by) == ("approved", ana)
    assert last(letter) == ("approved", "ana", "Approved: 6 credits at most", "Not in the table")


def test_approving_twice_names_who_did(letter: DeadLetter, ana: User, ben: User) -> None:
    verbs.approve(letter, ana, "x")
    with pytest.raises(NotPossible, match="ana has approved it already"):
        verbs.approve(letter, ben, "y")


def test_what_cost_nothing_is_approved_without_a_note(job: Job, ana: User) -> None:
    assert verbs.approve(a_letter(job), ana).state == "approved"


# -- discard and restore ----------------------------------------------------------------------------
def test_discarding_needs_a_reason(letter: DeadLetter, ana: User) -> None:
    with pytest.raises(NotPossible, match="A reason is needed"):
        verbs.discard(letter, ana, " ")


def test_discarding_and_restoring(letter: DeadLetter, ana: User) -> None:
    verbs.discard(letter, ana, "Old leads")
    assert (again(letter).state, states(letter.job)) == ("discarded", {"discarded": 3})
    assert letter.job.rows.first().error == "Discarded: Old leads"  # type: ignore[union-attr]
    verbs.restore(again(letter), ana, "They matter")
    assert (again(letter).state, again(letter).size, states(letter.job)) == ("open", 3, {"dead": 3})
    assert last(letter) == ("restored", "ana", "Restored: 3 rows", "They matter")


def test_an_approval_does_not_survive_the_bin(letter: DeadLetter, ana: User) -> None:
    verbs.discard(verbs.approve(letter, ana, "x"), ana, "y")
    verbs.restore(again(letter), ana)
    assert (again(letter).state, again(letter).approved_by) == ("open", None)


def test_after_30_days_it_stays_discarded(letter: DeadLetter, ana: User) -> None:
    verbs.discard(letter, ana, "x")
    DeadLetter.objects.update(resolved_at=timezone.now() - timedelta(days=30, seconds=1))
    with pytest.raises(NotPossible, match="more than 30 days ago"):
        verbs.restore(again(letter), ana)


def test_only_rows_that_are_still_aside_come_back(letter: DeadLetter, ana: User) -> None:
    verbs.discard(letter, ana, "x")
    first = letter.job.rows.order_by("pk")[0]
    Row.objects.filter(pk=first.pk).update(state=RowState.ENRICHED, proof="sent", result={})
    verbs.restore(again(letter), ana)
    assert (again(letter).size, states(letter.job)) == (2, {"enriched": 1, "dead": 2})


def test_what_is_not_discarded_is_not_restored(letter: DeadLetter, ana: User) -> None:
    with pytest.raises(NotPossible, match="nothing to restore"):
        verbs.restore(letter, ana)


@pytest.mark.parametrize("verb", ["approve", "retry", "discard"])
def test_of_a_discarded_letter_nothing_can_be_done_but_that(letter: DeadLetter, ana: User, verb: str) -> None:
    verbs.discard(letter, ana, "x")
    with pytest.raises(NotPossible, match="Restore it first"):
        getattr(verbs, verb)(again(letter), ana, "why")


# -- apart ------------------------------------------------------------------------------------------
def test_some_rows_apart(letter: DeadLetter, ana: User) -> None:
    some = letter.row_ids()[:2]
    part = verbs.split(letter, some, ana)
    assert (again(letter).size, part.size, part.row_ids()) == (1, 2, some)
    assert (part.parent, part.charge, part.cause, part.group) == (
        letter,
        letter.charge,
        letter.cause,
        letter.group,
    )
    assert last(letter)[2] == f"2 rows taken apart into letter {part.pk}"


def test_all_rows_are_the_letter_itself(letter: DeadLetter, ana: User) -> None:
    assert verbs.split(letter, letter.row_ids(), ana) == letter
    assert DeadLetter.objects.count() == 1


def test_rows_that_are_not_in_it(letter: DeadLetter, ana: User) -> None:
    with pytest.raises(NotPossible, match="None of these rows"):
        verbs.split(letter, [10**9], ana)


def test_a_part_of_what_was_approved_is_approved(letter: DeadLetter, ana: User, ben: User) -> None:
    verbs.approve(letter, ana, "x")
    part = verbs.split(again(letter), letter.row_ids()[:1], ben)
    assert part.approved_by == ana
    assert verbs.retry(part, ben).state == "retrying"
    assert again(letter).state == "approved"


def test_attempts_of_a_part_are_those_of_its_rows(lost: DeadLetter, ana: User) -> None:
    part = verbs.split(lost, lost.row_ids()[:1], ana)
    assert [each.attempt for each in attempts_made(part)] == [1]


# -- assign and comment -----------------------------------------------------------------------------
def test_assigning(letter: DeadLetter, ana: User, ben: User) -> None:
    verbs.assign(letter, ana, ben)
    assert again(letter).assigned_to == ben
    with pytest.raises(NotPossible, match="It is ben’s already"):
        verbs.assign(letter, ana, ben)
    verbs.assign(letter, ben, None)
    assert last(letter)[:3] == ("assigned", "ben", "Assigned to nobody")


def test_comments(letter: DeadLetter, ana: User) -> None:
    verbs.comment(letter, ana, "Asked Clay’s support")
    assert last(letter) == ("comment", "ana", "Comment", "Asked Clay’s support")
    with pytest.raises(NotPossible, match="Write something"):
        verbs.comment(letter, ana, "\n")


# -- what else happens to them -----------------------------------------------------------------------
def test_a_letter_tells_what_failed(lost: DeadLetter) -> None:
    event = lost.events.get()
    assert (event.kind, event.rows, event.charge) == (EventKind.FAILED, lost.row_ids(), Charge.POSSIBLY)


def test_a_late_result_resolves_what_is_approved(job: Job, letter: DeadLetter, ana: User) -> None:
    verbs.approve(letter, ana, "x")
    for pk in letter.row_ids():
        Row.objects.filter(pk=pk).update(
            state=RowState.ENRICHED, letter=None, error="", proof="sent", result={}
        )
    recount(again(letter))
    assert again(letter).state == "resolved"
    assert fresh(job).state == "done"
