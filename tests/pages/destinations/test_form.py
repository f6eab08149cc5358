"""Creating and changing a destination in the browser."""

from typing import Any

import pytest
from django.test import Client

from jobs.models import Destination, Hold, Job
from tests.support import a_destination, fresh

GOOD: dict[str, Any] = {
    "name": "Find work email",
    "routine_id": "function:t_mail",
    "table": "",
    "input": ["email", " company ", ""],
    "need": ["required", "optional", "required"],
    "credits_per_row": "2",
    "daily_limit": "",
    "batch_size": "50",
    "pause_seconds": "2",
    "timeout_minutes": "30",
    "waterfall": "hunter, prospeo,hunter",
}


def test_a_new_one_is_made_and_tested_next(client: Client, db: None) -> None:
    answer = client.post("/destinations/new", GOOD | {"credits_per_row": "2.5"})
    made = Destination.objects.get()
    assert answer["Location"] == f"/destinations/{made.pk}/test"
    assert made.inputs == [{"name": "email", "required": True}, {"name": "company", "required": False}]
    assert (made.providers, made.daily_limit, str(made.credits_per_row)) == (
        ["hunter", "prospeo"],
        None,
        "2.50",
    )


def test_the_defaults_are_there_to_begin_with(client: Client, db: None) -> None:
    page = client.get("/destinations/new").content.decode()
    for field, value in {
        "credits_per_row": 2,
        "batch_size": 50,
        "pause_seconds": 2,
        "timeout_minutes": 30,
    }.items():
        assert f'name="{field}" value="{value}"' in page


def test_every_field_is_explained(client: Client) -> None:
    page = client.get("/destinations/new").content.decode()
    fields = [field for field in GOOD if field not in {"input", "need"}]
    assert [field for field in fields if f'id="id_{field}_helptext"' not in page] == []


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("name", "", "It is needed."),
        ("name", "x" * 101, "It must have at most 100 characters."),
        ("routine_id", "t_x", "It must look like function:t_x or workflow:x, not &#x27;t_x&#x27;."),
        ("routine_id", "", "It is needed: the routine&#x27;s id"),
        ("routine_id", "https://api.clay.com/v3/sources/webhook/abc", "table webhooks is not built yet."),
        ("credits_per_row", "2,5", "It must be a number of credits such as 2 or 0.25"),
        ("credits_per_row", "NaN", "It must be zero or more"),
        ("credits_per_row", "0.001", "at most two decimals"),
        ("credits_per_row", "0", "It must be more than zero: what costs nothing passes every limit."),
        ("daily_limit", "12.500", "12.500 can be read in two ways. Write 12500, or 12.50."),
        ("daily_limit", "-1", "It must be zero or more"),
        ("batch_size", "101", "It must be from 1 to 100, not 101."),
        ("batch_size", "1.5", "It must be a whole number, not 1.5."),
        ("pause_seconds", "inf", "It must be from 0 to 3600, not inf."),
        ("timeout_minutes", "soon", "It must be a number from 0.001 to 100000"),
        ("table", "t" * 65, "It has at most 64 characters."),
        ("input", ["a", "a"], "The list has a more than once."),
        ("input", ["", " "], "The list needs at least one input"),
        ("input", ["use_providers"], "The list cannot have use_providers"),
        ("input", ["x" * 101], "The list has a name that is too long"),
    ],
)
def test_what_cannot_be_is_said_at_the_field(
    client: Client, db: None, field: str, typed: str | list[str], says: str
) -> None:
    answer = client.post("/destinations/new", GOOD | {field: typed, "waterfall": "kept as typed"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert "kept as typed" in page
    assert 'aria-invalid="true"' in page
    assert not Destination.objects.exists()


def test_the_address_of_a_routine_will_do(client: Client, db: None) -> None:
    client.post("/destinations/new", GOOD | {"routine_id": "https://app.clay.com/w/1/function%3At_0abc?x=1"})
    assert Destination.objects.get().routine_id == "function:t_0abc"


def test_a_name_that_is_taken(client: Client, people: Destination) -> None:
    page = client.post("/destinations/new", GOOD | {"name": "People"}).content.decode()
    assert "Another destination has this name." in page


def test_more_lines_and_fewer_save_nothing(client: Client, people: Destination) -> None:
    path = f"/destinations/{people.pk}/edit"
    more = client.post(path, GOOD | {"add": "1"})
    assert more.content.decode().count('name="input"') == 4
    fewer = client.post(path, GOOD | {"remove": "0"}).content.decode()
    assert 'value="company"' in fewer
    assert 'value="email"' not in fewer
    assert Destination.objects.get().name == "People"


def test_a_change_leaves_a_hold_and_the_gate_alone(client: Client, people: Destination) -> None:
    people.put_on_hold(Hold.BUDGET, "No credits")
    assert client.post(f"/destinations/{people.pk}/edit", GOOD)["Location"] == "/destinations"
    assert (Destination.objects.get().hold, Destination.objects.get().name) == ("budget", "Find work email")


def test_saving_twice_is_harmless(client: Client, people: Destination) -> None:
    for _ in range(2):
        assert client.post(f"/destinations/{people.pk}/edit", GOOD).status_code == 302
    assert Destination.objects.count() == 1


def test_inputs_stay_while_a_job_runs(client: Client, job: Job) -> None:
    path = f"/destinations/{job.destination_id}/edit"
    assert "1 job is not finished here." in client.get(path).content.decode()
    answer = client.post(path, GOOD)
    assert answer.status_code == 422
    assert "1 job is not finished here, and sent with the inputs as they are." in answer.content.decode()
    assert fresh(job).destination.input_names == ["email", "domain"]


def test_the_rest_may_change_while_a_job_runs(client: Client, job: Job) -> None:
    same = {"input": ["email", "domain"], "need": ["required", "optional"]}
    client.post(f"/destinations/{job.destination_id}/edit", GOOD | same | {"batch_size": "7"})
    assert fresh(job).destination.batch_size == 7


def test_a_draft_keeps_what_still_fits_and_it_is_said(client: Client, leads: Job) -> None:
    answer = client.post(f"/destinations/{leads.destination_id}/edit", GOOD, follow=True)
    assert fresh(leads).mapping == {"email": 1}
    assert not fresh(leads).is_checked
    assert "The draft leads.csv no longer fills domain." in answer.content.decode()


def test_what_is_not_there(client: Client, stranger: Client, db: None) -> None:
    for part in ("edit", "test", "pause"):
        assert client.get(f"/destinations/4711/{part}").status_code == 404
        assert stranger.get(f"/destinations/4711/{part}")["Location"].startswith("/signin")
    assert stranger.post("/destinations/new", GOOD).status_code == 302
    assert client.delete("/destinations/new").status_code == 405


def test_what_people_type_is_never_markup(client: Client, db: None) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    made = a_destination(nasty, inputs=[{"name": nasty, "required": True}], waterfall=[nasty])
    for path in ("", f"/{made.pk}/edit", f"/{made.pk}/test", f"/{made.pk}/pause"):
        assert "<img" not in client.get(f"/destinations{path}").content.decode()
