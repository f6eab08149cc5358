"""Comments, and whose a letter is."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import DeadLetter, EventKind, Job
from tests.support import a_letter


@pytest.fixture
def letter(job: Job) -> DeadLetter:
    return a_letter(job)


def whose(letter: DeadLetter) -> User | None:
    return DeadLetter.objects.get(pk=letter.pk).assigned_to


def test_everybody_may_comment(client: Client, letter: DeadLetter, ana: User) -> None:
    answer = client.post(f"/deadletters/{letter.pk}/comment", {"text": "Dan knows these"})
    assert answer["Location"] == letter.get_absolute_url()
    event = letter.events.get(kind=EventKind.COMMENT)
    assert (event.note, event.by) == ("Dan knows these", ana)


def test_an_empty_comment_says_what_is_missing(client: Client, letter: DeadLetter) -> None:
    answer = client.post(f"/deadletters/{letter.pk}/comment", {"text": "  "})
    assert answer.status_code == 422
    assert "Write something first." in answer.content.decode()
    assert not letter.events.filter(kind=EventKind.COMMENT).exists()


def test_to_me(client: Client, letter: DeadLetter, ana: User, boss: User) -> None:
    client.post(f"/deadletters/{letter.pk}/assign", {"assignee": boss.pk, "me": "1"})
    assert whose(letter) == ana


def test_to_somebody_and_to_nobody(client: Client, letter: DeadLetter, boss: User) -> None:
    client.post(f"/deadletters/{letter.pk}/assign", {"assignee": boss.pk})
    assert whose(letter) == boss
    client.post(f"/deadletters/{letter.pk}/assign", {"assignee": ""})
    assert whose(letter) is None


def test_done_twice(client: Client, letter: DeadLetter, boss: User) -> None:
    for _ in range(2):
        client.post(f"/deadletters/{letter.pk}/assign", {"assignee": boss.pk})
    assert "already" in client.get(f"/deadletters/{letter.pk}").content.decode()
    assert letter.events.filter(kind=EventKind.ASSIGNED).count() == 1


@pytest.mark.parametrize("wanted", ["4711", "x", "²", "9" * 30])
def test_to_somebody_who_is_not_there(client: Client, letter: DeadLetter, boss: User, wanted: str) -> None:
    client.post(f"/deadletters/{letter.pk}/assign", {"assignee": boss.pk})
    client.post(f"/deadletters/{letter.pk}/assign", {"assignee": wanted})
    assert whose(letter) == boss


def test_who_is_switched_off_is_not_offered(client: Client, letter: DeadLetter, boss: User) -> None:
    User.objects.filter(pk=boss.pk).update(is_active=False)
    assert ">bea<" not in client.get(f"/deadletters/{letter.pk}").content.decode()
    client.post(f"/deadletters/{letter.pk}/assign", {"assignee": boss.pk})
    assert whose(letter) is None


@pytest.mark.parametrize("part", ["comment", "assign"])
def test_looking_changes_nothing(client: Client, letter: DeadLetter, part: str) -> None:
    answer = client.get(f"/deadletters/{letter.pk}/{part}")
    assert answer["Location"] == letter.get_absolute_url()


@pytest.mark.parametrize("part", ["comment", "assign", "ticked", "edit"])
def test_a_stranger_may_not(stranger: Client, letter: DeadLetter, part: str) -> None:
    answer = stranger.post(f"/deadletters/{letter.pk}/{part}", {"text": "hello", "me": "1"})
    assert answer["Location"].startswith("/signin")
    assert letter.events.count() == 1
