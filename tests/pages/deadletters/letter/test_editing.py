"""Editing rows: errors at the field, nothing typed is lost, nothing of somebody else's is undone unseen."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from clayops.pages.deadletters.letter import editing as views
from jobs.models import BulkAction, Charge, DeadLetter, Job, LetterState, ReviewPolicy, Row, RowState, Verb
from jobs.review import editing as edits
from jobs.review import verbs
from tests.support import a_letter, running


@pytest.fixture
def letter(job: Job) -> DeadLetter:
    """All three rows of the job, refused."""
    return a_letter(job, [], "Clay answered 422: no such person")


def allow(user: User, *codenames: str) -> None:
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))


def save(client: Client, letter: DeadLetter, typed: dict[str, str], **more: Any) -> Any:
    """Save, as the page that shows the letter as it is now would."""
    version = DeadLetter.objects.get(pk=letter.pk).version
    given = {"version": version, "note": "Typo"} | typed | more
    return client.post(f"/deadletters/{letter.pk}/edit", given)


def field(letter: DeadLetter, number: int, name: str = "email") -> str:
    return f"r{Row.objects.get(job=letter.job, number=number).pk}:{name}"


def inputs(letter: DeadLetter, number: int) -> dict[str, str]:
    return letter.job.inputs_of(Row.objects.get(job=letter.job, number=number))


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


# -- the form -------------------------------------------------------------------------------------
def test_it_has_a_field_for_each_input(boss_client: Client, letter: DeadLetter) -> None:
    page = text_of(boss_client.get(f"/deadletters/{letter.pk}/edit"))
    assert f'name="{field(letter, 2)}" type="text" value="ana2@north2.test"' in page
    assert f'name="{field(letter, 3, "domain")}"' in page


def test_it_carries_what_was_seen(boss_client: Client, letter: DeadLetter) -> None:
    DeadLetter.objects.update(version=1234)
    page = text_of(boss_client.get(f"/deadletters/{letter.pk}/edit"))
    assert 'name="version" value="1234"' in page


def test_what_people_type_is_never_markup(boss_client: Client, letter: DeadLetter) -> None:
    nasty = '"><img src=x>'
    DeadLetter.objects.update(cause=nasty)
    answer = save(boss_client, letter, {field(letter, 1): nasty, field(letter, 2): f"\n{nasty}"}, note=nasty)
    assert answer.status_code == 422
    assert "<img" not in text_of(answer)


def test_ticked_rows_only(boss_client: Client, letter: DeadLetter) -> None:
    rows = letter.row_ids()
    answer = boss_client.post(f"/deadletters/{letter.pk}/ticked", {"row": rows[1:], "letter": letter.pk})
    assert answer["Location"] == f"/deadletters/{letter.pk}/edit?row={rows[1]}&row={rows[2]}"
    page = boss_client.get(answer["Location"])
    assert [line.row.number for line in page.context["rows"]] == [2, 3]


def test_none_ticked_is_all(boss_client: Client, letter: DeadLetter) -> None:
    answer = boss_client.post(f"/deadletters/{letter.pk}/ticked", {"letter": letter.pk})
    assert answer["Location"] == f"/deadletters/{letter.pk}/edit"


@pytest.mark.parametrize("query", ["row=²", "row=99999999999999999999&after=²", "after=-1", "row=x"])
def test_nonsense_in_the_address_is_ignored(boss_client: Client, letter: DeadLetter, query: str) -> None:
    assert len(boss_client.get(f"/deadletters/{letter.pk}/edit?{query}").context["rows"]) == 3


def test_rows_of_other_letters_are_not_shown(boss_client: Client, letter: DeadLetter) -> None:
    other = a_letter(running(letter.job.destination))
    page = boss_client.get(f"/deadletters/{letter.pk}/edit?row={other.row_ids()[0]}")
    assert "None of these rows is in the letter any more" in text_of(page)


def test_more_rows_than_one_form_carries(
    boss_client: Client, letter: DeadLetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "FIELDS", 4)
    page = boss_client.get(f"/deadletters/{letter.pk}/edit")
    assert "1 row is not shown" in text_of(page)
    following = boss_client.get(f"/deadletters/{letter.pk}/edit{page.context['following_url']}")
    assert [line.row.number for line in following.context["rows"]] == [3]


def test_one_row_is_shown_however_long(
    boss_client: Client, letter: DeadLetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "LETTERS", 3)
    assert len(boss_client.get(f"/deadletters/{letter.pk}/edit").context["rows"]) == 1


def test_a_long_text_has_several_lines(boss_client: Client, people: Any) -> None:
    letter = a_letter(running(people, 'name,email,domain\nAna,ana@north.test,"two\nlines"\n'))
    page = boss_client.get(f"/deadletters/{letter.pk}/edit").content.decode()
    assert '"3" aria-describedby=' in page
    assert ">\ntwo\nlines</textarea>" in page


def test_what_nothing_fills_is_said(boss_client: Client, people: Any) -> None:
    letter = a_letter(running(people, "name,email\nAna,ana@north.test\n"))
    assert "Nothing of the upload fills domain" in text_of(boss_client.get(f"/deadletters/{letter.pk}/edit"))


# -- saving ---------------------------------------------------------------------------------------
def test_what_was_typed_is_kept_beside_the_upload(boss_client: Client, letter: DeadLetter) -> None:
    answer = save(boss_client, letter, {field(letter, 1): "bea@north1.test"})
    assert answer["Location"] == letter.get_absolute_url()
    assert inputs(letter, 1)["email"] == "bea@north1.test"
    assert Row.objects.get(job=letter.job, number=1).cells[1] == "ana1@north1.test"
    assert letter.events.get(kind="edited").note == "Typo"


def test_the_page_shows_the_upload_where_it_differs(boss_client: Client, letter: DeadLetter) -> None:
    save(boss_client, letter, {field(letter, 1): "bea@north1.test"})
    page = text_of(boss_client.get(f"/deadletters/{letter.pk}/edit"))
    assert 'Uploaded: <span class="said">ana1@north1.test</span>' in page
    assert page.count("Uploaded:") == 1


def test_the_upload_s_text_can_be_put_back(boss_client: Client, letter: DeadLetter) -> None:
    name = field(letter, 1)
    save(boss_client, letter, {name: "bea@north1.test"})
    page = save(boss_client, letter, {name: "bea@north1.test", field(letter, 2): "half"}, original=name)
    assert 'value="ana1@north1.test"' in text_of(page)
    assert 'value="half"' in text_of(page)
    assert inputs(letter, 1)["email"] == "bea@north1.test"
    save(boss_client, letter, {name: "ana1@north1.test"})
    assert Row.objects.get(job=letter.job, number=1).edits is None


def test_an_error_stands_at_its_field_and_nothing_is_saved(boss_client: Client, letter: DeadLetter) -> None:
    typed = {field(letter, 1): "bea@north1.test", field(letter, 2): "no address"}
    answer = save(boss_client, letter, typed)
    page = text_of(answer)
    assert answer.status_code == 422
    assert "Not saved. 1 field needs another look." in page
    assert "This is not an e-mail address." in page
    assert 'value="no address"' in page
    assert 'value="bea@north1.test"' in page
    assert inputs(letter, 1)["email"] == "ana1@north1.test"


def test_nothing_changed_is_said(boss_client: Client, letter: DeadLetter) -> None:
    answer = save(boss_client, letter, {field(letter, 1): "ana1@north1.test"})
    assert answer.status_code == 422
    assert "Nothing was changed." in text_of(answer)


def test_fields_that_come_back_as_they_were_are_no_edits(boss_client: Client, people: Any) -> None:
    letter = a_letter(running(people, 'name,email,domain\nAna,ana@north.test," two\nlines "\n'))
    typed = {field(letter, 1): "bea@north.test", field(letter, 1, "domain"): " two\r\nlines "}
    assert save(boss_client, letter, typed).status_code == 302
    assert Row.objects.get(job=letter.job).edits == {"email": "bea@north.test"}


def test_an_approval_ends_and_the_page_says_so_before(
    boss_client: Client, letter: DeadLetter, boss: User
) -> None:
    verbs.approve(letter, boss, "fine")
    assert "it ends when you save" in text_of(boss_client.get(f"/deadletters/{letter.pk}/edit"))
    save(boss_client, letter, {field(letter, 1): "bea@north1.test"})
    assert DeadLetter.objects.get().state == LetterState.OPEN


# -- what happened meanwhile ----------------------------------------------------------------------
def test_somebody_else_s_edit_is_not_undone_unseen(
    boss_client: Client, letter: DeadLetter, boss: User
) -> None:
    name, seen = field(letter, 1), letter.version
    edits.edit(letter, None, {letter.row_ids()[0]: {"email": "carl@north1.test"}})
    typed = {name: "ana1@north1.test", field(letter, 2): "bea@north2.test"}
    answer = save(boss_client, letter, typed, version=seen)
    assert answer.status_code == 422
    assert "Now it is <b>carl@north1.test</b>" in text_of(answer)
    assert inputs(letter, 1)["email"] == "carl@north1.test"
    assert 'value="bea@north2.test"' in text_of(answer)


def test_a_row_that_has_left_takes_nothing_with_it(
    boss_client: Client, letter: DeadLetter, boss: User
) -> None:
    verbs.split(letter, letter.row_ids()[:1], boss)
    typed = {field(letter, 1): "lost@north1.test", field(letter, 2): "bea@north2.test"}
    answer = save(boss_client, letter, typed)
    page = text_of(answer)
    assert answer.status_code == 422
    assert "Rows have left the letter" in page
    assert "<dd>lost@north1.test</dd>" in page
    assert [line.row.number for line in answer.context["rows"]] == [2]
    assert inputs(letter, 2)["email"] == "ana2@north2.test"


def test_a_letter_that_is_being_sent(boss_client: Client, letter: DeadLetter, boss: User) -> None:
    verbs.retry(letter, boss)
    assert "It is being sent again already." in text_of(boss_client.get(f"/deadletters/{letter.pk}/edit"))
    answer = save(boss_client, letter, {field(letter, 1): "late@north1.test"})
    assert answer.status_code == 422
    assert "<dd>late@north1.test</dd>" in text_of(answer)
    assert inputs(letter, 1)["email"] == "ana1@north1.test"


# -- who may --------------------------------------------------------------------------------------
def test_without_the_right_nothing_is_shown_or_saved(client: Client, letter: DeadLetter) -> None:
    assert client.get(f"/deadletters/{letter.pk}/edit").status_code == 403
    assert save(client, letter, {field(letter, 1): "bea@north1.test"}).status_code == 403
    assert inputs(letter, 1)["email"] == "ana1@north1.test"


def test_the_right_to_edit_is_enough_to_save_and_not_to_retry(
    client: Client, ana: User, letter: DeadLetter
) -> None:
    allow(ana, "edit_rows")
    assert "Save and retry: You may not retry" in text_of(client.get(f"/deadletters/{letter.pk}/edit"))
    assert save(client, letter, {field(letter, 1): "x@north1.test"}, then="retry").status_code == 403
    assert inputs(letter, 1)["email"] == "ana1@north1.test"
    assert save(client, letter, {field(letter, 1): "x@north1.test"}).status_code == 302


# -- save and retry -------------------------------------------------------------------------------
def test_save_and_retry_asks_before_anything_is_sent(client: Client, ana: User, letter: DeadLetter) -> None:
    allow(ana, "edit_rows", "retry_deadletter")
    typed = {field(letter, number): f"bea{number}@north.test" for number in (1, 2, 3)}
    answer = save(client, letter, typed, then="retry")
    asked = BulkAction.objects.get()
    assert (answer["Location"], asked.verb, asked.rows) == (asked.get_absolute_url(), Verb.RETRY, 3)
    assert not Row.objects.exclude(state=RowState.DEAD).exists()


def test_the_rows_of_the_form_only_are_sent_again(boss_client: Client, letter: DeadLetter) -> None:
    save(boss_client, letter, {field(letter, 1): "bea@north1.test"}, then="retry")
    asked = BulkAction.objects.get()
    assert (asked.rows, asked.items.get().rows) == (1, letter.row_ids()[:1])


def test_what_may_have_been_charged_is_approved_as_well(boss_client: Client, job: Job) -> None:
    letter = a_letter(job, [], "No answer", Charge.POSSIBLY)
    save(boss_client, letter, {field(letter, 1): "bea@north1.test"}, then="retry")
    assert BulkAction.objects.get().verb == Verb.APPROVE_RETRY


def test_without_the_right_to_approve_it_is_saved_and_waits(client: Client, ana: User, job: Job) -> None:
    allow(ana, "edit_rows", "retry_deadletter")
    letter = a_letter(job, [], "No answer", Charge.POSSIBLY)
    answer = save(client, letter, {field(letter, 1): "bea@north1.test"}, then="retry")
    assert answer["Location"] == letter.get_absolute_url()
    assert "it needs an approval first" in text_of(client.get(answer["Location"]))
    assert not BulkAction.objects.exists()


def test_the_page_says_before_that_somebody_else_has_to_approve(
    client: Client, ana: User, boss: User, job: Job
) -> None:
    allow(ana, "edit_rows", "retry_deadletter")
    letter = a_letter(job, [], "No answer", Charge.POSSIBLY)
    verbs.approve(letter, boss, "fine")
    assert "somebody else has to approve" in text_of(client.get(f"/deadletters/{letter.pk}/edit"))


def test_four_eyes_leave_the_approval_to_somebody_else(boss_client: Client, boss: User, job: Job) -> None:
    ReviewPolicy.set_four_eyes(True, boss)
    letter = a_letter(job, [], "No answer", Charge.POSSIBLY)
    save(boss_client, letter, {field(letter, 1): "bea@north1.test"}, then="retry")
    assert not BulkAction.objects.exists()
