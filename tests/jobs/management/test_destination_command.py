"""`manage.py destination` keeps the same rules as the page."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from jobs.destinations import rules
from jobs.models import Destination, DestinationChange, Hold, Job
from providers import recording, steering
from providers.models import Provider
from providers.terms import Attempt, Outcome
from providers.waterfall import Step
from tests.support import a_destination, csv_of, draft, fresh, running

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_changes_only_what_is_given() -> None:
    people = a_destination()
    people.put_on_hold(Hold.BUDGET, "No credits")
    call_command("destination", "People", "--credits-per-row", "0.5")
    changed = Destination.objects.get()
    assert (float(changed.credits_per_row), changed.hold, changed.input_names) == (
        0.5,
        "budget",
        ["email", "domain"],
    )


def test_a_hold_that_comes_while_it_is_changed_stays() -> None:
    stale = a_destination()
    Destination.objects.get().put_on_hold(Hold.BUDGET, "No credits")
    rules.save(stale, {"name": "Persons"})
    assert (Destination.objects.get().hold, Destination.objects.get().name) == ("budget", "Persons")


def test_it_leaves_the_inputs_of_a_running_job() -> None:
    running(a_destination())
    with pytest.raises(CommandError, match="1 job is not finished here"):
        call_command("destination", "People", "--inputs", "phone")


def test_it_mends_drafts_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    job = draft(a_destination())
    call_command("destination", "People", "--inputs", "email,phone?")
    assert fresh(job).mapping == {"email": 1}
    assert "The draft leads.csv no longer fills domain." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--inputs", ","], "--inputs needs at least one"),
        (["--daily-limit", "much"], "--daily-limit must be a number of credits"),
        (["--batch-size", "2.5"], "--batch-size must be a whole number"),
        (["--timeout-minutes", "nan"], "--timeout-minutes must be from"),
    ],
)
def test_what_cannot_be_is_one_line(words: list[str], says: str) -> None:
    a_destination()
    with pytest.raises(CommandError, match=says):
        call_command("destination", "People", *words)


def test_enrich_to_an_archived_one_is_refused(tmp_path: Path) -> None:
    a_destination(archived_at=timezone.now())
    (tmp_path / "leads.csv").write_text(csv_of(2))
    with pytest.raises(CommandError, match=r"People is archived\. Restore it"):
        call_command("enrich", str(tmp_path / "leads.csv"), "--to", "People")
    assert not Job.objects.exists()


def test_a_waterfall_keeps_what_is_known_of_its_steps() -> None:
    people = a_destination()
    people.steps = [Step("hunter", Decimal("1.5")), Step("apollo"), Step("wiza", on=False)]
    people.save()
    call_command("destination", "People", "--waterfall", "Prospeo, Wiza, HUNTER, prospeo")
    assert Destination.objects.get().steps == [
        Step("Prospeo"),
        Step("Wiza", on=False),
        Step("HUNTER", Decimal("1.5")),
    ]


def test_providers_that_a_person_names_are_not_new() -> None:
    recording.record([Attempt("prospeo", Outcome.SUCCESS)])
    a_destination()
    call_command("destination", "People", "--waterfall", "Prospeo,Hunter")
    assert [(each.name, each.is_new) for each in Provider.objects.all()] == [
        ("hunter", False),
        ("prospeo", False),
    ]


def test_a_waterfall_by_how_a_provider_is_shown_and_on_record() -> None:
    a_destination(waterfall=["hunter"])
    steering.change(steering.add("apollo"), "Apollo.io", None)
    call_command("destination", "People", "--waterfall", "apollo.io,hunter")
    assert [step.provider for step in Destination.objects.get().steps] == ["apollo", "hunter"]
    (change,) = DestinationChange.objects.all()
    assert (change.text, change.by) == ("asks hunter → apollo, hunter", None)


def test_a_waterfall_of_too_many_is_refused() -> None:
    a_destination()
    with pytest.raises(CommandError, match="has 31 providers; at most 30 fit"):
        call_command("destination", "People", "--waterfall", ",".join(f"p{n}" for n in range(31)))


def test_inputs_cannot_have_the_names_of_what_goes_along() -> None:
    a_destination(waterfall=["hunter"])
    Destination.objects.update(use_input="ask")
    with pytest.raises(CommandError, match="something of its own under the name ask"):
        call_command("destination", "People", "--inputs", "email,ask")


def test_nor_can_those_of_a_new_destination_which_may_get_a_waterfall_later() -> None:
    with pytest.raises(CommandError, match="cannot have use_providers"):
        call_command("destination", "People", "--routine", "function:t_p", "--inputs", "email,use_providers")
    assert not Destination.objects.exists()
