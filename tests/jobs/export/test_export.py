"""The enriched file."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clayops.base.csv_text import defused
from jobs import export
from jobs.models import Job, RowState
from tests.support import a_destination, csv_of, running


def read(job: Job) -> list[dict[str, str]]:
    raw = b"".join(export.csv_lines(job))
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


@pytest.mark.django_db
def test_columns_of_the_upload_then_clays_then_status() -> None:
    job = running(a_destination(), csv_of(2))
    job.rows.filter(number=1).update(
        state=RowState.ENRICHED, proof="sent", result={"phone": "+1 555", "tries": [{"provider": "hunter"}]}
    )
    Job.objects.filter(pk=job.pk).update(outputs=["phone", "tries"])
    first, second = read(Job.objects.get(pk=job.pk))
    assert list(first) == ["name", "email", "domain", "phone", "tries", "clay_status", "clay_error"]
    assert first["tries"] == '[{"provider": "hunter"}]'
    assert (first["clay_status"], second["clay_status"], second["phone"]) == ("enriched", "waiting", "")


@pytest.mark.django_db
def test_an_output_called_like_a_column_is_told_apart() -> None:
    job = running(a_destination(), csv_of(1))
    job.outputs = ["email"]
    assert export.columns(job) == ["name", "email", "domain", "email (Clay)", "clay_status", "clay_error"]


@pytest.mark.django_db
def test_every_row_is_in_it_in_order() -> None:
    job = running(a_destination(), csv_of(2500))
    assert [row["name"] for row in read(job)] == [f"Ana {n}" for n in range(1, 2501)]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1-555-0100", "-2+3", "@SUM(A1)", "\t1", "\r1", "=cmd|' /C calc'!A0"]
)
def test_formulas_are_defused(cell: str) -> None:
    assert defused(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell", ["-5", "+3.14", "+1 312 555 0109", "-1,234.50", "12 %", "ana@north.test", "", "a=b", "-7%"]
)
def test_what_is_no_formula_stays(cell: str) -> None:
    assert defused(cell) == cell


@given(st.text())
def test_no_cell_begins_like_a_formula(cell: str) -> None:
    safe = defused(cell)
    assert not safe.startswith(("=", "@", "\t", "\r"))
    assert safe.replace("'", "") == cell.replace("'", "")


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("x;=1+1", "x;'=1+1"),
        ("a\t@SUM(1)", "a\t'@SUM(1)"),
        ("a\n+cmd", "a\n'+cmd"),
        ('x;"=1+1"', 'x;"\'=1+1"'),
        ("a; -5;\t=1", "a; -5;\t'=1"),
        ("a; -5; +1 312 555 0109", "a; -5; +1 312 555 0109"),
    ],
)
def test_nor_does_a_piece_of_it_where_lists_are_split_otherwise(cell: str, safe: str) -> None:
    assert defused(cell) == safe


def test_the_name_of_the_file() -> None:
    assert export.filename(Job(name="q4.leads.csv")) == "q4.leads-enriched.csv"
