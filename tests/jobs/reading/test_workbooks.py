"""Sheets of workbooks, made with XlsxWriter and by hand."""

# ruff: noqa: E501, DTZ001 - the tables are read line by line

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from jobs.reading import reader
from jobs.reading.format import Unreadable
from jobs.reading.kinds import kind_of
from jobs.reading.text.sniff import sniff
from jobs.reading.workbooks import separate_process, workbook
from tests.jobs.reading.shown import shown

ROWS = [["name", "city"], ["Ana", "Rome"], ["Li", "Bonn"]]
FORMATS: dict[type, str] = {
    datetime: "yyyy-mm-dd hh:mm:ss",
    date: "yyyy-mm-dd",
    time: "hh:mm:ss",
    timedelta: "[h]:mm:ss",
}


def xlsx(path: Path, rows: list[list[Any]], top: int = 0, left: int = 0, sheet: str = "Leads") -> Path:
    """A workbook with `rows` from that place on, and an empty sheet "Notes"."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
        styles = {kind: book.add_format({"num_format": code}) for kind, code in FORMATS.items()}
        page = book.add_worksheet(sheet)
        book.add_worksheet("Notes")
        for y, row in enumerate(rows, start=top):
            for x, value in enumerate(row, start=left):
                page.write(y, x, value, styles.get(type(value)))
    return path


def ods(path: Path, table: str) -> Path:
    """An OpenDocument sheet "Leads" of rows given as XML."""
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    body = f'<office:body><office:spreadsheet><table:table table:name="Leads">{table}</table:table></office:spreadsheet></office:body>'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content{names}>{body}</office:document-content>',
        )
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    path.write_bytes(content.getvalue())
    return path


def ods_row(*cells: str) -> str:
    texts = (
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        for cell in cells
    )
    return f"<table:table-row>{''.join(texts)}</table:table-row>"


def extracted(path: Path, sheet: str = "Leads") -> str:
    target = path.with_suffix(".sheet.csv")
    try:
        workbook.extract(path, sheet, target)
    except Unreadable as refusal:
        return f"No: {refusal}"
    return shown(target, sniff(target, sheet))


# name, cells, what is read
SHEETS = [
    ("text", ROWS, "name|city / 2 Ana|Rome / 3 Li|Bonn"),
    ("numbers", [["a", "b"], [17, 17.0], [1.5, -0.25], [0.1 + 0.2, 1e-7], ["x", 0]],
     "a|b / 2 17|17 / 3 1.5|-0.25 / 4 0.3|0.0000001 / 5 x|0"),
    ("large numbers", [["a", "b"], [4915112345678, 1e14], ["x", 1e20]],
     "a|b / 2 4915112345678|100000000000000 / 3 x|100000000000000000000"),
    ("numbers that are text", [["a", "b"], ["007", "+49 30"], ["1.0", "1e5"]], "a|b / 2 007|+49 30 / 3 1.0|1e5"),
    ("dates and times", [["a", "b"], [date(2026, 8, 14), datetime(2026, 8, 14, 9, 5, 1)], [time(9, 5), timedelta(hours=36, minutes=5)]],
     "a|b / 2 2026-08-14|2026-08-14 09:05:01 / 3 09:05:00|36:05:00"),
    ("truth", [["a", "b"], [True, False]], "a|b / 2 TRUE|FALSE"),
    ("line breaks", [["a", "b"], ["1\n1\n1", "2"], ["3", "4"], ["5\n", "6"], ["7", "8"]],
     "a|b / 2 1⏎1⏎1|2 / 3 3|4 / 4 5⏎|6 / 5 7|8"),
    ("quotes, commas, backslashes", [["a", "b"], ['"x", y', "C:\\"], ['say "hi', "'z'"]],
     'a|b / 2 "x", y|C:\\ / 3 say "hi|\'z\''),
    ("blank rows", [["a", "b"], [], ["1", "2"], [], [], ["3", "4"]], "a|b / 3 1|2 / 6 3|4"),
    ("a title with a line break", [["Leads\nof May"], [], ["a", "b"], ["1", "x"], ["2", "y"]], "a|b / 4 1|x / 5 2|y"),
    ("short rows", [["a", "b", "c"], ["1"], ["1", "2", "3"]], "a|b|c / 2 1|| / 3 1|2|3"),
    ("a column without a name", [["a", "b"], ["1", "2", "3"], ["4", "5", "6"]], "a|b| / 2 1|2|3 / 3 4|5|6"),
    ("no header", [["a@x.test", "Ana"], ["b@x.test", "Li"]], "Column 1|Column 2 / 1 a@x.test|Ana / 2 b@x.test|Li"),
    ("one column of text with commas", [["company"], ["North, Inc."], ["sep=;"], ["%PDF"]],
     "company / 2 North, Inc. / 3 sep=; / 4 %PDF"),
    ("emoji", [["a", "b"], ["👩‍💻", "é"]], "a|b / 2 👩‍💻|é"),
    ("one cell", [["a"]], "a"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "expected"), [case[1:] for case in SHEETS], ids=[case[0] for case in SHEETS]
)
def test_a_sheet(tmp_path: Path, rows: list[list[Any]], expected: str) -> None:
    assert extracted(xlsx(tmp_path / "book.xlsx", rows)) == expected


def test_lines_are_the_numbers_that_the_sheet_shows(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "book.xlsx", [["a", "b"], ["1\n1", "2"], ["3", "4"]], top=4, left=2)
    assert extracted(path) == "a|b / 6 1⏎1|2 / 7 3|4"


def test_rows_with_too_many_cells_are_named_by_their_row(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text('a,b\n"1\n1",2\n3,4,5\n')
    records = reader.records(path, sniff(path, "Leads"), 2, 2)
    assert [(record.line, bool(record.problem)) for record in records] == [(2, False), (3, True)]


def test_error_cells_keep_their_text(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        page = book.add_worksheet("Leads")
        page.write_row(1, 1, ["name", "share"])
        for row, error in enumerate(["#DIV/0!", "#N/A", "#REF!"], start=2):
            page.write(row, 1, f"Ana {row}")
            page.write_formula(row, 2, "=1/0", None, error)
    assert extracted(tmp_path / "book.xlsx") == "name|share / 3 Ana 2|#DIV/0! / 4 Ana 3|#N/A / 5 Ana 4|#REF!"


def test_cells_that_are_only_coloured_are_no_columns(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        page = book.add_worksheet("Leads")
        page.write_row(0, 0, ["a", "b"])
        page.write_row(1, 0, ["1", "2"])
        page.write_blank(900, 900, None, book.add_format({"bold": True}))
    assert extracted(tmp_path / "book.xlsx") == "a|b / 2 1|2"


def test_sheets_are_named_and_hidden_ones_last(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        pages = {name: book.add_worksheet(name) for name in ("Old", "Zoë & Co", "Leads")}
        pages["Leads"].activate()
        pages["Old"].hide()
        book.add_chartsheet("Chart").set_chart(_chart(book))
    assert workbook.sheets(tmp_path / "book.xlsx") == ["Zoë & Co", "Leads", "Old"]


def _chart(book: Any) -> Any:
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Leads!$A$1:$A$2"})
    return chart


def test_an_empty_sheet_says_so(tmp_path: Path) -> None:
    says = "No: The sheet “Notes” is empty. Choose another sheet, or fill it and upload the workbook again."
    assert extracted(xlsx(tmp_path / "book.xlsx", ROWS), "Notes") == says


def test_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    assert "has no sheet “Leeds”" in extracted(xlsx(tmp_path / "book.xlsx", ROWS), "Leeds")


def test_cells_in_opposite_corners_are_refused_before_they_fill_the_memory(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        page = book.add_worksheet("Leads")
        page.write(0, 0, "a")
        page.write(1_048_575, 16_383, "z")
    assert "cells down to row 1,048,576 and over 16,384 columns" in extracted(tmp_path / "book.xlsx")


@pytest.mark.parametrize("keep", [100, 1500, 3000, 5000])
def test_a_damaged_workbook_says_so(tmp_path: Path, keep: int) -> None:
    path = xlsx(tmp_path / "book.xlsx", ROWS)
    path.write_bytes(path.read_bytes()[:keep])
    assert "damaged" in extracted(path)
    with pytest.raises(Unreadable, match="damaged"):
        kind_of(path)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_a_workbook_with_a_broken_part_says_so(tmp_path: Path, part: str) -> None:
    whole = xlsx(tmp_path / "book.xlsx", ROWS)
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name)[: 60 if name == part else None])
    assert extracted(broken).startswith("No: ")


def test_the_text_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path, target = xlsx(tmp_path / "book.xlsx", [["a"]] * 6000), tmp_path / "target.csv"

    def stop(done: int, rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        workbook.extract(path, "Leads", target, stop)
    assert [found.name for found in tmp_path.iterdir()] == ["book.xlsx"]


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = xlsx(tmp_path / "book.xlsx", [["a"]] * 12_000)
    workbook.extract(path, "Leads", tmp_path / "t.csv", lambda done, rows: told.append((done, rows)))
    assert list(dict.fromkeys(told))[-3:] == [(5000, 12_000), (10_000, 12_000), (12_000, 12_000)]


def test_who_waits_is_called_also_while_nothing_is_known_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(separate_process, "BEAT", 0.001)
    told: list[tuple[int, int]] = []
    path = xlsx(tmp_path / "book.xlsx", ROWS)
    workbook.extract(path, "Leads", tmp_path / "t.csv", lambda done, rows: told.append((done, rows)))
    assert told.count((0, 0)) > 3
    assert told[-1] == (3, 3)


ODS = [
    ("text", ods_row("a", "b") + ods_row("1", "é"), "a|b / 2 1|é"),
    ("blank rows", ods_row("a", "b") + '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>' + ods_row("1", "2"),
     "a|b / 5 1|2"),
    ("the blank rest of the sheet", ods_row("a", "b") + ods_row("1", "2")
     + '<table:table-row table:number-rows-repeated="1048574"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>',
     "a|b / 2 1|2"),
    ("two paragraphs", ods_row("a", "b") + ods_row("1</text:p><text:p>1", "2"), "a|b / 2 1⏎1|2"),
    ("an empty sheet", "", "No: The sheet “Leads” is empty. Choose another sheet, or fill it and upload the workbook again."),
    ("a number and a date", ods_row("a", "b") + '<table:table-row><table:table-cell office:value-type="float" office:value="17"/>'
     '<table:table-cell office:value-type="date" office:date-value="2026-08-14"/></table:table-row>', "a|b / 2 17|2026-08-14"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "expected"), [case[1:] for case in ODS], ids=[case[0] for case in ODS])
def test_an_opendocument_sheet(tmp_path: Path, table: str, expected: str) -> None:
    path = ods(tmp_path / "book.ods", table)
    assert (kind_of(path), workbook.sheets(path)) == ("ods", ["Leads"])
    assert extracted(path) == expected


def test_what_is_no_workbook(file: Callable[[bytes], Path]) -> None:
    with pytest.raises(Unreadable, match="cannot be opened"):
        workbook.sheets(file(b"a,b\n1,2\n"))
