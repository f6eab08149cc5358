"""How large the sheets of an .ods are before they are in memory: a cell and a row say how often they stand.

Seven bytes of XML can say that all 17 billion places of a sheet hold the same text.
"""

import zipfile
from contextlib import suppress
from pathlib import Path

from jobs.reading.workbooks.xml_events import BROKEN, Events, bare, verify_cells

VALUES = {"value", "value-type", "string-value", "date-value", "time-value", "boolean-value", "formula"}
MOST = 1 << 40


def verify_size(path: Path) -> None:
    """Raises `Unreadable` for an .ods with more than `MAX_CELLS` in all; an .xlsx is let through.

    Blank cells and rows count where a filled one follows them. What is damaged is for calamine to refuse.
    """
    with suppress(*BROKEN), zipfile.ZipFile(path) as archive, archive.open("content.xml") as file:
        _Tables().read(file)


class _Tables(Events):
    def __init__(self) -> None:
        super().__init__()
        self._before = 0
        """Cells of the tables before this one."""
        self._begin()
        self.listen(self._text, self._end)

    def _begin(self) -> None:
        self._rows = self._last_row = self._width = 0
        self._row_times = self._cell_times = 1
        self._column = self._last_column = 0
        self._in_cell = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match bare(name):
            case "table":
                self._before += self._last_row * self._width
                self._begin()
            case "table-row":
                self._row_times = _times(attributes, "number-rows-repeated")
                self._column = self._last_column = 0
            case "table-cell" | "covered-table-cell":
                self._in_cell = True
                self._column += _times(attributes, "number-columns-repeated")
                if VALUES.intersection(map(bare, attributes)):
                    self._last_column = self._column

    def _text(self, text: str) -> None:
        if self._in_cell and text.strip():
            self._last_column = self._column

    def _end(self, name: str) -> None:
        match bare(name):
            case "table-cell" | "covered-table-cell":
                self._in_cell = False
            case "table-row":
                self._rows += self._row_times
                if self._last_column:
                    self._last_row, self._width = self._rows, max(self._width, self._last_column)
                    verify_cells(self._last_row, self._width, self._before)


def _times(attributes: dict[str, str], name: str) -> int:
    """How often a row or a cell stands: once where nothing is said, or nothing sensible."""
    said = next((value for key, value in attributes.items() if bare(key) == name), "1")
    return min(int(said), MOST) if said.isdecimal() and len(said) < 20 else 1
