"""Excel and OpenDocument workbooks: a sheet is chosen, and read as any CSV."""

from dataclasses import replace

import pytest
from django.core.files.base import ContentFile

from jobs import intake, steering
from jobs.intake import files, sheets
from jobs.intake.check import checking
from jobs.models import FileKind, Job
from tests.support import a_destination, draft, fresh, running, states, workbook

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = [["name", "email"], ["Ana", "ana@north.test"], ["Li", "li@west.test"]]
NOTES = [
    ["Export of Monday"],
    [],
    ["domain", "email"],
    *(["north.test", f"bo{n}@north.test"] for n in range(3)),
]


TWO = workbook(People=PEOPLE, Notes=NOTES)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every workbook is too large to be read while a person waits."""
    monkeypatch.setattr(sheets, "SMALL", 0)
    monkeypatch.setattr(checking, "SMALL", 0)


def test_the_first_sheet_is_read() -> None:
    job = draft(a_destination(), TWO, "leads.xlsx")
    assert (job.kind, job.sheets, job.sheet) == (FileKind.XLSX, ["People", "Notes"], "People")
    assert (job.columns, job.mapping, job.row_count) == (["name", "email"], {"email": 1}, 2)
    assert [row.cells for row in intake.preview(job)] == PEOPLE[1:]


def test_another_sheet_is_chosen_and_its_layout_guessed_anew() -> None:
    job = draft(a_destination(), TWO, "leads.xlsx")
    intake.read_again(job, replace(job.format, sheet="Notes"))
    job = fresh(job)
    assert (job.columns, job.row_count, job.skip) == (["domain", "email"], 3, 2)
    assert next(iter(files.records(job))).line == 4  # the row of the sheet


def test_a_sheet_that_is_not_there_changes_nothing() -> None:
    job = draft(a_destination(), TWO, "leads.xlsx")
    with pytest.raises(intake.Unreadable, match="no sheet “Sheet9”"):
        intake.read_again(job, replace(job.format, sheet="Sheet9"))
    assert (job.sheet, fresh(job).sheet) == ("People", "People")


def test_its_rows_are_stored_as_text() -> None:
    cells: list[list[object]] = [
        ["email", "domain"],
        ["a@b.test", 7.0],
        ["c@d.test", 0.5],
        ["e@f.test", True],
    ]
    job = running(a_destination(), workbook(S=cells), "leads.xlsx")
    assert states(job) == {"waiting": 3}
    assert [row.cells[1] for row in job.rows.order_by("number")] == ["7", "0.5", "TRUE"]


def test_an_empty_workbook_is_refused_with_a_sentence() -> None:
    with pytest.raises(intake.Unreadable, match="is empty"):
        draft(a_destination(), workbook(S=[]), "leads.xlsx")
    assert not Job.objects.exists()


def test_a_large_one_has_no_columns_until_a_worker_took_its_sheet_out(large: None) -> None:
    job = intake.read_upload(ContentFile(TWO), "leads.xlsx", a_destination())
    assert (job.columns, job.is_checked) == ([], False)
    assert "still being read" in job.blocked
    checking.check_by_worker(job.pk)
    job = fresh(job)
    assert (job.columns, job.mapping, job.row_count, job.is_checked) == (
        ["name", "email"],
        {"email": 1},
        2,
        True,
    )
    assert job.blocked == ""


def test_another_sheet_of_a_large_one_too(large: None) -> None:
    job = intake.read_upload(ContentFile(TWO), "leads.xlsx", a_destination())
    checking.check_by_worker(job.pk)
    job = fresh(job)
    intake.read_again(job, replace(job.format, sheet="Notes"))
    assert fresh(job).columns == []
    checking.check_by_worker(job.pk)
    assert (fresh(job).columns, fresh(job).row_count) == (["domain", "email"], 3)


def test_discarding_a_draft_takes_its_sheets_along() -> None:
    job = draft(a_destination(), TWO, "leads.xlsx")
    text = job.text_path
    assert text.exists()
    steering.jobs.delete_draft(job)
    assert not text.exists()
    assert not list(text.parent.glob(f"{text.name.split('.')[0]}*"))
