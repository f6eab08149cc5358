"""Which column fills which input: columns, constants, clean-ups, and the preview of what Clay gets."""

import re
from typing import Any

import pytest
from django.test import Client

from clayops.pages.upload.mapping import LONGEST, SAME
from jobs.models import Destination, Job
from tests.support import a_destination, csv_of, draft, fresh

WEB = "name,email,site\nAna , ANA@North.test ,https://www.north.test/about\nLi,li@contoso.test,http://contoso.test\n"


def change(client: Client, job: Job, **fields: str | list[str]) -> Any:
    data = {re.sub("_(?=[0-9])", "-", name): value for name, value in fields.items()}
    return client.post(f"/jobs/{job.pk}/setup", data, headers={"HX-Request": "true"})


def samples(page: str, number: int) -> list[str]:
    """What Clay will get for an input, as the page says."""
    line = page.split(f'id="line-{number}"')[1].split("</tr>")[0].split('class="samples')[1]
    return re.findall(r"<span[^>]*>([^<]*)</span>", line)


def test_the_samples_are_what_clay_gets(client: Client, people: Destination) -> None:
    job = draft(people, WEB)
    page = client.get(f"/jobs/{job.pk}/setup").content.decode()
    assert samples(page, 0) == ["ANA@North.test", "li@contoso.test"]
    assert samples(page, 1) == ["north.test", "contoso.test"]


def test_clean_ups_show_at_once(client: Client, people: Destination) -> None:
    job = draft(people, WEB)
    page = change(client, job, input_0="1", cleanup_0=["", "trim", "lower"]).content.decode()
    assert fresh(job).cleanups["email"] == ["trim", "lower"]
    assert samples(page, 0)[0] == "ana@north.test"


def test_without_any_clean_up_the_cell_is_sent_as_it_is(client: Client, people: Destination) -> None:
    job = draft(people, WEB)
    page = change(client, job, input_0="1", cleanup_0="").content.decode()
    assert fresh(job).cleanups["email"] == []
    assert samples(page, 0)[0] == " ANA@North.test "


def test_the_same_text_for_every_row(client: Client, leads: Job) -> None:
    page = change(client, leads, input_1=SAME, constant_1="north.test").content.decode()
    assert (fresh(leads).constants, fresh(leads).mapping) == ({"domain": "north.test"}, {"email": 1})
    assert samples(page, 1) == ["north.test"]


def test_back_from_a_constant_to_a_column(client: Client, leads: Job) -> None:
    change(client, leads, input_1=SAME, constant_1="north.test")
    page = change(client, leads, input_1="2", constant_1="north.test").content.decode()
    assert (fresh(leads).constants, fresh(leads).mapping["domain"]) == ({}, 2)
    assert samples(page, 1)[0] == "north1.test"


def test_a_required_input_needs_a_column_or_a_text(client: Client, leads: Job) -> None:
    assert samples(change(client, leads, input_0="").content.decode(), 0) == ["needs a column"]
    page = change(client, leads, input_0=SAME, constant_0=" ").content.decode()
    assert samples(page, 0) == ["needs a text"]
    assert "Map a column to: email." in page


def test_a_column_of_addresses_brings_its_clean_up(client: Client, people: Destination) -> None:
    job = draft(people, WEB)
    change(client, job, input_1="")
    change(client, job, input_1="1")
    assert fresh(job).cleanups["domain"] == ["trim", "domain"]


def test_chosen_clean_ups_outlive_another_column(client: Client, people: Destination) -> None:
    job = draft(people, WEB)
    change(client, job, input_1="2", cleanup_1=["", "lower"])
    change(client, job, input_1="1", cleanup_1=["", "lower"])
    assert fresh(job).cleanups["domain"] == ["lower"]


@pytest.mark.parametrize("index", ["99", "-1", "1e3", "９", "x", "1" * 400, "\x00"])
def test_a_column_that_is_not_there_changes_nothing_else(client: Client, leads: Job, index: str) -> None:
    answer = change(client, leads, input_0=index, input_1="0")
    assert answer.status_code == 422
    assert "The file has no such column. Choose one of the list." in answer.content.decode()
    assert fresh(leads).mapping == {"email": 1, "domain": 0}


@pytest.mark.parametrize("text", ["x" * (LONGEST + 1), "a\x00b"])
def test_an_odd_constant_is_said_at_its_input(client: Client, leads: Job, text: str) -> None:
    answer = change(client, leads, input_1=SAME, constant_1=text)
    assert answer.status_code == 422
    assert 'id="input-1-error" role="alert"' in answer.content.decode()
    assert fresh(leads).constants == {}


def test_unknown_clean_ups_are_passed_over(client: Client, leads: Job) -> None:
    change(client, leads, input_0="1", cleanup_0=["", "explode", "lower"])
    assert fresh(leads).cleanups["email"] == ["lower"]


def test_columns_of_the_same_name_are_told_apart(client: Client, people: Destination) -> None:
    job = draft(people, "email,note,note\na@b.test,1,2\n")
    page = client.get(f"/jobs/{job.pk}/setup").content.decode()
    assert "note (column 2)</option>" in page
    assert "note (column 3)</option>" in page


def test_other_columns_are_kept_for_the_export(client: Client, leads: Job) -> None:
    assert "1 other column is not sent" in client.get(f"/jobs/{leads.pk}/setup").content.decode()


def test_what_a_file_says_is_never_markup(client: Client, people: Destination) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    job = draft(people, f"email,{nasty}\n{nasty},{nasty}\na,b,c,{nasty}\n", f"{nasty}.csv")
    change(client, job, input_1=SAME, constant_1=nasty)
    page = client.get(f"/jobs/{job.pk}/setup").content.decode()
    assert "<img" not in page
    assert page.count("&lt;img") > 5


def test_a_thousand_columns_and_ten_inputs(client: Client) -> None:
    inputs = [{"name": f"input {n}", "required": False} for n in range(10)]
    names = ",".join(f"a rather long column name {n}" for n in range(1000))
    job = draft(a_destination(inputs=inputs), f"{names}\n" + ",".join(["cell"] * 1000) + "\n")
    page = client.get(f"/jobs/{job.pk}/setup").content.decode()
    assert page.count("<option") > 10_000
    assert "Columns 1 to 50 of 1,000" in page
    assert page.count("<td") < 200
    assert len(page) < 1_000_000


def test_the_preview_pages_through_the_columns(client: Client, people: Destination) -> None:
    job = draft(people, ",".join(f"c{n}" for n in range(120)) + "\n" + ",".join(["x"] * 120) + "\n")
    page = change(client, job, go_columns="50").content.decode()
    assert "Columns 51 to 100 of 120" in page
    assert '<th scope="col">c50</th>' in page
    assert "Columns 101 to 120" in change(client, job, go_columns="100", columns="50").content.decode()
    answer = client.post(f"/jobs/{job.pk}/setup", {"go_columns": "50"})
    assert answer["Location"].endswith("/setup?columns=50#setup-preview")
    assert "Columns 51 to 100" in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("start", ["-1", "x", "10000000", "3"])
def test_odd_places_in_the_preview(client: Client, leads: Job, start: str) -> None:
    page = client.get(f"/jobs/{leads.pk}/setup", {"columns": start}).content.decode()
    assert "ana1@north1.test" in page


def test_long_cells_are_cut_in_the_preview(client: Client, people: Destination) -> None:
    job = draft(people, csv_of(1) + "Li,li@contoso.test," + "x" * 60_000 + "\n")
    assert len(client.get(f"/jobs/{job.pk}/setup").content) < 40_000
