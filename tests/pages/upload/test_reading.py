"""How the file is read: corrected field by field, refused in a sentence, never lost."""

from typing import Any

import pytest
from django.test import Client

from clayops.pages.upload.mapping import key_of
from jobs import intake
from jobs.models import Destination, Job
from tests.support import csv_of, draft, fresh

PEOPLE = "name;email\nJürgen, der Große;jo@north.test\nZoë;zoe@north.test\n"


def change(client: Client, job: Job, **fields: str) -> Any:
    return client.post(f"/jobs/{job.pk}/setup", fields, headers={"HX-Request": "true"})


def test_another_encoding_changes_the_rows_at_once(client: Client, people: Destination) -> None:
    job = draft(people, PEOPLE.encode("mac-roman"))
    intake.read_again(job, job.format)
    page = change(client, job, encoding="mac-roman").content.decode()
    assert fresh(job).encoding == "mac-roman"
    assert "Jürgen" in page
    assert "Mac Roman, semicolon" in page


def test_another_delimiter_changes_the_columns_and_the_mapping(client: Client, people: Destination) -> None:
    job = draft(people, PEOPLE)
    page = change(client, job, delimiter=",", **{"input-0": "1"}).content.decode()
    assert fresh(job).columns == ["name;email"]
    assert fresh(job).mapping.get("email") != 1
    assert ">name;email<" in page


def test_the_tab_survives_the_form(client: Client, people: Destination) -> None:
    job = draft(people, "name\temail\nAna\ta@b.test\n")
    change(client, job, delimiter=",")
    change(client, job, delimiter="\t")
    assert fresh(job).columns == ["name", "email"]


def test_a_first_line_that_is_data(client: Client, leads: Job) -> None:
    page = change(client, leads, header="no").content.decode()
    assert (fresh(leads).row_count, fresh(leads).first_line) == (4, 1)
    assert "no header" in page
    assert "Column 1" in page


def test_a_title_is_skipped(client: Client, people: Destination) -> None:
    job = draft(people, csv_of(3))
    page = change(client, job, skip="1").content.decode()
    assert fresh(job).columns[0] == "Ana 1"
    assert "header in line 2, 1 line skipped" in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("encoding", "klingon", "Choose one of the list."),
        ("delimiter", ";;;", "Choose one of the list."),
        ("delimiter", "", "Choose one of the list."),
        ("quote", "Ω", "Choose one of the list."),
        ("header", "perhaps", "Choose one of the list."),
        ("skip", "-1", "A number from 0 to 1,000,000."),
        ("skip", "1000000000", "A number from 0 to 1,000,000."),
        ("skip", "²", "A number from 0 to 1,000,000."),
        ("skip", "99", "Skip fewer lines"),
        ("skip", "3", "no row"),
        ("encoding", "utf-16-le", ""),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_changes_nothing(
    client: Client, people: Destination, field: str, value: str, sentence: str
) -> None:
    job = draft(people, csv_of(3).replace("Ana 2", "Zo\u00eb\u00ff"))
    intake.set_up(job, mapping={"email": 1}, constants={"domain": "north.test"})
    kept = ("encoding", "delimiter", "skip", "header", "columns", "mapping", "constants", "row_count")
    before = Job.objects.values_list(*kept).get()
    answer = change(client, job, **{field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="read-{field}-error" role="alert"' in page
    assert sentence in page
    assert "The file is read as before: UTF-8, comma" in page
    assert Job.objects.values_list(*kept).get() == before
    assert fresh(job).is_checked


def test_back_to_the_guess(client: Client, people: Destination) -> None:
    job = draft(people, PEOPLE.encode("cp1252"))
    guessed = job.format
    change(client, job, delimiter=",", quote="", encoding="cp437")
    assert fresh(job).format != guessed
    change(client, job, guess="1")
    assert fresh(job).format == guessed
    assert fresh(job).columns == ["name", "email"]


def test_the_mapping_of_other_columns_is_not_taken(client: Client, people: Destination) -> None:
    """A tab that still shows the columns of before sends its mapping."""
    job = draft(people, PEOPLE)
    old = key_of(job)
    change(client, job, skip="1")
    change(client, job, header_key=old, **{"input-0": "0", "input-1": "1"})
    assert fresh(job).mapping.get("domain") != 1


def test_with_the_same_columns_the_mapping_stays(client: Client, leads: Job) -> None:
    change(client, leads, **{"input-0": "0"})
    change(client, leads, encoding="cp1252")
    assert (fresh(leads).encoding, fresh(leads).mapping["email"]) == ("cp1252", 0)


def test_what_it_is_read_as_is_chosen_in_the_lists(client: Client, people: Destination) -> None:
    page = client.get(f"/jobs/{draft(people, PEOPLE).pk}/setup").content.decode()
    assert '<option value=";" selected>semicolon</option>' in page
    assert '<option value="utf-8" selected>UTF-8</option>' in page
