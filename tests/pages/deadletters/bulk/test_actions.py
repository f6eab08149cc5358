"""A verb's button freezes what was meant; who may not press it is refused, whatever the page showed."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from jobs.models import BulkAction, Cause, Charge, DeadLetter, Job, Verb
from jobs.review.bulk import actions
from tests.support import a_letter

DO = "/deadletters/do"


@pytest.fixture
def letters(job: Job) -> list[DeadLetter]:
    return [
        a_letter(job, [1]),
        a_letter(job, [2], charge=Charge.POSSIBLY, cause="No answer"),
        a_letter(job, [3], charge=Charge.POSSIBLY, cause="No answer"),
    ]


def frozen() -> list[int]:
    return list(BulkAction.objects.get().items.order_by("letter").values_list("letter", flat=True))


def test_the_ticked_ones(boss_client: Client, boss: User, letters: list[DeadLetter]) -> None:
    ticked = [letters[0].pk, letters[2].pk]
    answer = boss_client.post(DO, {"verb": "retry", "letter": ticked})
    action = BulkAction.objects.get()
    assert answer["Location"] == f"/deadletters/bulk/{action.pk}?next=%2Fdeadletters"
    assert (action.verb, action.by, action.state, frozen()) == ("retry", boss, "asked", ticked)


def test_all_that_match(boss_client: Client, letters: list[DeadLetter]) -> None:
    boss_client.post(DO, {"verb": "discard", "all": "1", "filter": "charge=possibly"})
    action = BulkAction.objects.get()
    assert frozen() == [letters[1].pk, letters[2].pk]
    assert (action.query, action.words) == ("charge=possibly", "open letters, charged: possibly")


def test_of_what_matches_the_ticked_causes(boss_client: Client, letters: list[DeadLetter]) -> None:
    cause = Cause.objects.get(text="No answer")
    boss_client.post(DO, {"verb": "check", "cause": [cause.pk], "filter": ""})
    assert frozen() == [letters[1].pk, letters[2].pk]


def test_some_rows_are_taken_apart_once_it_is_confirmed(boss_client: Client, job: Job) -> None:
    letter = a_letter(job)
    row = job.rows.get(number=2)
    boss_client.post(DO, {"verb": "retry", "letter": letter.pk, "row": row.pk})
    action = BulkAction.objects.get()
    assert (frozen(), action.rows, int(action.credits)) == ([letter.pk], 1, 2)
    assert DeadLetter.objects.count() == 1
    actions.confirm(action)
    actions.run(action.pk)
    part = DeadLetter.objects.get(parent=letter)
    assert (frozen(), part.row_ids(), part.state) == ([part.pk], [row.pk], "retrying")


def test_assigning_names_whom(boss_client: Client, ana: User, letters: list[DeadLetter]) -> None:
    boss_client.post(DO, {"verb": "assign", "letter": letters[0].pk, "assignee": ana.pk})
    assert BulkAction.objects.get().assignee == ana


def test_of_one_letter_what_the_page_showed(boss_client: Client, letters: list[DeadLetter]) -> None:
    DeadLetter.objects.update(version=2)
    given = {"verb": "retry", "letter": letters[0].pk}
    answer = boss_client.post(DO, given | {"version": "1"}, follow=True)
    assert "It has changed since the page showed it" in answer.content.decode()
    assert boss_client.post(DO, given | {"version": "2"})["Location"].startswith("/deadletters/bulk/")


@pytest.mark.parametrize("given", [{"apart": "1"}, {"row": "x"}])
def test_ticked_rows_that_left_the_page_are_not_all(
    boss_client: Client, letters: list[DeadLetter], given: dict[str, str]
) -> None:
    answer = boss_client.post(DO, {"verb": "retry", "letter": letters[0].pk} | given, follow=True)
    assert "The rows that you ticked have left the letter" in answer.content.decode()
    assert not BulkAction.objects.exists()


def test_nobody_like_that(boss_client: Client, letters: list[DeadLetter]) -> None:
    given = {"verb": "assign", "letter": letters[0].pk, "assignee": "999999"}
    assert "There is nobody like that" in boss_client.post(DO, given, follow=True).content.decode()


@pytest.mark.parametrize("given", [{}, {"letter": "x"}, {"letter": str(10**30)}, {"letter": "999999"}])
def test_with_nothing_ticked_it_says_so(
    boss_client: Client, letters: list[DeadLetter], given: dict[str, str]
) -> None:
    back = "/deadletters/letters?charge=no"
    answer = boss_client.post(DO, {"verb": "retry", "next": back} | given, follow=True)
    assert answer.redirect_chain == [(back, 302)]
    assert not BulkAction.objects.exists()
    assert any(word in answer.content.decode() for word in ("Tick what you mean", "No letter is left"))


@pytest.mark.parametrize("verb", ["", "edit", "delete"])
def test_no_such_verb(boss_client: Client, letters: list[DeadLetter], verb: str) -> None:
    assert boss_client.post(DO, {"verb": verb, "letter": letters[0].pk}).status_code == 403


@pytest.mark.parametrize("verb", ["approve", "retry", "approve-retry", "discard", "restore"])
def test_without_the_right_the_server_refuses(client: Client, letters: list[DeadLetter], verb: str) -> None:
    assert client.post(DO, {"verb": verb, "letter": letters[0].pk}).status_code == 403
    assert not BulkAction.objects.exists()


@pytest.mark.parametrize("verb", ["check", "assign"])
def test_what_everybody_may(client: Client, letters: list[DeadLetter], verb: str) -> None:
    assert client.post(DO, {"verb": verb, "letter": letters[0].pk}).status_code == 302


@pytest.mark.parametrize(
    ("codename", "may"),
    [
        ("approve_deadletter", {"approve"}),
        ("retry_deadletter", {"retry"}),
        ("discard_deadletter", {"discard", "restore"}),
        ("edit_rows", set()),
    ],
)
def test_each_right_is_for_its_verbs_alone(
    client: Client, ana: User, letters: list[DeadLetter], codename: str, may: set[str]
) -> None:
    ana.user_permissions.add(Permission.objects.get(codename=codename))
    may |= {"check", "assign"}
    for verb in Verb.values:
        answer = client.post(DO, {"verb": verb, "letter": letters[0].pk})
        assert (answer.status_code == 302) == (verb in may), verb


def test_only_post_and_only_signed_in(client: Client, stranger: Client) -> None:
    assert client.get(DO)["Location"] == reverse("deadletters")
    assert not BulkAction.objects.exists()
    assert stranger.post(DO, {"verb": "check"})["Location"].startswith(reverse("signin"))
