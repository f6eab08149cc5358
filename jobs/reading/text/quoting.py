"""Lines as cells: the csv module told what a `Format` says, and what is done where it finds no cells."""

import csv
import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jobs.reading.format import Format
from jobs.reading.text.lines import MAX_LINE

if TYPE_CHECKING:
    from _csv import Reader

# Nothing on one line is longer than MAX_LINE by much; over several, `records` sets the limit.
csv.field_size_limit(4 * MAX_LINE)


def cells_of(lines: Iterable[str], format: Format, *, strict: bool = True) -> "Reader":
    """A csv reader that stops (`csv.Error`) at the first wrong quote where it is strict."""
    return csv.reader(lines, strict=strict, **_options(format.delimiter, format.quote, format.escape))


@lru_cache(maxsize=64)
def _options(delimiter: str, quote: str, escape: str) -> dict[str, Any]:
    quoting = {"quotechar": quote} if quote else {"quotechar": None, "quoting": csv.QUOTE_NONE}
    return {"delimiter": delimiter, "escapechar": escape or None, **quoting}


def with_literal_escapes(text: str, format: Format) -> str:
    """Double each escape that escapes nothing, as the csv module drops it: `C:\\temp` stays `C:\\temp`."""
    if not format.escape or format.escape not in text:
        return text
    escape = re.escape(format.escape)
    escaped = re.escape(format.escape + (format.quote or format.delimiter))
    double = format.escape * 2
    return re.sub(f"({escape}[{escaped}])|{escape}", lambda found: found[1] or double, text)


def lines_from(lines: list[str], place: int, most: int = sys.maxsize) -> Iterator[str]:
    """The lines from `place` on, so many at most, without a copy of them."""
    return map(lines.__getitem__, range(place, min(len(lines), place + most)))


def lone(line: str, format: Format) -> tuple[list[str], bool]:
    """The cells of one line whatever its quotes, and whether it ends outside of them."""
    try:
        rows = list(cells_of([line, "end"], format, strict=False))
    except csv.Error:
        return [line.strip()], False
    return rows[0], len(rows) == 2


def spaced(line: str, format: Format) -> list[str]:
    """The cells where blanks stand before quotes: `Ana, "North, Inc."` has two."""
    options = _options(format.delimiter, format.quote, format.escape)
    try:
        return next(csv.reader([line], strict=True, skipinitialspace=True, **options), [])
    except csv.Error:
        return []


def mended(line: str, format: Format) -> list[str] | None:
    """The cells where a quote ends a cell only before a delimiter or the line's end, as PapaParse reads.

    `"Ana "the boss" Li",2` has two. None where the last quote is never closed.
    """
    text, cells, place = line.rstrip("\r\n"), [], 0
    while place <= len(text):
        if format.quote and text.startswith(format.quote, place):
            end = _closing(text, place + 1, format)
            if end < 0:
                return None
            cells.append(text[place + 1 : end].replace(format.quote * 2, format.quote))
            place = end + 2
        else:
            end = text.find(format.delimiter, place)
            end = len(text) if end < 0 else end
            cells.append(text[place:end])
            place = end + 1
    return cells


def _closing(text: str, place: int, format: Format) -> int:
    """Where the quote stands that closes the cell begun before `place`; -1 where none does."""
    while (place := text.find(format.quote, place)) >= 0:
        behind = text[place + 1 : place + 2]
        if behind in ("", format.delimiter):
            return place
        place += 2 if behind == format.quote else 1
    return -1
