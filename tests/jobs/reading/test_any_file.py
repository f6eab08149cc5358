"""What holds for every file: what is written comes back, nothing is lost, a broken line breaks no other."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from jobs.reading import kinds, reader
from jobs.reading.format import ENCODINGS, Format, Unreadable
from jobs.reading.reader import Record
from jobs.reading.text import dialect, encoding, lines
from jobs.reading.text.sniff import sniff
from tests.examples import examples
from tests.jobs.reading.shown import table

thoroughly = settings(max_examples=examples(150), deadline=None)

Cells = list[str]

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=12)
WORD = st.text("abcdeé ,;'\"\\|\t\n\r-1.", max_size=8)
FORMATS = st.builds(
    Format,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "gb18030", "utf-32-le"]),
    delimiter=st.sampled_from(",;\t|"),
    quote=st.sampled_from("\"'"),
    escape=st.sampled_from(["", "\\"]),
)


@st.composite
def tables(draw: st.DrawFn, cell: st.SearchStrategy[str]) -> list[Cells]:
    """A header of names and rows as wide, none of them blank."""
    width = draw(st.integers(1, 5))
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=8))
    assume(all("".join(row).strip() for row in rows))
    return [[f"name {place}" for place in range(width)], *rows]


def put(folder: str, raw: bytes) -> Path:
    path = Path(folder) / "file.csv"
    path.write_bytes(raw)
    return path


def written(rows: list[Cells], format: Format, **options: Any) -> bytes:
    text = io.StringIO(newline="")
    escape: dict[str, Any] = {"escapechar": format.escape, "doublequote": False} if format.escape else {}
    csv.writer(text, delimiter=format.delimiter, quotechar=format.quote, **escape, **options).writerows(rows)
    return text.getvalue().encode(format.encoding)


def read(raw: bytes, format: Format | None = None) -> tuple[Cells, list[Record]]:
    with TemporaryDirectory() as folder:
        return table(put(folder, raw), format)


@thoroughly
@given(tables(TEXT | WORD), FORMATS, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from([0, 1, 2]))
def test_what_csv_writes_comes_back(rows: list[Cells], format: Format, end: str, quoting: int) -> None:
    if any(re.search("[\r\n]", cell) for row in rows for cell in row):
        quoting = csv.QUOTE_ALL  # csv forgets the quotes around a CR where lines end otherwise
    columns, records = read(written(rows, format, lineterminator=end, quoting=quoting), format)
    assert [columns, *(record.cells for record in records)] == rows
    assert not any(record.problem for record in records)


@thoroughly
@given(tables(st.text("abcXYZéß .-1", min_size=1, max_size=8)), st.sampled_from(",;\t|"), st.booleans())
@example([["name 0", "name 1"], ["a", "é"]], ";", True)
def test_what_csv_writes_is_sniffed(rows: list[Cells], delimiter: str, quoted: bool) -> None:
    assume(len(rows[0]) > 1)
    raw = written(rows, Format(delimiter=delimiter), quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    columns, records = read(raw)
    assert [columns, *(record.cells for record in records)] == rows


@thoroughly
@given(
    st.lists(
        TEXT.filter(str.strip).map(lambda cell: re.sub(r"[\r\n,]", "", cell) or "x"), min_size=1, max_size=30
    )
)
def test_line_numbers_are_those_of_an_editor(cells: Cells) -> None:
    assume(all(cell.strip() for cell in cells))
    raw = "\n".join(["a,b", *(f"{cell},x" for cell in cells)])
    assert [record.line for record in read(raw.encode(), Format(quote=""))[1]] == [*range(2, len(cells) + 2)]


@thoroughly
@given(st.binary(max_size=400))
@example(b"\xff\xfe\x00")
@example(b"PK\x03\x04\x14\x00")
def test_random_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        read(raw)
    except Unreadable as refusal:
        assert str(refusal).endswith(".")


@thoroughly
@given(st.binary(max_size=300), st.sampled_from([*ENCODINGS]), st.sampled_from([0, 3]), FORMATS)
def test_random_bytes_read_in_any_way_lose_no_line(raw: bytes, name: str, skip: int, format: Format) -> None:
    """Without quotes, each line that is not blank is a record: read or named."""
    format = replace(format, encoding=name, quote="", escape="", skip=skip, header=False)
    with TemporaryDirectory() as folder:
        path = put(folder, raw)
        found = list(reader.records(path, format, 3, skip + 1))
        text = raw.removeprefix(b"\xef\xbb\xbf" if "16" not in name and "32" not in name else b"")
        split = re.split(r"\r\n|\r|\n", text.decode(name, errors="replace").replace("\ufeff", ""))
    data = [n for n, line in enumerate(split, 1) if line.replace(format.delimiter, " ").strip() and n > skip]
    assume("ï»¿" not in text.decode("latin-1"))
    assert [record.line for record in found] == data


@thoroughly
@given(st.binary(max_size=300), FORMATS, st.sampled_from([*ENCODINGS]), st.booleans())
def test_no_format_breaks_the_reader(raw: bytes, format: Format, name: str, header: bool) -> None:
    try:
        columns, records = read(raw, replace(format, encoding=name, header=header))
    except Unreadable:
        return
    assert all(record.problem or len(record.cells) == len(columns) for record in records)
    assert all("".join(record.cells).encode() is not None for record in records)


JUNK = [
    b'"1,2',
    b'1,"2',
    b'"a "b" c",1,2',
    b"\xff,1",
    b"1,\0",
    b"1,2,3,4",
    b'"1"2,"3"4,5',
    b"\x81",
    b'"',
    b'1,2"',
]


@thoroughly
@given(st.integers(1, 400), st.data(), st.sampled_from(JUNK), st.booleans())
def test_a_broken_line_breaks_no_other(count: int, data: st.DataObject, junk: bytes, quoted: bool) -> None:
    row = b'"Ana %d","North, Inc."' if quoted else b"Ana %d,North"
    rows = [row % number for number in range(count)]
    place = data.draw(st.integers(0, count - 1))
    whole = read(b"\n".join([b"a,b", *rows]), Format())[1]
    rows[place] = junk
    broken = read(b"\n".join([b"a,b", *rows]), Format())[1]
    assert len(broken) == count
    assert broken[:place] + broken[place + 1 :] == whole[:place] + whole[place + 1 :]


EDGES = [*JUNK, b'"x\ny",2', b"1,2\r", b"\r", "é,日".encode(), b"a,b"]


@thoroughly
@given(st.lists(st.sampled_from(EDGES), max_size=8), st.integers(1, 30))
def test_what_is_read_does_not_depend_on_where_blocks_end(found: list[bytes], size: int) -> None:
    raw = b"a,b\n" + b"\n".join(found)
    whole = read(raw, Format())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK", size)
        assert read(raw, Format()) == whole


@thoroughly
@given(
    st.binary(max_size=200), st.sampled_from([b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"{", b"[", b"<"])
)
def test_a_kind_is_told_or_refused_whatever_follows(rest: bytes, magic: bytes) -> None:
    with TemporaryDirectory() as folder:
        try:
            assert kinds.kind_of(put(folder, magic + rest)) in {"text", "xlsx", "ods"}
        except Unreadable as refusal:
            assert str(refusal)


NAMES = [
    "Zoë",
    "Müller",
    "Köln",
    "Groß",
    "José",
    "García",
    "Piñata",
    "São",
    "João",
    "Søren",
    "Ærø",
    "Åse",
    "Élodie",
    "Cœur",
    "Garçon",
    "Noël",
    "Malmö",
]


@thoroughly
@given(
    st.lists(st.sampled_from([*NAMES, *map(str.upper, NAMES), "Ana", "O’Brien", "10 €", "–"]), max_size=30)
)
@example(["Ærø", "GARÇON", "GARÇON"])
@example(["Ærø", "KÖLN", "10 €"])
def test_western_names_are_windows_1252(names: Cells) -> None:
    with TemporaryDirectory() as folder:
        found = encoding.detect(put(folder, "\n".join(["name", *names]).encode("cp1252")))
    assert found in {"cp1252", "utf-8"}


@thoroughly
@given(st.lists(st.text("ab,;|\t\"'\\ ", max_size=12).map(lambda line: line + "\n"), max_size=20))
def test_a_dialect_is_found_for_any_lines(text: list[str]) -> None:
    found = dialect.detect(text, Format())
    assert found.delimiter in ",;\t|"
    assert sum(behind - place for place, behind, _ in dialect.rows(text, found)) <= len(text)


@thoroughly
@given(st.lists(TEXT, max_size=8))
def test_sniffing_twice_gives_the_same(text: Cells) -> None:
    with TemporaryDirectory() as folder:
        path = put(folder, "\n".join(text).encode())
        try:
            first = sniff(path)
        except Unreadable:
            return
        assert sniff(path) == first
