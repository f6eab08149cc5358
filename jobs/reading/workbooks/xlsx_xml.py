"""What calamine does not tell of an .xlsx sheet: how large it is before it is in memory, and its error cells.

calamine gives #DIV/0! as a blank cell, and takes memory for each place between the first cell and the last:
two cells in opposite corners of a sheet would be 400 GB.
"""

import zipfile
from contextlib import suppress
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET

from jobs.reading.workbooks.xml_events import BROKEN, Events, bare, verify_cells

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
DIGITS = "0123456789"
LONGEST = 100
"""Characters of an error cell."""


def errors(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """(row, column), both from 0, to the error's text; empty for an .ods.

    Raises `Unreadable` for a sheet with too many cells, counting blank ones in between.
    """
    with suppress(*BROKEN, ET.ParseError), zipfile.ZipFile(path) as archive:
        part = _part(archive, sheet)
        if part in archive.namelist():
            page = _Page()
            with archive.open(part) as file:
                page.read(file)
            return page.errors
    return {}  # what cannot be read for its errors is read without them


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


class _Page(Events):
    """The XML of one sheet, read once. A cell without a value takes no place."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: dict[tuple[int, int], str] = {}
        self._cell: dict[str, str] = {}
        self._row, self._column = -1, -1
        self._row_text = ""
        """The number of a row that is known to be there …"""
        self._known = set[str]()
        """… and the letters of columns that are."""
        self._rows, self._left, self._right = 0, 1 << 30, 0
        self._places: dict[str, int] = {}
        self._text = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = bare(name)
        if kind == "c":
            self._cell = attributes
            self._column += 1
        elif kind in {"v", "is"}:
            self._filled(self._cell.get("r", ""))
        elif kind == "row":
            self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            self._column = -1

    def _filled(self, place: str) -> None:
        """The cell that is open has a value: it may make the sheet larger."""
        letters = place.rstrip(DIGITS)
        number = place[len(letters) :]
        if number != self._row_text or letters not in self._known or not number:
            self._grow(letters, number)
        if self._cell.get("t") == "e":
            if number:
                self._row, self._column = int(number) - 1, self._place_of(letters)
            self._text = ""
            self.listen(self._say, self._end)

    def _grow(self, letters: str, number: str) -> None:
        row, column = (int(number) - 1, self._place_of(letters)) if number else (self._row, self._column)
        self._rows = max(self._rows, row + 1)
        self._left, self._right = min(self._left, column), max(self._right, column)
        verify_cells(self._rows, self._right - self._left + 1)
        self._row, self._column = row, column
        self._row_text = number
        self._known.add(letters)

    def _place_of(self, letters: str) -> int:
        """From 0: A is 0, AA is 26."""
        if letters not in self._places:
            number = 0
            for letter in letters:
                number = number * 26 + ord(letter) - 64
            self._places[letters] = number - 1
        return self._places[letters]

    def _say(self, text: str) -> None:
        self._text = (self._text + text)[:LONGEST]

    def _end(self, name: str) -> None:
        if bare(name) in ("v", "is", "c"):
            self.listen(None, None)
            if self._text:
                self.errors[self._row, self._column] = self._text
