"""`manage.py deadletters approve|retry|discard`: the rules and the audit trail of the pages."""

import json

import pytest
from django.core.management import CommandError, call_command

from jobs.models import BulkAction, Charge, DeadLetter, Job, ReviewPolicy
from tests.support import a_letter, states

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def free(job: Job) -> DeadLetter:
    return a_letter(job, [1])


@pytest.fixture
def charged(job: Job) -> DeadLetter:
    return a_letter(job, [2, 3], cause="No answer", charge=Charge.POSSIBLY)


def fails(*words: str) -> str:
    with pytest.raises(CommandError) as caught:
        call_command("deadletters", *words)
    assert caught.value.returncode == 2
    return str(caught.value)


def needs_a_person(*words: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        call_command("deadletters", *words)
    assert stopped.value.code == 1


def state(letter: DeadLetter) -> str:
    return DeadLetter.objects.values_list("state", flat=True).get(pk=letter.pk)


def test_retry(free: DeadLetter, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("deadletters", "retry", str(free.pk))
    assert capsys.readouterr().out == "Retried: 1 of 1 dead letters.\n"
    assert state(free) == "retrying"


def test_approve_then_retry(charged: DeadLetter) -> None:
    call_command("deadletters", "approve", str(charged.pk), "--note", "Not in the table")
    call_command("deadletters", "retry", str(charged.pk))
    assert state(charged) == "retrying"
    told = [(each.kind, each.by, each.note) for each in charged.events.order_by("pk")]
    assert told[1:] == [("approved", None, "Not in the table"), ("retried", None, "")]
    assert BulkAction.objects.count() == 2


def test_what_needs_an_approval_is_refused(
    free: DeadLetter, charged: DeadLetter, capsys: pytest.CaptureFixture[str]
) -> None:
    needs_a_person("retry", "--all", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["done"] == [free.pk]
    assert told["refused"] == [
        {"id": charged.pk, "why": "Clay may have charged for it: it needs an approval first."}
    ]


def test_all_refused_is_said_and_exits_1(charged: DeadLetter, capsys: pytest.CaptureFixture[str]) -> None:
    needs_a_person("retry", str(charged.pk))
    assert "Retried: 0 of 1 dead letters." in capsys.readouterr().out


def test_discard_needs_a_note(job: Job, free: DeadLetter) -> None:
    assert "Say why with --note TEXT" in fails("discard", str(free.pk))
    call_command("deadletters", "discard", str(free.pk), "--note", "old")
    assert (state(free), states(job)["discarded"]) == ("discarded", 1)


def test_approve_needs_a_note_for_what_may_have_been_charged(charged: DeadLetter) -> None:
    assert "A note is needed" in fails("approve", "--all")


def test_four_eyes_hold_for_the_shell_too(charged: DeadLetter) -> None:
    ReviewPolicy.objects.create(pk=1, four_eyes=True)
    call_command("deadletters", "approve", "--all", "--note", "x")
    needs_a_person("retry", "--all")
    assert state(charged) == "approved"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["retry"], "Name the letters by their ids, or say --all"),
        (["retry", "1", "--all"], "Name the letters by their ids, or say --all"),
        (["retry", "999999999", "9223372036854775808"], "no dead letter 999999999, 9223372036854775808"),
        (["approve", "--all"], "No dead letter waits for that"),
    ],
)
def test_bad_input(job: Job, words: list[str], says: str) -> None:
    assert says in fails(*words)
