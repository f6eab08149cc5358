"""What is no file of rows is refused by its content, with what it is."""

# ruff: noqa: E501 - the tables are read line by line

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.reading import kinds
from jobs.reading.format import Unreadable
from jobs.reading.kinds import kind_of
from jobs.reading.text.sniff import sniff

ODS = "application/vnd.oasis.opendocument.spreadsheet"


def zipped(**parts: bytes) -> bytes:
    """A ZIP of files; `__` in a name is a slash, `_` a dot."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), part)
    return content.getvalue()


def ole(name: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000 + name.encode("utf-16-le") + b"\0" * 500


# bytes, what the sentence says the file is, what it says to do
REFUSED = [
    (b"", "The file is empty", "Export it again"),
    (zipped(leads_csv=b"a,b\n1,2\n"), "a ZIP archive with 1 file,", "Unpack it"),
    (zipped(a_csv=b"a", b_csv=b"b"), "a ZIP archive with 2 files", "Unpack it"),
    (zipped(), "a ZIP archive with 0 files", "Unpack it"),
    (b"PK\x03\x04rest", "a ZIP archive or an Excel workbook, but it is damaged", "again"),
    (zipped(leads_csv=b"a,b\n1,2\n")[:-30], "damaged", "again"),
    (zipped(word__document_xml=b"<w/>"), "a Word document (.docx)", "save it as CSV"),
    (zipped(ppt__presentation_xml=b"<p/>"), "a PowerPoint", "save it as CSV"),
    (zipped(xl__workbook_bin=b"x"), "(.xlsb)", "save it as CSV"),
    (zipped(Index__Document_iwa=b"x"), "Apple Numbers", "Export it as CSV"),
    (zipped(mimetype=b"application/vnd.oasis.opendocument.text"), "(.odt)", "save it as CSV"),
    (zipped(mimetype=b"application/epub+zip"), "an e-book", "save it as CSV"),
    (zipped(mimetype=ODS.encode(), **{"META-INF__manifest_xml": b"<m:encryption-data/>"}), "with a password", "without"),
    (zipped(xl__workbook_xml=b"<w/>", x=b"0" * (70 << 20)), "unpacks to 70 MB", "as CSV"),
    (gzip.compress(b"a,b\n1,2\n"), "a gzip archive", "Unpack it"),
    (b"BZh91AY&SY\0\0", "a bzip2 archive", "Unpack it"),
    (b"\xfd7zXZ\0\0", "an xz archive", "Unpack it"),
    (b"7z\xbc\xaf\x27\x1c\0", "a 7-Zip archive", "Unpack it"),
    (b"Rar!\x1a\x07\x01\0", "a RAR archive", "Unpack it"),
    (b"\x28\xb5\x2f\xfd\x04\0", "a Zstandard archive", "Unpack it"),
    (b"%PDF-1.7\n", "a PDF document", "Export the rows as CSV"),
    (b"\x89PNG\r\n\x1a\n\0", "a PNG image", "the file that holds the rows"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG image", "the file that holds the rows"),
    (b"GIF89a\1\0\1\0", "a GIF image", "the file that holds the rows"),
    (b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP image", "the file that holds the rows"),
    (b"BM\x36\0\x0c\0\0\0\0\0", "a BMP image", "the file that holds the rows"),
    (b"II*\0\x08\0\0\0", "a TIFF image", "the file that holds the rows"),
    (b"\0\0\0\x18ftypheic\0", "a HEIC image", "the file that holds the rows"),
    (ole("Workbook"), "an old Excel workbook (.xls)", "save it as CSV"),
    (ole("WordDocument"), "an old Word document (.doc)", "save it as CSV"),
    (ole("EncryptedPackage"), "an Excel workbook with a password", "without the password"),
    (ole("else"), "an old Excel or Word file", "save it as CSV"),
    (rb"{\rtf1\ansi}", "an RTF document", "save it as CSV"),
    (b"SQLite format 3\0\x10\0", "an SQLite database", "Export the rows"),
    (b"PAR1\x15\0\x15", "a Parquet file", "Export the rows"),
    (b"\x7fELF\2\1\1\0", "a program", "Export the rows"),
    (b"<!DOCTYPE html><html><table>", "a web page (HTML)", "save it as CSV"),
    (b"\xef\xbb\xbf\r\n <TABLE border=1><tr><td>a", "a web page (HTML)", "save it as CSV"),
    (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "Excel 2003 XML", "save"),
    (b'<?xml version="1.0"?><rows/>', "an XML document", "Export the rows"),
    (b'{"rows": [1]}', "a JSON document", "Export the rows"),
    (b'[\n  {"email": "a@x.test"}\n]', "a JSON document", "Export the rows"),
    (b'{"email": "a@x.test"}\n{"email": "b@x.test"}\n', "a JSON document", "Export the rows"),
    (bytes(range(256)) * 3 + b"\0" * 400, "a binary file", "Save it as CSV"),
    (struct.pack("<200d", *(n / 7 for n in range(200))), "a binary file", "Save it as CSV"),
    (bytes((n * 73 + n // 7) % 255 + 1 for n in range(5000)), "a binary file", "Save it as CSV"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "what", "advice"), REFUSED, ids=[case[1] for case in REFUSED])
def test_what_is_no_file_of_rows(file: Callable[[bytes], Path], raw: bytes, what: str, advice: str) -> None:
    with pytest.raises(Unreadable) as refused:
        sniff(file(raw))
    assert what in str(refused.value)
    assert advice in str(refused.value)


TEXT = [
    *(
        b"a,b\n1,2\n",
        b"\n",
        b"%,b\n",
        b"[x],{y}\n",
        b"{a},b\n",
        b"<a>,b\n",
        b"[1],2\n",
        "é,b".encode("utf-16"),
    ),
    *(
        b"ID3,b\n1,2\n",
        b"BMW,Audi\n",
        b"ORC,b\n",
        b"PAR1,b\n",
        b"MZ,b\n",
        b"PK,name\n",
        b"Obj,b\n",
        b"GIF,b\n",
    ),
]


@pytest.mark.parametrize("raw", TEXT)
def test_text_is_text_whatever_it_begins_with(file: Callable[[bytes], Path], raw: bytes) -> None:
    assert kind_of(file(raw)) == "text"


def test_workbooks_are_told_by_their_parts(file: Callable[[bytes], Path]) -> None:
    assert kind_of(file(zipped(xl__workbook_xml=b"<w/>"))) == "xlsx"
    assert kind_of(file(zipped(mimetype=ODS.encode(), content_xml=b"<o/>"))) == "ods"


def test_a_workbook_is_not_sniffed(file: Callable[[bytes], Path]) -> None:
    with pytest.raises(Unreadable, match="choose one of its sheets"):
        sniff(file(zipped(xl__workbook_xml=b"<w/>")))


def test_what_unpacks_to_more_than_a_gigabyte(
    file: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "MAX_UNPACKED", 1000)
    with pytest.raises(Unreadable, match="more than we can read"):
        kind_of(file(zipped(xl__workbook_xml=b"<w/>" * 300)))


def test_a_file_that_is_gone_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        kind_of(tmp_path / "gone.csv")
