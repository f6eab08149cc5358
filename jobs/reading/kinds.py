"""What kind of file this is, told by its content: a name says nothing."""

import re
import zipfile
import zlib
from pathlib import Path
from typing import Literal

from jobs.reading.format import Unreadable

Kind = Literal["text", "xlsx", "ods"]

HEAD = 1 << 16
MAX_UNPACKED = 1 << 30
"""Bytes of a workbook once it is unpacked."""
MAX_RATIO = 500
"""How many times its own size a workbook may unpack to, beyond `MAX_RATIO_FREE`. Sheets have 5 to 30."""
MAX_RATIO_FREE = 64 << 20

EMPTY = "The file is empty. Export it again, with a header line and at least one row."
BINARY = "This is a binary file, not a CSV file. Save it as CSV (UTF-8) and upload that."
SAVE = "Open it and save it as CSV (UTF-8) or Excel (.xlsx), then upload that."
EXPORT = "Export the rows as CSV (UTF-8) and upload that."
UNPACK = "Unpack it and upload the CSV file inside."
IMAGE = "Upload the file that holds the rows, as CSV or Excel (.xlsx)."

MAGIC = (
    (b"%PDF", "a PDF document", EXPORT),
    (b"\x89PNG", "a PNG image", IMAGE),
    (b"\xff\xd8\xff", "a JPEG image", IMAGE),
    (b"GIF8", "a GIF image", IMAGE),
    (b"RIFF....WEBP", "a WebP image", IMAGE),
    (b"BM....\0\0\0\0", "a BMP image", IMAGE),
    (rb"II\*\0", "a TIFF image", IMAGE),
    (rb"MM\0\*", "a TIFF image", IMAGE),
    (b"....ftyphei", "a HEIC image", IMAGE),
    (b"....ftypmif1", "a HEIC image", IMAGE),
    (b"....ftyp", "a video or sound file", IMAGE),
    (b"ID3", "a sound file", IMAGE),
    (b"\x1f\x8b", "a gzip archive", UNPACK),
    (b"BZh[1-9]1AY", "a bzip2 archive", UNPACK),
    (b"\xfd7zXZ\0", "an xz archive", UNPACK),
    (rb"\(\xb5/\xfd", "a Zstandard archive", UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (b"SQLite format 3\0", "an SQLite database", EXPORT),
    (b"PAR1", "a Parquet file", EXPORT),
    (b"Obj\x01", "an Avro file", EXPORT),
    (b"ORC", "an ORC file", EXPORT),
    (b"ARROW1", "an Arrow file", EXPORT),
    (rb"\{\\rtf", "an RTF document", SAVE),
    (b"\x7fELF", "a program", EXPORT),
    (b"MZ\x90\0", "a program", EXPORT),
)
MAGIC_PATTERNS = [(re.compile(magic, re.DOTALL), kind, advice) for magic, kind, advice in MAGIC]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[:4]

OPEN_DOCUMENTS = {
    "application/vnd.oasis.opendocument.text": "an OpenDocument text (.odt)",
    "application/vnd.oasis.opendocument.presentation": "an OpenDocument presentation (.odp)",
    "application/vnd.oasis.opendocument.graphics": "an OpenDocument drawing (.odg)",
    "application/epub+zip": "an e-book (.epub)",
}
ZIP_PARTS = (
    ("xl/workbook.bin", "a binary Excel workbook (.xlsb)", SAVE),
    ("word/document.xml", "a Word document (.docx)", SAVE),
    ("ppt/presentation.xml", "a PowerPoint presentation (.pptx)", SAVE),
    (
        "index/document.iwa",
        "an Apple Numbers, Pages or Keynote file",
        "Export it as CSV or Excel and upload that.",
    ),
    ("meta-inf/manifest.mf", "a Java archive (.jar)", EXPORT),
)


def kind_of(path: Path) -> Kind:
    """Text, or a workbook. Raises `Unreadable` with what the file is where it is neither, and `OSError`."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise Unreadable(EMPTY)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(path)
    if head.startswith(OLE):
        raise _ole(path)
    _refuse_known(head)
    _refuse_documents(head)
    return "text"


def _refuse(kind: str, advice: str) -> Unreadable:
    return Unreadable(f"This is {kind}, not a CSV file. {advice}")


def _refuse_known(head: bytes) -> None:
    for pattern, kind, advice in MAGIC_PATTERNS:
        # A header may well begin with "ID3" or "BM": those files have NUL bytes.
        if pattern.match(head) and (b"\0" in head or not pattern.pattern[:1].isalpha()):
            raise _refuse(kind, advice)


def _refuse_documents(head: bytes) -> None:
    """Text that has no columns: web pages, XML, JSON."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:4000].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta")):
        raise _refuse("a web page (HTML)", f"Some tools call it .xls or .csv. {SAVE}")
    if start.startswith(b"<?xml") and b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        raise _refuse("an Excel 2003 XML workbook", SAVE)
    if start.startswith(b"<?xml"):
        raise _refuse("an XML document", EXPORT)
    if re.match(rb'(\[\s*)?\{\s*("[^"]*"\s*:|\}\s*$)|\[\s*\[\s*["\d]', start):
        raise _refuse("a JSON document", EXPORT)


def _ole(path: Path) -> Unreadable:
    """Old Office files, and new ones with a password, are folders in one file; names in them are UTF-16."""
    with path.open("rb") as file:
        content = file.read(1 << 22)
        file.seek(max(path.stat().st_size - (1 << 20), 0))
        content += file.read()
    if "EncryptedPackage".encode("utf-16-le") in content:
        return _refuse("an Excel workbook with a password", "Save it without the password and upload that.")
    for name, kind in (
        ("WordDocument", "an old Word document (.doc)"),
        ("Workbook", "an old Excel workbook (.xls)"),
    ):
        if name.encode("utf-16-le") in content:
            return _refuse(kind, SAVE)
    return _refuse("an old Excel or Word file (.xls, .doc)", SAVE)


def _zip(path: Path) -> Kind:
    """Which of the many files that are ZIP archives this is."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _archive(archive, path.stat().st_size)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        EOFError,
        ValueError,
        RuntimeError,
        NotImplementedError,
    ):
        raise _damaged() from None
    except (zlib.error, UnicodeError):
        raise _damaged() from None


def _damaged() -> Unreadable:
    return Unreadable(
        "This is a ZIP archive or an Excel workbook, but it is damaged. Save or download it again."
    )


def _archive(archive: zipfile.ZipFile, size: int) -> Kind:
    names = {name.lower().replace("\\", "/") for name in archive.namelist()}
    mimetype = archive.read("mimetype")[:100].decode("latin-1").strip() if _small(archive, "mimetype") else ""
    for part, kind, advice in ZIP_PARTS:
        if part in names:
            raise _refuse(kind, advice)
    if mimetype in OPEN_DOCUMENTS:
        raise _refuse(OPEN_DOCUMENTS[mimetype], SAVE)
    if mimetype.startswith("application/vnd.oasis.opendocument.spreadsheet"):
        _verify_ods(archive)
        _verify_size(archive, size)
        return "ods"
    if "xl/workbook.xml" in names or any(re.fullmatch(r"xl/workbook\d*\.xml", name) for name in names):
        _verify_size(archive, size)
        return "xlsx"
    files = sum(not name.endswith("/") for name in names)
    raise _refuse(f"a ZIP archive with {files:,} file{'s' * (files != 1)}", UNPACK)


def _small(archive: zipfile.ZipFile, name: str) -> bool:
    return name in archive.namelist() and archive.getinfo(name).file_size < 1000


def _verify_ods(archive: zipfile.ZipFile) -> None:
    if _manifest_says_encrypted(archive):
        raise _refuse(
            "an OpenDocument sheet with a password", "Save it without the password and upload that."
        )


def _manifest_says_encrypted(archive: zipfile.ZipFile) -> bool:
    name = "META-INF/manifest.xml"
    if name not in archive.namelist() or archive.getinfo(name).file_size > 1 << 20:
        return False
    return b"encryption-data" in archive.read(name)


def _verify_size(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse what would fill the memory, before it is unpacked."""
    unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > MAX_UNPACKED or unpacked > max(size * MAX_RATIO, MAX_RATIO_FREE):
        raise Unreadable(
            f"This workbook unpacks to {unpacked / 2**20:,.0f} MB, more than we can read. "
            "Save the sheet as CSV (UTF-8) and upload that."
        )
