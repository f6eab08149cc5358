"""What kind of file this is: its content, its encoding, its delimiter."""

import codecs
import csv
from collections import Counter
from pathlib import Path

from jobs.reading.format import Format, Unreadable

CHUNK = 1 << 20
SAMPLE = 1 << 18
DELIMITERS = (",", ";", "\t", "|")

MAGIC = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook (.xlsx)",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file (.xls, .doc)",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x1f\x8b": "a gzip archive",
    b"SQLite format 3": "an SQLite database",
    b"{\\rtf": "an RTF document",
}
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def sniff(path: Path) -> Format:
    """Find out how to read `path`. Raises `Unreadable` for what is no text with columns."""
    with path.open("rb") as file:
        head = file.read(64)
        if not head:
            raise Unreadable("The file is empty. Export it again, with a header line and at least one row.")
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            raise Unreadable(f"This is {kind}, not a CSV file. Save it as CSV (UTF-8) and upload that.")
    encoding, has_nul = _encoding(path, head)
    return Format(encoding, _delimiter(path, encoding), has_nul=has_nul)


def _encoding(path: Path, head: bytes) -> tuple[str, bool]:
    """UTF-8 where every byte of the file agrees, else Windows-1252; and whether there are NUL bytes."""
    encoding = next((name for bom, name in BOMS if head.startswith(bom)), "utf-8")
    decoder = codecs.getincrementaldecoder(encoding)()
    nuls = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            nuls += chunk.count(0) if encoding != "utf-16" else 0
            if encoding != "cp1252":
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    if encoding == "utf-16":
                        raise Unreadable(
                            "The file says it is UTF-16, but is not. Save it as UTF-8."
                        ) from None
                    encoding = "cp1252"
    if nuls > path.stat().st_size // 10:
        raise Unreadable("This is a binary file, not a CSV file. Save it as CSV (UTF-8) and upload that.")
    return encoding, bool(nuls)


def _delimiter(path: Path, encoding: str) -> str:
    """The delimiter that splits the first lines into the most cells, all alike."""
    with path.open("rb") as file:
        raw = file.read(SAMPLE)
    text = raw.decode(encoding, errors="replace")
    lines = text.splitlines(keepends=True)
    if len(raw) == SAMPLE and len(lines) > 1:
        lines.pop()  # cut in the middle
    return max(DELIMITERS, key=lambda delimiter: _fit(lines[:200], delimiter))


def _fit(lines: list[str], delimiter: str) -> float:
    """How well `delimiter` explains the lines: the usual number of cells, and the share that has it."""
    try:
        widths = Counter(len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells)
    except csv.Error:
        return 0.0
    if not widths:
        return 0.0
    width, lines_with_it = widths.most_common(1)[0]
    return 0.0 if width == 1 else (lines_with_it / widths.total()) ** 2 * (1 + width / 100)
