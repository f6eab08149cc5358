"""Files as streams of records: what is read, and what is named."""

from pathlib import Path

import pytest

from jobs.reading import reader
from jobs.reading.format import Unreadable
from jobs.reading.text.sniff import sniff


def read(tmp_path: Path, raw: bytes) -> tuple[list[str], list[tuple[int, list[str], str]]]:
    path = tmp_path / "file.csv"
    path.write_bytes(raw)
    dialect = sniff(path)
    header, start = reader.header(path, dialect)
    found = reader.records(path, dialect, len(header), start)
    return header, [(record.line, record.cells, record.problem) for record in found]


def cells(tmp_path: Path, raw: bytes) -> list[list[str]]:
    return [cells for _, cells, _ in read(tmp_path, raw)[1]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    raw = f"a{delimiter}b\n1{delimiter}2\n".encode()
    assert read(tmp_path, raw) == (["a", "b"], [(2, ["1", "2"], "")])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, "näme\nZoë\n".encode(encoding)) == (["näme"], [(2, ["Zoë"], "")])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, end: str) -> None:
    assert cells(tmp_path, end.join(["a,b", "1,2", "3,4"]).encode()) == [["1", "2"], ["3", "4"]]


def test_a_semicolon_file_with_commas_in_its_cells(tmp_path: Path) -> None:
    raw = b"name;note\nAna;a, b, c\nLi;d, e\n"
    assert cells(tmp_path, raw) == [["Ana", "a, b, c"], ["Li", "d, e"]]


def test_blank_lines_are_no_data(tmp_path: Path) -> None:
    assert [line for line, _, _ in read(tmp_path, b"\na,b\n\n1,2\n,\n\n3,4\n")[1]] == [4, 7]


def test_newlines_inside_quotes(tmp_path: Path) -> None:
    assert read(tmp_path, b'a,b\n"1\n1",2\n3,4\n')[1] == [(2, ["1\n1", "2"], ""), (4, ["3", "4"], "")]


def test_missing_cells_are_blank(tmp_path: Path) -> None:
    assert cells(tmp_path, b"a,b,c\n1\n") == [["1", "", ""]]


def test_too_many_cells_are_named_with_their_line(tmp_path: Path) -> None:
    assert read(tmp_path, b"a,b\n1,2\n1,2,3\n")[1][1] == (
        3,
        ["1", "2", "3"],
        "it has 3 cells, the header has 2",
    )


def test_an_open_quote_swallows_one_line_only(tmp_path: Path) -> None:
    found = read(tmp_path, b'a,b\n1,2\n"3,4\n5,6\n7,8\n')[1]
    assert [(line, problem) for line, _, problem in found] == [
        (2, ""),
        (3, reader.OPEN_QUOTE),
        (4, ""),
        (5, ""),
    ]


def test_an_open_quote_that_a_later_quote_closes(tmp_path: Path) -> None:
    found = read(tmp_path, b'a,b\n"1,2\n3,4\n"5",6\n')[1]
    assert [(line, bool(problem)) for line, _, problem in found] == [(2, True), (3, False), (4, False)]


def test_bytes_that_no_encoding_has(tmp_path: Path) -> None:
    found = read(tmp_path, b"a,b\n\xe9,2\n\x81,4\n")[1]
    assert found[0][1] == ["é", "2"]
    assert "no Windows-1252 characters" in found[1][2]


def test_nul_bytes_are_named(tmp_path: Path) -> None:
    found = read(tmp_path, b"a,b\n" + b"1,2\n" * 20 + b"1\0,2\n")[1]
    assert [line for line, _, problem in found if problem == "it contains a NUL byte"] == [22]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b"\n\n \n", "blank lines"),
        (b"PK\x03\x04rest", "ZIP archive or an Excel workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n", "PNG"),
        (bytes(range(256)) * 3 + b"\0" * 400, "binary"),
        (b",".join(b"c%d" % n for n in range(1001)) + b"\n", "1,001 columns"),
        (b'"a,b\n' + b"1,2\n" * 3000, "quote"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, raw: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(tmp_path, raw)
