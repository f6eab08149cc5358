"""What calamine does not tell of an .xlsx sheet: how large it is before it is in memory, and its error cells.

calamine gives #DIV/0! as a blank cell, and takes memory for each place between the first cell and the last:
two cells in opposite corners of a sheet would be 400 GB.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO
from xml.etree import ElementTree as ET

from jobs.reading.format import Unreadable

CHUNK = 1 << 20
ERROR = re.compile(rb'<(?:\w+:)?c\b([^>/]*\bt="e"[^>/]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
PLACE = re.compile(rb'\br="([A-Z]+)(\d+)"')
FILLED = re.compile(rb'<(?:\w+:)?c\s[^>/]*?\br="([A-Z]+)(\d+)"[^>/]*>')
TEXT = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
MAX_CELLS = 20_000_000
LONGEST = 1 << 16
"""Bytes of an error cell with its formula."""
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def errors(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """(row, column), both from 0, to the error's text; empty for an .ods.

    Raises `Unreadable` for a sheet with more than `MAX_CELLS`, counting blank ones in between.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part(archive, sheet)
            if part in archive.namelist():
                with archive.open(part) as file:
                    return _scan(file)
    except (zipfile.BadZipFile, zlib.error, ET.ParseError, KeyError, EOFError, NotImplementedError):
        pass  # what cannot be read for its errors is read without them
    return {}


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    """The name of the sheet's XML in the archive; empty where there is none."""
    with suppress(KeyError):
        book, relations = archive.getinfo("xl/workbook.xml"), archive.getinfo("xl/_rels/workbook.xml.rels")
        if max(book.file_size, relations.file_size) > 16 << 20:
            return ""
        for element in ET.fromstring(archive.read(book)).iter():  # noqa: S314 - Python's expat bounds entities
            if element.tag.endswith("}sheet") and element.get("name") == sheet:
                return _target(archive.read(relations), element.get(RELATION, ""))
    return ""


def _target(relations: bytes, id: str) -> str:  # noqa: A002
    for element in ET.fromstring(relations):  # noqa: S314 - as above
        if element.get("Id") == id:
            target = element.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
    return ""


def _scan(file: IO[bytes]) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    columns: set[bytes] = set()
    last = 0
    tail = b""
    while chunk := file.read(CHUNK):
        text = tail + chunk
        if filled := FILLED.findall(text):
            columns.update(column for column, _ in filled)
            last = max(last, int(filled[-1][1]))
            _verify_size(last, columns)
        if b't="e"' in text:
            found.update(_errors(text))
        tail = text[max(text.rfind(b"<row"), len(text) - LONGEST, 0) :]
    return found


def _verify_size(rows: int, columns: set[bytes]) -> None:
    places = [_column(column) for column in columns]
    width = max(places) - min(places) + 1
    if rows * width > MAX_CELLS:
        raise Unreadable(
            f"The sheet has cells down to row {rows:,} and over {width:,} columns: more than we can read. "
            "Delete cells that are far from the others, or save the sheet as CSV (UTF-8)."
        )


def _errors(text: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    for cell in ERROR.finditer(text):
        place, value = PLACE.search(cell[1]), TEXT.search(cell[2])
        if place and value:
            yield (int(place[2]) - 1, _column(place[1])), value[1].decode("ascii", "replace")


def _column(letters: bytes) -> int:
    """From 0: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
