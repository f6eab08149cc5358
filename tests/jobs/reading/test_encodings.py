"""Text in the encodings that revops files come in, told by their bytes."""

# ruff: noqa: E501 - the tables are read line by line

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.reading import reader
from jobs.reading.format import DELIMITERS, ENCODINGS, ESCAPES, QUOTES, Format
from jobs.reading.text import encoding
from jobs.reading.text.sniff import sniff
from tests.jobs.reading.shown import shown, table

WEST = "name,city\nZoë Müller,Köln\nRené,Orléans\nBjörn,Malmö\nO’Brien,Dublin\n"
CZECH = "jméno,město\nJiří Dvořák,Plzeň\nTomáš Černý,České Budějovice\n"
POLISH = "imię,miasto\nŁukasz Wiśniewski,Łódź\nMałgorzata Dąbrowska,Poznań\n"
TURKISH = "ad,şehir\nAyşe Yılmaz,İstanbul\nÇağrı Öztürk,Eskişehir\n"
RUSSIAN = "имя,город\nИван Петров,Москва\nМария Иванова,Казань\n"
GREEK = "όνομα,πόλη\nΓιώργος Παπαδόπουλος,Αθήνα\nΜαρία,Θεσσαλονίκη\n"
JAPANESE = "名前,会社\n山田太郎,株式会社テスト\n鈴木花子,東京商事\nサトウ,カイシャ\n"
CHINESE = "姓名,公司\n王小明,北京科技有限公司\n李华,上海贸易\n张伟,深圳\n"
TAIWANESE = "姓名,公司\n王小明,台北科技有限公司\n李華,台灣貿易\n張偉,高雄\n"
KOREAN = "이름,회사\n김민수,삼성전자\n이영희,현대자동차\n박철수,네이버\n"

FILES = [
    *(("utf-8", text) for text in (WEST, CZECH, TURKISH, RUSSIAN, JAPANESE, KOREAN)),
    *(("utf-16-le", WEST), ("utf-16-be", WEST)),
    *(("cp1252", WEST), ("mac-roman", WEST), ("cp850", WEST.replace("’", "'"))),
    *(("cp1250", CZECH), ("cp1250", POLISH), ("iso8859-2", POLISH), ("cp1254", TURKISH)),
    *(("cp1251", RUSSIAN), ("koi8-r", RUSSIAN), ("cp1253", GREEK)),
    *(("cp1255", "שם,עיר\nדוד כהן,תל אביב\nשרה לוי,ירושלים\n"), ("cp1256", "الاسم,المدينة\nمحمد علي,القاهرة\nفاطمة,الرياض\n")),
    *(("cp932", JAPANESE), ("euc-jp", JAPANESE), ("gb18030", CHINESE), ("big5", TAIWANESE), ("euc-kr", KOREAN)),
]  # fmt: skip
MOSTLY_ENGLISH = "name,city\r\n" + "John Smith,London\r\n" * 3000


@pytest.mark.parametrize(("name", "text"), FILES)
def test_an_encoding_is_told(file: Callable[[bytes], Path], name: str, text: str) -> None:
    assert sniff(file(text.encode(name))).encoding == name
    columns, records = table(file(text.encode(name)))
    assert [columns, *(record.cells for record in records)] == [line.split(",") for line in text.splitlines()]


@pytest.mark.parametrize(("name", "text"), FILES)
def test_an_encoding_is_told_by_a_few_lines_at_the_end(
    file: Callable[[bytes], Path], name: str, text: str
) -> None:
    assert sniff(file((MOSTLY_ENGLISH + text).encode(name))).encoding == name


@pytest.mark.parametrize("name", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_bom_tells(file: Callable[[bytes], Path], name: str) -> None:
    assert shown(file("näme,b\nZoë,1\n".encode(name))) == "näme|b / 2 Zoë|1"


@pytest.mark.parametrize(
    "text",
    [
        "name\nZoë\n",
        "a\nMüller Straße\nÉcole\nSão Paulo\nÅrhus Øl\nGarçon\nPiñata\n",
        "price\n10 € – “x” ‘y’…\n",
        "O’Brien\nL’Oréal\nGarçon\n",
        "ÀÉÈ\nŒUVRE\nCŒUR\n",
        "N° 5\n² or ½ day\n© 2024 ®\n",
        "Søren Åkesson\nNiño\nFrançois\nJürgen\nJosé\nZoë\n",
    ],
)
def test_western_text_is_windows_1252(file: Callable[[bytes], Path], text: str) -> None:
    assert sniff(file(text.encode("cp1252"))).encoding == "cp1252"


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_encoding_on_offer_reads_its_own(file: Callable[[bytes], Path], name: str) -> None:
    assert (
        shown(file(b"".join(line.encode(name) for line in ["a,b\n", "1,2\n"])), Format(name)) == "a|b / 2 1|2"
    )


def test_what_is_on_offer() -> None:
    assert (set(DELIMITERS), set(QUOTES), set(ESCAPES)) == ({*",;\t|"}, {'"', "'", ""}, {"", "\\"})
    assert {"utf-8", "utf-16-le", "cp1252", "latin-1", "mac-roman", "cp932"} <= set(ENCODINGS)
    assert len(set(ENCODINGS.values())) == len(ENCODINGS)
    assert {*encoding.SCRIPTS} <= set(ENCODINGS)


def test_a_character_cut_between_blocks(file: Callable[[bytes], Path]) -> None:
    records = table(file(("a,b\n" + "日本,語\n" * 60_000).encode("utf-16")))[1]
    assert {tuple(record.cells) for record in records} == {("日本", "語")}
    assert len(records) == 60_000


def test_a_crlf_cut_between_blocks(file: Callable[[bytes], Path]) -> None:
    path = file(b"a,b\r\n" + b"1,22\r\n" * 100_000)
    records = list(reader.records(path, Format(), 2, 2))
    assert [(record.line, record.cells) for record in records[-1:]] == [(100_001, ["1", "22"])]
    assert len(records) == 100_000


def test_a_line_of_30_mb_is_one_record_in_flat_memory(file: Callable[[bytes], Path]) -> None:
    path = file(b"a,b\n1,2\n" + b"x" * (30 << 20) + b",2\n3,4\n")
    tracemalloc.start()
    found = [(r.line, r.problem) for r in reader.records(path, Format(), 2, 2)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [(2, ""), (3, "it is longer than 4 MB"), (4, "")]
    assert peak < 20 << 20


def test_a_file_without_a_line_end_is_one_long_line(file: Callable[[bytes], Path]) -> None:
    assert "longer than 4 MB" in shown(file(b"x" * (9 << 20)))


def test_cells_of_100_kb(file: Callable[[bytes], Path]) -> None:
    path = file(b"a,b\n" + b"x" * 100_000 + b"," + b"y" * 100_000 + b"\n1,2\n")
    assert [list(map(len, record.cells)) for record in table(path)[1]] == [[100_000, 100_000], [1, 1]]


@pytest.mark.parametrize("cell", [b"x" * 2_000_000, b'"' + (b"x," * 300 + b"\n") * 1500 + b'"'])
def test_cells_of_megabytes(file: Callable[[bytes], Path], cell: bytes) -> None:
    found = table(file(b"a,b\n1,2\n" + cell + b",2\n3,4\n"))[1]
    assert [len(record.cells[0]) for record in found][:2] == [1, len(cell.strip(b'"'))]


def test_a_quote_open_over_3000_lines_is_named(file: Callable[[bytes], Path]) -> None:
    found = table(file(b'a,b\n1,2\n"x,2\n' + b"3,4\n" * 3000 + b'5,6"\n'))[1]
    assert (found[1].line, found[1].problem, len(found)) == (3, reader.OPEN_QUOTE, 3003)


def test_an_open_quote_does_not_fill_the_memory(file: Callable[[bytes], Path]) -> None:
    path = file(b'a,b\n"x,2\n' + (b"3," + b"4" * 10_000 + b"\n") * 1500)
    tracemalloc.start()
    assert sum(bool(record.problem) for record in reader.records(path, Format(), 2, 2)) == 1
    assert tracemalloc.get_traced_memory()[1] < 40 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("width", [999, 1000])
def test_as_many_as_1000_columns(file: Callable[[bytes], Path], width: int) -> None:
    path = file(b",".join(b"c%d" % n for n in range(width)) + b"\n" + b"1," * (width - 1) + b"1\n")
    assert len(table(path)[1][0].cells) == width


def test_1001_columns_are_refused(file: Callable[[bytes], Path]) -> None:
    raw = b",".join(b"c%d" % n for n in range(1001)) + b"\n"
    assert shown(file(raw)) == "No: The header has 1,001 columns; the limit is 1,000."
