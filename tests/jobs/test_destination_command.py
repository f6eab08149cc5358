"""`manage.py destination` keeps the same rules as the page."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from jobs import destinations
from jobs.models import Destination, Hold, Job
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
    destinations.save(stale, {"name": "Persons"})
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
