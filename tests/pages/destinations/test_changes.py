"""Every change of a destination is on record, and its page shows it."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.test import Client

from jobs import steering
from jobs.destinations import rules
from jobs.models import Destination


def _texts(destination: Destination) -> list[str]:
    return list(destination.changes.order_by("pk").values_list("text", flat=True))


def test_each_field_is_told_from_what_to_what(boss: User, people: Destination) -> None:
    new = {
        "routine_id": "function:t_new",
        "inputs": [{"name": "email", "required": True}],
        "credits_per_row": Decimal("1.5"),
        "batch_size": 20,
        "pause_seconds": 3.5,
        "timeout_minutes": 60.0,
        "daily_limit": Decimal(500),
    }
    rules.save(people, new, boss)
    (first, limit) = _texts(people)
    assert first.split("; ") == [
        "routine: function:t_people → function:t_new",
        "inputs: email, domain? → email",
        "credits a row: 2 → 1.5",
        "rows in a batch: 50 → 20",
        "seconds between batches: 0 → 3.5",
        "stuck after minutes: 30 → 60",
    ]
    assert limit == "own daily limit: none → 500"
    assert {change.by for change in people.changes.all()} == {boss}


def test_what_stays_as_it_is_is_no_change(boss: User, people: Destination) -> None:
    rules.save(people, {"batch_size": people.batch_size, "name": people.name}, boss)
    assert _texts(people) == []


def test_a_new_one_says_how_it_began(boss: User) -> None:
    made = Destination(name="New")
    rules.save(made, {"routine_id": "function:t_new", "inputs": []}, boss)
    (text,) = _texts(made)
    assert text.startswith("created: name: New; routine: function:t_new; ")
    assert "credits a row: 2" in text


def test_pauses_and_the_end_are_on_record(boss: User, people: Destination) -> None:
    steering.destinations.pause(people, boss, "the table is changed")
    steering.destinations.resume(people, boss)
    steering.destinations.archive(people, boss)
    steering.destinations.restore(people, boss)
    assert _texts(people) == ["paused: the table is changed", "resumed", "archived", "restored"]


def test_its_page_shows_who_changed_what(boss: User, people: Destination, client: Client) -> None:
    rules.save(people, {"batch_size": 20}, boss)
    page = client.get(f"/destinations/{people.pk}/edit").text
    assert "Rows in a batch: 50 → 20" in page
    assert "bea" in page
