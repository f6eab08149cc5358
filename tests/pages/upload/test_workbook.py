"""A workbook: its sheet is chosen, and read like any file."""

import random
from typing import Any

from django.test import Client

from jobs.intake.check import checking
from jobs.models import Destination, Job
from tests.support import draft, fresh, workbook

NOTES = [["Campaign of November"], ["who", "what"], ["Ana", "calls"], ["Li", "writes"]]
LEADS = [["name", "email"], ["Zoë", "zoe@north.test"], ["Jo", "jo@south.test"]]


def change(client: Client, job: Job, **fields: str) -> Any:
    return client.post(f"/jobs/{job.pk}/setup", fields, headers={"HX-Request": "true"})


def test_the_sheet_is_named_and_can_be_chosen(client: Client, people: Destination) -> None:
    job = draft(people, workbook(Leads=LEADS, Notes=NOTES), "book.xlsx")
    page = client.get(f"/jobs/{job.pk}/setup").content.decode()
    assert "Excel workbook, sheet “Leads”, header in line 1" in page
    assert '<option value="Notes">Notes</option>' in page
    assert "read-encoding" not in page


def test_another_sheet_brings_its_own_columns_and_layout(client: Client, people: Destination) -> None:
    job = draft(people, workbook(Notes=NOTES, Leads=LEADS), "book.xlsx")
    page = change(client, job, sheet="Leads", skip=str(job.skip), header="yes").content.decode()
    assert (fresh(job).sheet, fresh(job).columns, fresh(job).skip) == ("Leads", ["name", "email"], 0)
    assert "zoe@north.test" in page
    assert fresh(job).mapping == {"email": 1}


def test_a_sheet_that_is_not_there(client: Client, people: Destination) -> None:
    job = draft(people, workbook(Leads=LEADS), "book.xlsx")
    answer = change(client, job, sheet="Nowhere")
    assert answer.status_code == 422
    assert 'id="read-sheet-error"' in answer.content.decode()
    assert fresh(job).sheet == "Leads"


def test_an_empty_sheet_is_refused_and_the_former_stays(client: Client, people: Destination) -> None:
    job = draft(people, workbook(Leads=LEADS, Empty=[], Header=[["name", "email"]]), "book.xlsx")
    change(client, job, header="no")
    for sheet in ("Empty", "Header"):
        answer = change(client, job, sheet=sheet)
        assert answer.status_code == 422
        assert 'id="read-sheet-error"' in answer.content.decode()
        assert (fresh(job).sheet, fresh(job).header, fresh(job).row_count) == ("Leads", False, 3)
        assert fresh(job).is_checked


def test_back_to_the_guess(client: Client, people: Destination) -> None:
    job = draft(people, workbook(Notes=NOTES), "book.xlsx")
    before = fresh(job).format
    change(client, job, header="no", skip="0")
    assert fresh(job).format != before
    change(client, job, guess="1")
    assert fresh(job).format == before


def test_a_large_workbook_is_waited_for(client: Client, people: Destination) -> None:
    rows = [[f"{random.getrandbits(128):x}", f"{random.getrandbits(64):x}@north.test"] for _ in range(30_000)]
    job = draft(people, workbook(Leads=[*LEADS, *rows]), "book.xlsx")
    page = client.get(f"/jobs/{job.pk}/setup").content.decode()
    assert "The sheet is being taken out of the workbook" in page
    assert "progress?no_columns=1" in page
    checking.check_by_worker(job.pk)
    page = client.get(f"/jobs/{job.pk}/setup/progress", headers={"HX-Request": "true"}).content.decode()
    assert "zoe@north.test" in page
    assert "Start: send 30,002 rows" in page
