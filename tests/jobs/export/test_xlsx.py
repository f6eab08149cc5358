"""The enriched workbook: read back with calamine, and looked at as the XML it is."""

import io
import zipfile
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from jobs import export
from jobs.export import cells, sheet
from jobs.export.cells import MAX_TEXT, letters, readable
from jobs.models import Job
from tests.jobs.export.test_columns import enriched
from tests.support import a_destination, csv_of, running

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def workbook(job: Job) -> zipfile.ZipFile:
    found = zipfile.ZipFile(io.BytesIO(b"".join(export.xlsx_parts(job))))
    assert found.testzip() is None
    return found


def sheet_of(job: Job) -> ElementTree.Element:
    return ElementTree.fromstring(workbook(job).read("xl/worksheets/sheet1.xml"))  # noqa: S314  our own


def read(job: Job) -> list[list[Any]]:
    raw = io.BytesIO(b"".join(export.xlsx_parts(job)))
    return CalamineWorkbook.from_filelike(raw).get_sheet_by_index(0).to_python()


@pytest.mark.django_db
def test_every_row_is_in_it_in_order() -> None:
    job = running(a_destination(), csv_of(2500))
    header, *rows = read(job)
    assert header == ["name", "email", "domain", "clay_status", "clay_error"]
    assert [row[0] for row in rows] == [f"Ana {n}" for n in range(1, 2501)]


@pytest.mark.django_db
def test_numbers_of_clay_s_are_numbers_and_what_was_uploaded_stays_text() -> None:
    text = "email,id\n00123,12345678901234567890\n"
    job = enriched({"n": 42, "f": 2.5, "long": 10**18, "yes": True, "s": "007", "l": [1]}, text=text)
    row = read(job)[1]
    assert row[:2] == ["00123", "12345678901234567890"]
    assert row[2:8] == [42.0, 2.5, "1000000000000000000", True, "007", "[1]"]


@pytest.mark.django_db
def test_no_cell_is_a_formula_and_none_needs_to_be_defused() -> None:
    job = enriched({"x": "=HYPERLINK(1)"}, text='email,b\n=1+1,"@SUM(A1)"\n')
    assert read(job)[1][:3] == ["=1+1", "@SUM(A1)", "=HYPERLINK(1)"]
    assert sheet_of(job).find(f".//{MAIN}f") is None


@pytest.mark.django_db
def test_the_header_is_bold_and_stays_in_sight() -> None:
    job = running(a_destination())
    found = sheet_of(job)
    pane = found.find(f".//{MAIN}pane")
    assert pane is not None
    assert (pane.get("ySplit"), pane.get("state")) == ("1", "frozen")
    assert {cell.get("s") for cell in found.findall(f".//{MAIN}row[@r='1']/{MAIN}c")} == {cells.HEADER}
    styles = ElementTree.fromstring(workbook(job).read("xl/styles.xml"))  # noqa: S314
    assert styles.find(f"{MAIN}fonts/{MAIN}font[2]/{MAIN}b") is not None


@pytest.mark.django_db
def test_columns_are_as_wide_as_what_is_in_them() -> None:
    job = running(a_destination(), f"email,note\na@b.test,{'long ' * 100}\n")
    widths = [col.get("width") for col in sheet_of(job).iter(f"{MAIN}col")]
    assert widths == ["9", "60", "13", "12"]


@pytest.mark.django_db
def test_a_job_without_any_row_is_a_header() -> None:
    job = running(a_destination())
    job.rows.all().delete()
    Job.objects.filter(pk=job.pk).delete()
    assert len(read(job)) == 1


@pytest.mark.django_db
def test_a_cell_that_is_too_long_is_cut_and_says_so() -> None:
    job = running(a_destination(), f"email,note\na@b.test,{'😀' * 20_000}\n")
    note = read(job)[1][1]
    assert len(note.encode("utf-16-le")) // 2 <= MAX_TEXT
    assert note.endswith("😀 … [cut: 20,000 characters, the CSV export has all]")


@pytest.mark.django_db
def test_more_columns_than_excel_has_are_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    job = running(a_destination())
    job.outputs = [f"c{n}" for n in range(sheet.MAX_COLUMNS)]
    with pytest.raises(export.TooWide, match=r"16,389 columns; Excel takes 16,384\. Take the CSV"):
        export.xlsx_parts(job)


def test_what_xml_cannot_say_is_escaped_and_breaks_are_breaks() -> None:
    assert readable("a\x01b\r\nc\rd _x0041_ <&>") == "a_x0001_b\nc\nd _x005F_x0041_ &lt;&amp;&gt;"


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_is_well_formed_xml(raw: str) -> None:
    found = ElementTree.fromstring(f"<t>{readable(raw)}</t>")  # noqa: S314
    assert len(found.text or "") >= len(raw.replace("\r\n", "\n"))


@pytest.mark.parametrize(("index", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (16_383, "XFD")])
def test_columns_are_named_as_in_a_sheet(index: int, name: str) -> None:
    assert letters(index) == name


@pytest.mark.django_db
def test_it_begins_before_the_last_row_is_read(django_assert_max_num_queries: Any) -> None:
    job = running(a_destination(), csv_of(3500))
    with django_assert_max_num_queries(1):
        parts = export.xlsx_parts(job)
        size = 0
        while size < 3000:
            size += len(next(parts))


@pytest.mark.django_db
def test_only_what_is_very_large_needs_zip64(monkeypatch: pytest.MonkeyPatch) -> None:
    job = running(a_destination(), csv_of(1500))
    ordinary, large = 20, 45
    assert workbook(job).getinfo("xl/worksheets/sheet1.xml").extract_version == ordinary
    monkeypatch.setattr(sheet, "ZIP64_LIMIT", 100_000)
    raw = b"".join(export.xlsx_parts(job))
    at = raw.index(b"xl/worksheets/sheet1.xml")
    assert raw[at - 26] == large  # "version needed" of the local header
    assert len(read(job)) == 1501
