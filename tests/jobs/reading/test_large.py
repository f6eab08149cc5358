"""Files that are made to take long, to fill the memory, or to be cut to pieces."""

# ruff: noqa: E501 - the table is read line by line

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import process_time

import pytest

from jobs.reading import looks_like, reader
from jobs.reading.format import Format
from jobs.reading.text.sniff import sniff
from tests.jobs.reading.shown import shown, table

File = Callable[[bytes], Path]


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Seconds of the processor, five times what is expected: what is not linear takes minutes."""
    started = process_time()
    yield
    assert process_time() - started < 5 * seconds


# -- quotes ------------------------------------------------------------------------------------------

OPEN = [
    b'"x","y"\n' * 2100 + b'a","x\n' * 18_000,
    b'"x\n' * 60_000,
    b'"x,y\n1,2\n' * 40_000,
    (b'"x,y\n' + b"1,2\n" * 150) * 400,
]


@pytest.mark.parametrize("lines", OPEN, ids=["mail", "each line", "each second", "each 150th"])
def test_quotes_that_never_close_cost_no_more_than_others(file: File, lines: bytes) -> None:
    path = file(b"a,b\n" + lines)
    with at_most(5):
        assert len(table(path, Format())[1]) == lines.count(b"\n")


def test_sniffing_lines_whose_quotes_never_close_takes_no_time(file: File) -> None:
    path = file(b"a,b\n" + (b'"' + b"x" * 1500 + b"\n") * 3000)
    with at_most(2):
        sniff(path)


LONG_MAIL = b'"' + b"line of a mail\n" * 2500 + b'"'


def test_a_closed_cell_of_2500_lines_is_one_cell(file: File) -> None:
    path = file(b"email,note\nana@a.test," + LONG_MAIL + b"\nbo@b.test,ok\n")
    assert [record.cells[0] for record in table(path)[1]] == ["ana@a.test", "bo@b.test"]


def test_so_is_one_of_100_kb_of_line_breaks(file: File) -> None:
    found = table(file(b'a,b\n1,"' + b"\n" * 100_000 + b'"\n3,4\n'))[1]
    assert [(record.line, len(record.cells[1])) for record in found] == [(2, 100_000), (100_003, 1)]


def test_a_long_cell_is_whole_some_rows_behind_many_open_quotes(file: File) -> None:
    path = file(b"a,b\n" + b'"x,1\n' * 100 + b"1,2\n" * 700 + b"1," + LONG_MAIL + b"\n3,4\n")
    assert len(table(path, Format())[1]) == 802


def test_a_row_of_a_sheet_is_never_cut(file: File) -> None:
    path = file(b'a,b\n"' + b"1,2\n" * 3000 + b'"\n1,"' + b"z\n" * 700_000 + b'"\n3,4\n')
    found = list(reader.records(path, Format(sheet="Leads"), 2, 2))
    assert [(record.line, record.problem) for record in found] == [(2, ""), (3, ""), (4, "")]


# -- encodings ---------------------------------------------------------------------------------------

LINES = [
    b"x" * 400_000 + b"\nZo\xeb,2\n",
    (b"Zo\xeb," + b"x" * 9000 + b"\n") * 400,
    b"Zo\xeb," * 400_000,
]


@pytest.mark.parametrize("lines", LINES, ids=["one long cell", "long lines", "no line end"])
def test_an_encoding_is_told_in_one_pass(file: File, lines: bytes) -> None:
    path = file(b"a,b\n" + lines)
    with at_most(2):
        assert sniff(path).encoding == "cp1252"


def test_a_few_letters_behind_a_long_start_of_a_line_tell(file: File) -> None:
    line = "x" * 2000 + ",Łukasz Wiśniewski,Łódź,Małgorzata Dąbrowska,Poznań\n"
    assert sniff(file(b"a,b,c,d,e\n" + line.encode("cp1250"))).encoding == "cp1250"


def test_one_legacy_encoding_is_told_by_the_start_of_a_large_file(file: File) -> None:
    path = file(b"a,b\n" + "Zoë Müller,Köln\n".encode("cp1252") * 400_000)
    with at_most(2):
        assert sniff(path).encoding == "cp1252"


def test_large_cells_are_sniffed_in_flat_memory(file: File) -> None:
    path = file((b"x" * 100_000 + b",2\n") * 400)
    tracemalloc.start()
    sniff(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 25 << 20


# -- blank lines -------------------------------------------------------------------------------------


@pytest.mark.parametrize("blank", [b"\n", b",\n", b"\r\n"])
def test_a_sample_looks_no_further_than_some_thousand_lines(file: File, blank: bytes) -> None:
    path = file(b"a,b\n1,2\n" + blank * 30_000 + b"3,4\n")
    assert [record.cells for record in reader.sample(path, Format(), 2, 2, 200)] == [["1", "2"]]


def test_a_sample_looks_at_some_megabytes(file: File) -> None:
    path = file(b"a,b\n" + (b"x" * 100_000 + b",2\n") * 150)
    assert 50 < len(reader.sample(path, Format(), 2, 2, 200)) < 100


@pytest.mark.parametrize("sheet", ["", "Leads"])
def test_a_sample_is_the_first_records(file: File, sheet: str) -> None:
    path = file(b"t,\na,b\n" + b"1,2\n" * 500)
    format = Format(sheet=sheet, skip=1)
    first = list(reader.records(path, format, 2, 3))
    assert reader.sample(path, format, 2, 3, 200) == first[:200]
    assert reader.sample(path, format, 2, 3, 900) == first


def test_a_header_below_very_many_blank_lines_is_not_looked_for(file: File) -> None:
    assert shown(file(b"\n" * 300_000 + b"a,b\n1,2\n"), Format()).startswith(
        "No: The first 100,000 lines are"
    )


# -- what cells look like ----------------------------------------------------------------------------

CELLS = {
    "EMAIL": (["ana@acme.test", "a.b+c@mail.acme.test"], ["ana@acme", "ana@acme..test", "Ana <ana@acme.test>"]),
    "URL": (["https://acme.test/x", "HTTP://acme.test", "www.acme.test"], ["acme.test", "www.acme", "https://a b"]),
    "DOMAIN": (["acme.test", "a-b.co.uk", "x--y.test"], ["acme", "-acme.test", "acme-.test", "acme.t", "a b.test"]),
    "PHONE": (["+49 30 1234567", "(030) 123456", "555-123-4567"], ["1234567", "2026-08-14", "+49"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_what_a_cell_looks_like(name: str) -> None:
    pattern = getattr(looks_like, name)
    assert [cell for cell in CELLS[name][0] if not pattern.fullmatch(cell)] == []
    assert [cell for cell in CELLS[name][1] if pattern.fullmatch(cell)] == []


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("part", ["a", "a.", "a@", ".", "-", "a-", "1", "www.", "@a.", "+1", "(1)"])
def test_a_large_cell_is_looked_at_in_one_pass(name: str, part: str) -> None:
    with at_most(0.5):
        getattr(looks_like, name).fullmatch("a@" * (name == "EMAIL") + part * 100_000 + "!")


def test_two_stray_quotes_swallow_no_rows_between_them(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    rows = "".join(f"{n},x{n},y\n" for n in range(300))
    path.write_text('a,b,c\n1,2,"open\n' + rows + '3,4,close"\n')
    found = list(reader.records(path, Format(), 3, 2))
    assert [each.line for each in found] == list(range(2, 304))
    assert [bool(each.problem) for each in found[:3]] == [True, False, False]
    assert found[150].cells == ["149", "x149", "y"]


def test_a_text_with_commas_in_some_lines_stays_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        'a,b\n1,"Dear Ana,\nthanks, and\nsee you\nsoon, then,\nbye"\n2,"Road 1, Oslo\nRoad 2, Bonn\nRoad 3, Rome"\n'
    )
    assert len(list(reader.records(path, Format(), 2, 2))) == 2
