"""Dead letters as CSV: the letters, and the rows in them with their inputs as they would be sent."""

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clayops.pages.deadletters import csv_download
from jobs.models import Charge, DeadLetter, Destination, Job, LetterState, RowState
from jobs.sending.dead_lettering import recount
from tests.support import a_destination, a_letter, csv_of, running


@pytest.fixture
def job(people: Destination) -> Job:
    return running(people, csv_of(9))


def lines(client: Client, path: str) -> list[dict[str, str]]:
    answer: Any = client.get(f"/deadletters/{path}")
    assert answer.streaming
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="dead-letter')
    text = answer.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_letters(client: Client, job: Job, ana: User) -> None:
    letter = a_letter(job, [1, 2], "Clay did not answer within 30 seconds.", Charge.POSSIBLY, assigned_to=ana)
    letter.group.write_note("Ask Ben", ana)
    a_letter(job, [3], "refused")
    _, line = lines(client, "letters.csv")
    assert line["letter_id"] == str(letter.pk)
    assert (line["charge"], line["rows"], line["retry_costs_up_to"]) == ("possibly", "2", "4.00")
    assert (line["assigned_to"], line["note_on_the_cause"]) == ("ana", "Ask Ben")
    assert (line["job"], line["destination"], line["batch"]) == ("leads.csv", "People", "1")


def test_only_those_that_match(client: Client, job: Job) -> None:
    a_letter(job, [1], "refused")
    a_letter(job, [2], "lost", Charge.POSSIBLY)
    assert [line["cause"] for line in lines(client, "letters.csv?charge=possibly")] == ["lost"]
    assert [line["row"] for line in lines(client, "rows.csv?charge=no")] == ["1"]


def test_rows_with_their_inputs_in_columns(client: Client, job: Job) -> None:
    letter = a_letter(job, [2, 1], "refused")
    first, second = lines(client, "rows.csv")
    assert (first["row"], second["row"]) == ("1", "2")
    assert first["letter_id"] == str(letter.pk)
    assert first["job_id"] == str(job.pk)
    assert (first["cause"], first["charge"], first["proof"]) == ("refused", "no", "not_sent")
    assert (first["input:email"], first["input:domain"]) == ("ana1@north1.test", "north1.test")


def test_an_edited_input_is_there_as_it_is_now(client: Client, job: Job) -> None:
    a_letter(job, [1], "refused")
    job.rows.filter(number=1).update(edits={"email": "right@north1.test"})
    (line,) = lines(client, "rows.csv")
    assert (line["input:email"], line["input:domain"]) == ("right@north1.test", "north1.test")


def test_inputs_of_all_jobs_that_match(client: Client, job: Job) -> None:
    firms = a_destination("Companies", inputs=[{"name": "domain", "required": True}])
    a_letter(job, [1], "refused")
    a_letter(running(firms, "domain\nnorth.test\n"), [1], "refused")
    company, person = lines(client, "rows.csv")
    assert list(person)[-2:] == ["input:email", "input:domain"]
    assert (company["input:email"], company["input:domain"]) == ("", "north.test")


def test_rows_that_were_in_a_letter_and_none_else(client: Client, job: Job) -> None:
    letter = a_letter(job, [3, 4], "refused")
    letter.rows.update(state=RowState.DISCARDED, letter=None)
    DeadLetter.objects.update(state=LetterState.DISCARDED)
    assert lines(client, "rows.csv") == []
    assert [line["row"] for line in lines(client, "rows.csv?state=discarded")] == ["3", "4"]


def test_rows_that_left_a_letter_which_has_others_are_not_in_it(client: Client, job: Job) -> None:
    letter = a_letter(job, [1, 2], "refused")
    letter.rows.filter(number=1).update(state=RowState.DISCARDED, letter=None)
    recount(letter)
    assert [line["row"] for line in lines(client, "rows.csv")] == ["2"]


def test_no_cell_is_a_formula(client: Client, people: Destination) -> None:
    job = running(people, "email,domain\n=cmd()@x.test,north.test\n")
    a_letter(job, [1], "=evil()")
    (line,) = lines(client, "rows.csv")
    assert line["cause"] == "'=evil()"
    assert line["input:email"].startswith("'=")


def test_pieces_hold_each_line_once(client: Client, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_download, "LETTERS_AT_ONCE", 2)
    monkeypatch.setattr(csv_download, "ROWS_AT_ONCE", 1)
    for number in range(1, 6):
        a_letter(job, [number], f"c{number}")
    assert [line["row"] for line in lines(client, "rows.csv")] == ["5", "4", "3", "2", "1"]
    assert [line["cause"] for line in lines(client, "letters.csv")] == ["c5", "c4", "c3", "c2", "c1"]


@pytest.mark.parametrize("path", ["letters.csv", "rows.csv"])
def test_many_take_no_more_queries_than_few(client: Client, job: Job, path: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            lines(client, path)
        return len(found)

    a_letter(job, [1])
    few = queries()
    for number in range(2, 8):
        a_letter(job, [number])
    assert queries() == few


def test_nothing_to_export_is_a_header(client: Client, db: None) -> None:
    assert lines(client, "letters.csv") == lines(client, "rows.csv") == []
