"""The XML inside workbooks, element by element: in flat memory, and with no entities to expand."""

import zipfile
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import IO
from xml.parsers import expat

from jobs.reading.format import Unreadable

CHUNK = 1 << 18
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, expat.ExpatError, KeyError, EOFError),
    *(ValueError, RuntimeError, NotImplementedError),
)
"""What a damaged archive or broken XML raises; calamine then says what is wrong with it."""
MAX_CELLS = 20_000_000
ENTITIES = (
    "This workbook defines entities, which no sheet needs. Save the sheet as CSV (UTF-8) and upload that."
)


class Events:
    """Reads XML and calls `start` with each element. External entities are never looked at."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self.start
        self._parser.EntityDeclHandler = _refuse

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        raise NotImplementedError

    def listen(self, text: Callable[[str], None] | None, end: Callable[[str], None] | None) -> None:
        """Call these with text, and with elements that end, from here on."""
        self._parser.CharacterDataHandler = text
        self._parser.EndElementHandler = end

    def read(self, file: IO[bytes]) -> None:
        """Read all of the file. Raises `expat.ExpatError`, and `Unreadable` for one that defines entities."""
        while chunk := file.read(CHUNK):
            self._parser.Parse(chunk)
        self._parser.Parse(b"", True)


def _refuse(*_: object) -> None:
    raise Unreadable(ENTITIES)


@lru_cache(maxsize=256)
def bare(name: str) -> str:
    """The name of an element without its prefix."""
    return name.rpartition(":")[2]


def verify_cells(rows: int, width: int, others: int = 0) -> None:
    """Raises `Unreadable` for more than `MAX_CELLS` with the `others`, counting blank ones in between."""
    if rows * width + others > MAX_CELLS:
        raise Unreadable(
            f"The sheet has cells down to row {rows:,} and over {width:,} columns: more than we can read. "
            "Delete cells that are far from the others, or save the sheet as CSV (UTF-8)."
        )
