"""What was shown and approved is what it may cost; what a destination may still use today is said."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from budget import credits as budget
from jobs.models import BulkState, DeadLetter, Destination, LetterState, NotPossible, Verb
from jobs.review import verbs
from jobs.review.bulk import actions
from jobs.review.bulk.preview import preview
from tests.support import states

pytestmark = pytest.mark.django_db(transaction=True)


def again(letter: DeadLetter) -> DeadLetter:
    return DeadLetter.objects.with_places().get(pk=letter.pk)


def dearer(price: int = 500) -> None:
    Destination.objects.update(credits_per_row=price)


def test_an_approval_is_for_its_price(lost: DeadLetter, ana: User, ben: User) -> None:
    verbs.approve(lost, ana, "not in the table")
    dearer()
    with pytest.raises(NotPossible, match="approved at 6 credits at most, and may cost 1,500 now"):
        verbs.retry(lost, ben)
    assert (again(lost).needs_approval, states(lost.job)) == (True, {"dead": 3})
    verbs.approve(lost, ben, "it is worth it")
    verbs.retry(lost, ana)
    assert again(lost).state == LetterState.RETRYING


def test_a_lower_price_needs_no_new_approval(lost: DeadLetter, ana: User, ben: User) -> None:
    verbs.approve(lost, ana, "not in the table")
    dearer(1)
    with pytest.raises(NotPossible, match="has approved it already"):
        verbs.approve(lost, ben, "again")
    verbs.retry(lost, ben)


@pytest.mark.parametrize("take", [1, 2])
def test_a_part_of_it_is_not_approved_at_a_higher_price(
    lost: DeadLetter, ana: User, ben: User, take: int
) -> None:
    """Though it costs no more than the whole did."""
    verbs.approve(lost, ana, "not in the table")
    part = verbs.split(again(lost), lost.row_ids()[:take], ben)
    dearer(3)
    for letter in (part, again(lost)):
        assert again(letter).credits <= 6
        with pytest.raises(NotPossible, match="approve it anew"):
            verbs.retry(letter, ben)


def test_a_bulk_action_that_became_dearer_asks_again(refused: DeadLetter, ana: User) -> None:
    asked = actions.ask(Verb.RETRY, DeadLetter.objects.all(), ana)
    dearer()
    with pytest.raises(NotPossible, match="may cost 1,500 credits now, and not 6"):
        actions.confirm(asked)
    asked.refresh_from_db()
    assert (asked.state, asked.credits) == (BulkState.ASKED, Decimal(1500))
    actions.confirm(asked)
    asked.refresh_from_db()
    assert asked.state == BulkState.RUNNING


def test_a_destinations_own_limit_is_said(refused: DeadLetter, ana: User) -> None:
    budget.set_limit(Decimal(2), by=None, scope=Destination.objects.get().scope)
    asked = actions.ask(Verb.RETRY, DeadLetter.objects.all(), ana)
    assert preview(asked).short == ["People may use 2 more credits today: 4 of it wait."]
    budget.set_limit(Decimal(6), by=None, scope=Destination.objects.get().scope)
    assert preview(asked).short == []


def test_an_approval_is_withdrawn(lost: DeadLetter, ana: User, ben: User) -> None:
    with pytest.raises(NotPossible, match="not approved"):
        verbs.withdraw(lost, ana)
    verbs.approve(lost, ana, "not in the table")
    seen = again(lost).version
    verbs.withdraw(lost, ben)
    letter = again(lost)
    assert (letter.state, letter.approved_by, letter.version) == (LetterState.OPEN, None, seen + 1)
    assert letter.events.first().kind == "withdrawn"  # type: ignore[union-attr]
    with pytest.raises(NotPossible, match="needs an approval first"):
        verbs.retry(lost, ben)


def test_a_part_keeps_when_its_approval_was(lost: DeadLetter, ana: User, ben: User) -> None:
    verbs.approve(lost, ana, "not in the table")
    told = lost.events.get(kind="approved")
    part = verbs.split(again(lost), lost.row_ids()[:1], ben)
    assert part.events.get(kind="approved").at == told.at
