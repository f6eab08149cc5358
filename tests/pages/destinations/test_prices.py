"""Prices are money: who may not set them passes no limit by a destination of their own (promise 2)."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.alerting import for_person
from jobs.destinations import rules
from jobs.destinations.refusals import Refused
from jobs.models import Destination, Submission
from tests.support import a_destination, running, step

ROUTINE = "function:t_people"
FORM = {
    "name": "Cheap",
    "routine_id": ROUTINE,
    "input": ["email"],
    "need": ["required"],
    "table": "",
    "credits_per_row": "0.01",
    "charges_misses": "yes",
    "credits_output": "credits",
    "batch_size": "50",
    "pause_seconds": "2",
    "timeout_minutes": "30",
}


def test_a_second_destination_for_a_routine_is_no_cheaper(client: Client, people: Destination) -> None:
    answer = client.post("/destinations/new", FORM)
    assert answer.status_code == 422
    assert "Rows of that routine count with 2 credits each" in answer.text
    assert Destination.objects.get() == people


def test_nor_is_one_that_names_its_table(client: Client, people: Destination) -> None:
    assert (
        client.post(
            "/destinations/new", {**FORM, "routine_id": "workflow:x", "table": "t_people"}
        ).status_code
        == 422
    )


def test_an_archived_one_is_not_forgotten(client: Client, people: Destination, ana: User) -> None:
    client.post(f"/destinations/{people.pk}/archive")
    assert client.post("/destinations/new", FORM).status_code == 422


def test_where_nothing_is_known_it_is_the_usual_price_at_least(client: Client) -> None:
    assert client.post("/destinations/new", FORM).status_code == 422
    assert client.post("/destinations/new", {**FORM, "credits_per_row": "2"}).status_code == 302
    assert Destination.objects.get().credits_per_row == 2


@pytest.mark.parametrize(("field", "value"), [("charges_misses", "no"), ("credits_output", "score")])
def test_what_else_makes_rows_cheaper_is_not_theirs_either(client: Client, field: str, value: str) -> None:
    assert client.post("/destinations/new", {**FORM, "credits_per_row": "2", field: value}).status_code == 422
    assert not Destination.objects.exists()


def test_a_destination_that_moves_to_a_routine_takes_its_price(ana: User) -> None:
    a_destination(credits_per_row=Decimal(5))
    cheap = a_destination("Cheap", routine_id="function:t_other", credits_per_row=Decimal("0.50"))
    said = rules.save(cheap, {"routine_id": ROUTINE}, ana)
    assert Destination.objects.get(pk=cheap.pk).credits_per_row == 5
    assert said == ["It counts with 5 credits a row now."]


def test_nobody_without_the_right_makes_others_dearer(ana: User, people: Destination) -> None:
    with pytest.raises(Refused, match="count with 2 credits each"):
        rules.save(Destination(name="Dear"), {"routine_id": ROUTINE, "credits_per_row": Decimal(9999)}, ana)
    dear = a_destination("Dear", routine_id="function:t_x", credits_per_row=Decimal(9))
    rules.save(dear, {"routine_id": ROUTINE}, ana)
    assert set(Destination.objects.values_list("credits_per_row", flat=True)) == {Decimal(2)}


def test_who_may_sets_one_number_for_all_of_a_routine_on_record(boss: User, people: Destination) -> None:
    other = a_destination("Other")
    rules.save(people, {"credits_per_row": Decimal("1.5")}, boss)
    other.refresh_from_db()
    assert other.credits_per_row == Decimal("1.5")
    assert [(each.text, each.by) for each in other.changes.all()] == [("credits a row: 2 → 1.5", boss)]


def test_what_is_reserved_is_the_highest_that_leads_there(people: Destination) -> None:
    cheap = a_destination("Cheap", credits_per_row=Decimal("0.01"))  # however it came about
    running(cheap)
    step(cheap)
    assert Submission.objects.get().credits == 3 * people.credits_per_row


def test_who_may_is_told_and_says_that_it_is_right(ana: User, boss: User, boss_client: Client) -> None:
    made = Destination(name="New")
    rules.save(made, {"routine_id": ROUTINE, "inputs": []}, ana)
    assert [alert.text for alert in for_person.for_person(boss) if alert.kind == "price"] == [
        "ana made or moved New: its rows count with 2 credits each"
    ]
    assert not [alert for alert in for_person.for_person(ana) if alert.kind == "price"]
    boss_client.post(f"/destinations/{made.pk}/price")
    assert not [alert for alert in for_person.for_person(boss) if alert.kind == "price"]
    assert Destination.objects.get().credits_per_row == 2
