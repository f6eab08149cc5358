"""Edited rows: what is sent, what is kept, what counts as alike."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from clayops.sandbox.server import Sandbox
from jobs.models import Charge, DeadLetter, Destination, LetterState, NotPossible, Row, Submission
from jobs.review import editing, verbs
from tests.support import a_letter, bring_home, csv_of, row, running, send, states

pytestmark = pytest.mark.django_db(transaction=True)


def edit(letter: DeadLetter, number: int, note: str = "", **inputs: str) -> int:
    return editing.edit(letter, None, {row(letter.job, number).pk: inputs}, note)


def received(clay: Sandbox) -> dict[str, dict[str, Any]]:
    """What Clay accepted last of each row: its inputs, by our row id."""
    runs = Submission.objects.exclude(run_id="").order_by("pk").values_list("run_id", flat=True)
    found = (clay._server.store.run(run) for run in runs)
    return {item["id"]: item["inputs"] for run in found if run for item in run.items}


# -- sending --------------------------------------------------------------------------------------
def test_an_edited_row_is_sent_as_edited_and_never_as_uploaded(
    clay: Sandbox, refused: DeadLetter, ana: User
) -> None:
    edit(refused, 1, email="bea@north1.test")
    verbs.retry(refused, ana)
    send(refused.job.destination)
    bring_home()
    first, second = row(refused.job, 1), row(refused.job, 2)
    assert states(refused.job) == {"enriched": 3}
    assert received(clay)[str(first.pk)] == {"email": "bea@north1.test", "domain": "north1.test"}
    assert received(clay)[str(second.pk)]["email"] == "ana2@north2.test"
    assert "ana1@north1.test" not in str(received(clay))


def test_an_edit_after_a_retry_failed_again_is_sent(clay: Sandbox, refused: DeadLetter, ana: User) -> None:
    edit(refused, 1, email="bea@north1.test")
    clay.settings(next_refusals=1, refusal_status=422)
    verbs.retry(refused, ana)
    send(refused.job.destination)
    edit(DeadLetter.objects.get(), 1, domain="north.test")
    verbs.retry(DeadLetter.objects.get(), ana)
    send(refused.job.destination)
    bring_home()
    wanted = {"email": "bea@north1.test", "domain": "north.test"}
    assert received(clay)[str(row(refused.job, 1).pk)] == wanted


def test_the_upload_stays_as_it_was(refused: DeadLetter) -> None:
    edit(refused, 1, email="bea@north1.test")
    one = row(refused.job, 1)
    assert one.cells == ["Ana 1", "ana1@north1.test", "north1.test"]
    assert editing.original(refused.job, one)["email"] == "ana1@north1.test"


def test_edited_rows_are_alike_with_those_that_have_the_same_inputs(refused: DeadLetter) -> None:
    before = row(refused.job, 1).key
    edit(refused, 1, email="ana2@north2.test", domain="NORTH2.test")
    assert row(refused.job, 1).key == row(refused.job, 2).key
    edit(refused, 1, email="ana1@north1.test", domain="north1.test")
    assert (row(refused.job, 1).key, row(refused.job, 1).edits) == (before, None)


# -- rules ----------------------------------------------------------------------------------------
@pytest.fixture
def letter(people: Destination) -> DeadLetter:
    return a_letter(running(people, csv_of(3)))


@pytest.mark.parametrize(
    ("name", "typed", "problem"),
    [
        ("email", " ", "Clay needs this; it cannot be blank."),
        ("email", "no address", "This is not an e-mail address."),
        ("domain", "no domain", "This is not a domain."),
        ("domain", "x" * 200_000 + ".test", "This is not a domain."),
    ],
)
def test_what_cannot_be_sent_is_said(letter: DeadLetter, name: str, typed: str, problem: str) -> None:
    one = row(letter.job, 1)
    checked = editing.check(letter.job, [one], {one.pk: {name: typed}})
    assert checked.problems == {one.pk: {name: problem}}
    with pytest.raises(NotPossible):
        edit(letter, 1, **{name: typed})
    assert row(letter.job, 1).edits is None


def test_what_is_not_changed_need_not_be_right(people: Destination) -> None:
    letter = a_letter(running(people, "name,email,domain\nAna,no address,north.test\n"))
    one = row(letter.job, 1)
    given = {one.pk: {"email": "no address", "domain": "x.test"}}
    assert editing.check(letter.job, [one], given).problems == {}


def test_too_long_for_clay(people: Destination) -> None:
    people.inputs = [*people.inputs, {"name": "notes", "required": False}]
    people.save(update_fields=["inputs"])
    letter = a_letter(running(people, "notes,email,domain\nx,ana@north.test,north.test\n"))
    one = row(letter.job, 1)
    wrong = editing.check(letter.job, [one], {one.pk: {"notes": "x" * 120_000}}).problems[one.pk]
    assert wrong["notes"].startswith("Too long: it would take 120,")


def test_blanks_around_a_text_are_no_reason_to_keep_them(letter: DeadLetter) -> None:
    edit(letter, 1, email="  bea@north1.test ", unknown="x")
    assert row(letter.job, 1).edits == {"email": "bea@north1.test"}


@pytest.mark.parametrize("text", [" two\nlines ", "two\r\nlines", "two\rlines", " "])
def test_a_field_that_comes_back_from_a_browser_is_no_edit(letter: DeadLetter, text: str) -> None:
    one = row(letter.job, 1)
    Row.objects.filter(pk=one.pk).update(cells=["Ana", "ana1@north1.test", text])
    back = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    checked = editing.check(letter.job, [row(letter.job, 1)], {one.pk: {"domain": back}})
    assert checked.changes == []


# -- with the letter ------------------------------------------------------------------------------
def test_an_approval_ends_with_an_edit(people: Destination, ana: User) -> None:
    letter = a_letter(running(people), [], "No answer", Charge.POSSIBLY)
    verbs.approve(letter, ana, "Not in the table")
    edit(letter, 1, email="bea@north1.test")
    now = DeadLetter.objects.get()
    assert (now.state, now.approved_by, now.version) == (LetterState.OPEN, None, letter.version + 1)
    with pytest.raises(NotPossible, match="needs an approval"):
        verbs.retry(now, ana)


def test_its_history_keeps_what_was_before(letter: DeadLetter) -> None:
    edit(letter, 2, "Typo", email="bea@north2.test")
    event = letter.events.get(kind="edited")
    told = {"row": row(letter.job, 2).pk, "number": 2, "input": "email"}
    assert event.changes == [told | {"before": "ana2@north2.test", "after": "bea@north2.test"}]
    assert event.note == "Typo"


def test_a_row_that_has_left_keeps_the_others_as_they_were(letter: DeadLetter, ana: User) -> None:
    verbs.split(letter, [row(letter.job, 1).pk], ana)
    given = {row(letter.job, number).pk: {"email": "bea@north.test"} for number in (1, 2)}
    with pytest.raises(NotPossible, match="Rows have left"):
        editing.edit(letter, ana, given)
    assert row(letter.job, 2).edits is None


def test_what_nobody_saw_is_not_edited(letter: DeadLetter, ana: User) -> None:
    edit(letter, 1, email="carl@north1.test")
    with pytest.raises(NotPossible, match="Somebody changed the letter"):
        given = {row(letter.job, 1).pk: {"email": "ana1@north1.test"}}
        editing.edit(letter, ana, given, seen=letter.version)
    assert row(letter.job, 1).edits == {"email": "carl@north1.test"}


def test_a_letter_that_is_being_sent_is_not_edited(letter: DeadLetter, ana: User) -> None:
    verbs.retry(letter, ana)
    with pytest.raises(NotPossible, match="being sent again"):
        edit(letter, 1, email="bea@north1.test")
    assert row(letter.job, 1).edits is None
