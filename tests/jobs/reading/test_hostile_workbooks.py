"""Workbooks that are made to fill the memory, or to crash what reads them."""

# ruff: noqa: E501 - the tables are read line by line

import zipfile
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

from jobs.reading.format import Unreadable
from jobs.reading.workbooks import separate_process, workbook
from tests.jobs.reading.test_workbooks import ROWS, extracted, ods, ods_row, xlsx

FAR = "more than we can read"
TOO_MUCH = "This workbook is damaged or far too large"


def with_sheet(tmp_path: Path, cells: str) -> Path:
    """A workbook whose first sheet has these rows as XML."""
    whole, changed = xlsx(tmp_path / "whole.xlsx", ROWS), tmp_path / "book.xlsx"
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            page = f"{head}{cells}</sheetData></worksheet>".encode()
            new.writestr(name, page if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return changed


CORNERS = [
    ("single quotes", "<row><c r='A1'><v>1</v></c><c r='XFD1048576'><v>1</v></c></row>"),
    ("a slash in an attribute", '<row><c r="A1"><v>1</v></c><c cm="a/b" r="XFD1048576"><v>1</v></c></row>'),
    ("a prefix", ('<x:row xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
     '<x:c r="A1"><x:v>1</x:v></x:c><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>')),
    ("rows that say where they are", '<row r="1"><c><v>1</v></c></row><row r="1048576">' + "<c/>" * 30 + "<c><v>1</v></c></row>"),
]  # fmt: skip


@pytest.mark.parametrize("cells", [case[1] for case in CORNERS], ids=[case[0] for case in CORNERS])
def test_far_cells_are_refused_however_they_are_written(tmp_path: Path, cells: str) -> None:
    assert FAR in extracted(with_sheet(tmp_path, cells))


MANY = [
    ("a cell", ('<table:table-row table:number-rows-repeated="1048576">'
     '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/></table:table-row>')),
    ("blank rows above one", ('<table:table-row table:number-rows-repeated="1048575"/><table:table-row>'
     '<table:table-cell table:number-columns-repeated="16383"/><table:table-cell><text:p>z</text:p></table:table-cell></table:table-row>')),
    ("two tables", ('<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="float" office:value="1"'
     ' table:number-columns-repeated="11"/></table:table-row>') + '</table:table><table:table table:name="B">' +
     ('<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="float" office:value="1"'
     ' table:number-columns-repeated="11"/></table:table-row>')),
]  # fmt: skip


@pytest.mark.parametrize("table", [case[1] for case in MANY], ids=[case[0] for case in MANY])
def test_an_opendocument_sheet_that_repeats_itself_too_often_is_refused(tmp_path: Path, table: str) -> None:
    path = ods(tmp_path / "book.ods", table)
    assert FAR in extracted(path)
    with pytest.raises(Unreadable, match=FAR):
        workbook.sheets(path)


def test_a_process_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "EXTRACTING", 0)
    assert TOO_MUCH in extracted(xlsx(tmp_path / "book.xlsx", ROWS))
    assert [found.name for found in tmp_path.iterdir()] == ["book.xlsx"]


def test_a_crash_of_the_library_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a sheet's size not looked at, calamine asks for more memory than there is: it ends its process."""
    monkeypatch.setattr(separate_process, "MODULE", "tests.jobs.reading.unlimited")
    path = with_sheet(tmp_path, "<row><c r='A1'><v>1</v></c><c r='ET1048576'><v>1</v></c></row>")
    (tmp_path / "whole.xlsx").unlink()
    assert TOO_MUCH in extracted(path)
    assert [found.name for found in tmp_path.iterdir()] == ["book.xlsx"]


def test_nothing_is_left_of_a_process_that_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, started = separate_process._started, list[Any]()

    def remembered(log: Any) -> Any:
        started.append(start(log))
        return started[0]

    def stop(done: int, rows: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(separate_process, "_started", remembered)
    with pytest.raises(KeyboardInterrupt):
        workbook.extract(xlsx(tmp_path / "book.xlsx", ROWS), "Leads", tmp_path / "t.csv", stop)
    assert started[0].returncode == -SIGKILL


def test_a_workbook_that_is_gone_is_no_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.xlsx"):
        workbook.sheets(tmp_path / "gone.xlsx")


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    path = ods(tmp_path / "book.ods", ods_row("a"))
    with zipfile.ZipFile(path) as archive:
        content = archive.read("content.xml").decode()
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content.replace("<office:document", f"{laughs}<office:document", 1))
    with pytest.raises(Unreadable, match="entities"):
        workbook.sheets(path)
