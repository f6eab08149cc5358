"""The page of a bulk action: what it would do, its progress, its outcomes, Stop."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from budget.credits import set_limit
from jobs.models import BulkAction, Charge, DeadLetter, Job, ReviewPolicy, Verb
from jobs.review.bulk import actions
from tests.support import a_letter, states


@pytest.fixture
def letters(job: Job) -> list[DeadLetter]:
    return [a_letter(job, [1]), a_letter(job, [2, 3], charge=Charge.POSSIBLY, cause="No answer")]


def asked(by: User, verb: Verb = Verb.APPROVE_RETRY) -> BulkAction:
    return actions.ask(verb, DeadLetter.objects.all(), by, query="charge=no", words="open letters")


def page(client: Client, action: BulkAction, **query: str) -> str:
    return client.get(f"/deadletters/bulk/{action.pk}", query).content.decode()


# -- before ------------------------------------------------------------------------------------------
def test_it_names_letters_rows_cost_and_what_is_left(
    boss_client: Client, boss: User, letters: list[DeadLetter]
) -> None:
    said = page(boss_client, asked(boss))
    for words in (
        "Approve and retry 2 letters?",
        "<strong>3 rows</strong>",
        "up to <strong>6 credits</strong>",
        "10,000 of 10,000 are left today",
        "If Clay ran 2 of these rows the first time, they are <strong>paid for twice</strong>",
        "open letters",
        "Send one row first",
    ):
        assert words in said


def test_more_than_is_left_today_is_said(boss_client: Client, boss: User, letters: list[DeadLetter]) -> None:
    set_limit(Decimal(4), None)
    assert "more than is left today" in page(boss_client, asked(boss))


@pytest.mark.parametrize(
    ("verb", "says"),
    [
        (Verb.APPROVE, "Nothing is sent by this"),
        (Verb.CHECK, "Nothing is sent; it costs nothing"),
        (Verb.DISCARD, "undone for 30 days"),
        (Verb.ASSIGN, "looks after them"),
    ],
)
def test_each_verb_says_what_follows(
    boss_client: Client, boss: User, letters: list[DeadLetter], verb: Verb, says: str
) -> None:
    assert says in page(boss_client, asked(boss, verb))


def test_what_stays_and_why(boss_client: Client, boss: User, letters: list[DeadLetter]) -> None:
    said = page(boss_client, asked(boss, Verb.RETRY))
    assert "<strong>1 letter</strong>: Clay may have charged for it: it needs an approval first." in said


def test_nothing_can_be_done(boss_client: Client, boss: User, letters: list[DeadLetter]) -> None:
    assert "Nothing can be done here" in page(boss_client, asked(boss, Verb.RESTORE))


def test_four_eyes_are_told(boss_client: Client, boss: User, letters: list[DeadLetter]) -> None:
    ReviewPolicy.set_four_eyes(True, boss)
    assert "Four eyes" in page(boss_client, asked(boss))


# -- confirming --------------------------------------------------------------------------------------
def confirm(client: Client, action: BulkAction, **given: str) -> int:
    return client.post(f"/deadletters/bulk/{action.pk}/confirm", given).status_code


def test_a_needed_note_is_asked_for_and_what_was_typed_stays(
    boss_client: Client, boss: User, letters: list[DeadLetter]
) -> None:
    action = asked(boss)
    answer = boss_client.post(f"/deadletters/bulk/{action.pk}/confirm", {"note": "  "})
    assert answer.status_code == 422
    assert "A note is needed" in answer.content.decode()
    assert BulkAction.objects.get().state == "asked"


def test_confirmed_it_runs(boss_client: Client, boss: User, job: Job, letters: list[DeadLetter]) -> None:
    action = asked(boss)
    assert confirm(boss_client, action, note="Looked", one_first="") == 302
    actions.run(action.pk)
    now = BulkAction.objects.get()
    assert (now.state, now.note, now.one_first, states(job)) == ("done", "Looked", False, {"waiting": 3})


def test_one_first_is_kept(boss_client: Client, boss: User, letters: list[DeadLetter]) -> None:
    action = asked(boss)
    confirm(boss_client, action, note="Looked", one_first="1")
    assert BulkAction.objects.get().one_first


def test_only_who_asked_confirms(client: Client, ana: User, boss: User, letters: list[DeadLetter]) -> None:
    action = asked(boss)
    codenames = ["approve_deadletter", "retry_deadletter"]
    ana.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    assert confirm(client, action, note="x") == 403
    assert BulkAction.objects.get().state == "asked"


def test_a_right_that_was_taken_meanwhile(client: Client, ana: User, letters: list[DeadLetter]) -> None:
    action = asked(ana)
    said = page(client, action)
    assert "You may not approve dead letters or retry dead letters" in said
    assert confirm(client, action, note="x") == 403


# -- after -------------------------------------------------------------------------------------------
@pytest.fixture
def over(boss: User, letters: list[DeadLetter]) -> BulkAction:
    action = asked(boss, Verb.RETRY)
    actions.confirm(action, "Because")
    actions.run(action.pk)
    return BulkAction.objects.get()


def test_outcomes_by_letter(client: Client, over: BulkAction, letters: list[DeadLetter]) -> None:
    said = page(client, over)
    for words in ("Because", "bea", "it needs an approval first", f"/deadletters/{letters[0].pk}"):
        assert words in said
    refused = page(client, over, outcome="refused")
    assert f"/deadletters/{letters[0].pk}" not in refused
    assert f"/deadletters/{letters[1].pk}" in refused


def test_the_list_of_all(client: Client, over: BulkAction, boss: User) -> None:
    asked(boss)  # not confirmed: not shown
    listed = client.get("/deadletters/bulk")
    assert [each.pk for each in listed.context["page"].items] == [over.pk]


def test_an_empty_list_says_what_will_be_there(client: Client) -> None:
    assert "Nothing was done in bulk yet" in client.get("/deadletters/bulk").content.decode()


def test_it_is_live_while_it_runs(client: Client, boss: User, letters: list[DeadLetter]) -> None:
    action = asked(boss)
    actions.confirm(action, "x")
    assert "data-live" in page(client, action).split('id="bulk"')[1][:200]
    assert client.get(f"/live/deadletters/bulk/{action.pk}").status_code == 200


def test_for_an_hour_after_it_shows_what_comes_home(client: Client, over: BulkAction) -> None:
    assert "data-live" in page(client, over).split('id="bulk"')[1][:200]
    BulkAction.objects.update(finished_at=timezone.now() - timedelta(minutes=61))
    assert "data-live" not in page(client, over).split('id="bulk"')[1][:200]


def test_stop(boss_client: Client, boss: User, job: Job, letters: list[DeadLetter]) -> None:
    action = asked(boss)
    actions.confirm(action, "x")
    boss_client.post(f"/deadletters/bulk/{action.pk}/stop")
    actions.run(action.pk)
    now = BulkAction.objects.get()
    assert (now.state, now.stopped_by, states(job)) == ("stopped", boss, {"dead": 3})
    assert "Stopped by bea" in page(boss_client, now)
    again = boss_client.post(f"/deadletters/bulk/{action.pk}/stop", follow=True)
    assert "It has ended already" in again.content.decode()


def test_who_may_not_do_it_may_not_stop_it(client: Client, boss: User, letters: list[DeadLetter]) -> None:
    action = asked(boss)
    actions.confirm(action, "x")
    assert client.post(f"/deadletters/bulk/{action.pk}/stop").status_code == 403


def test_its_letters_deleted_with_their_job(client: Client, over: BulkAction, job: Job) -> None:
    DeadLetter.objects.all().delete()
    assert "No letter is left" in page(client, over)
    job.rows.update(state="discarded")
