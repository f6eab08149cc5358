"""What was put aside, edited back, or sent in parts stays in sight."""

import pytest
from django.contrib.auth.models import User

from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.models import DeadLetter, Destination, LetterState, Row, Submission
from jobs.results import applying
from jobs.review import editing, verbs
from jobs.review.filters import Filter
from jobs.review.history import attempts_made
from tests.jobs.results.test_results import item
from tests.support import ask, running, send, states

pytestmark = pytest.mark.django_db(transaction=True)


def again(letter: DeadLetter) -> DeadLetter:
    return DeadLetter.objects.with_places().get(pk=letter.pk)


@pytest.fixture
def given_up(clay: Sandbox, people: Destination) -> DeadLetter:
    """Three rows whose run was given up."""
    running(people)
    send(people)
    run = Submission.objects.get()
    steering.runs.give_up(run)
    return DeadLetter.objects.get()


def test_late_results_of_what_was_discarded_are_told(given_up: DeadLetter, ana: User) -> None:
    verbs.discard(given_up, ana, "not needed")
    run = Submission.objects.get()
    applying.apply(run, [item(run.row_ids[0]), *(item(pk, "failed") for pk in run.row_ids[1:])])
    assert again(given_up).state == LetterState.DISCARDED
    last = given_up.events.first()
    assert last is not None
    assert (last.kind, "rows are still discarded" in last.text) == ("late", True)


def test_when_all_that_was_discarded_came_home_it_is_resolved(given_up: DeadLetter, ana: User) -> None:
    verbs.discard(given_up, ana, "not needed")
    ask()
    assert states(given_up.job) == {"enriched": 3}
    assert again(given_up).state == LetterState.RESOLVED
    last = given_up.events.first()
    assert last is not None
    assert "though they were discarded" in last.text
    with pytest.raises(Exception, match="nothing to restore"):
        verbs.restore(given_up, ana)


def test_what_was_discarded_is_found_by_its_cells(refused: DeadLetter, ana: User) -> None:
    mail = Row.objects.first().cells[0]  # type: ignore[union-attr]
    verbs.discard(refused, ana, "not needed")
    found = Filter.of({"state": "discarded", "q": str(mail)}).letters()
    assert list(found) == [refused]
    verbs.restore(refused, ana)
    verbs.retry(again(refused), ana)
    assert list(Filter.of({"state": "retrying", "q": str(mail)}).letters()) == [refused]


def edit(letter: DeadLetter, by: User, text: str) -> None:
    first = letter.rows.order_by("number")[0]
    editing.edit(again(letter), by, {first.pk: {"email": text}})


def test_put_back_as_it_was_its_late_result_counts(given_up: DeadLetter, ana: User) -> None:
    first = given_up.rows.order_by("number")[0]
    was = given_up.job.inputs_of(first)["email"]
    edit(given_up, ana, "other@north.test")
    edit(given_up, ana, was)
    first.refresh_from_db()
    assert (first.edits, first.edited_at) == (None, None)
    ask()
    assert states(given_up.job) == {"enriched": 3}


def test_put_back_after_it_was_sent_edited_its_late_result_is_set_aside(
    clay: Sandbox, given_up: DeadLetter, ana: User
) -> None:
    first = given_up.rows.order_by("number")[0]
    was = given_up.job.inputs_of(first)["email"]
    edit(given_up, ana, "other@north.test")
    verbs.approve(again(given_up), ana, "not in the table")
    verbs.retry(again(given_up), ana)
    clay.settings(next_refusals=1, refusal_status=422)
    send(Destination.objects.get())
    edit(DeadLetter.objects.get(state="open"), ana, was)
    first.refresh_from_db()
    assert first.edited_at is not None


def test_attempts_in_parts_are_all_reported(clay: Sandbox, refused: DeadLetter, ana: User) -> None:
    Destination.objects.update(batch_size=1)
    verbs.retry(refused, ana)
    send(Destination.objects.get())
    assert Submission.objects.count() == 4
    assert len(attempts_made(again(refused))) == 4
