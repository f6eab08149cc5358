"""A file as a stream of records: every line of data comes out, read or named as unreadable."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from jobs.reading.format import Format, Unreadable

MAX_CELL = 1 << 20
MAX_COLUMNS = 1000
MAX_LINES = 2000
"""A record over more lines than this has a quote that was never closed."""

csv.field_size_limit(MAX_CELL)


@dataclass(slots=True)
class Record:
    """One line of data: its cells (as many as the header has), or why it could not be read."""

    line: int
    cells: list[str]
    problem: str = ""


def header(path: Path, format: Format) -> tuple[list[str], int]:
    """The cells of the first line that is not blank, and the number of the line after it."""
    with _open(path, format) as file:
        reader = csv.reader(file, delimiter=format.delimiter)
        try:
            cells = next((cells for cells in reader if any(cell.strip() for cell in cells)), [])
        except csv.Error as error:
            raise Unreadable(f"Line {reader.line_num}, the header, cannot be read: {error}.") from None
        line = reader.line_num
    if not cells:
        raise Unreadable("The file has only blank lines. Export it again, with a header line and its rows.")
    if len(cells) > MAX_COLUMNS:
        raise Unreadable(f"The header has {len(cells):,} columns; the limit is {MAX_COLUMNS:,}.")
    if line > MAX_LINES:
        raise Unreadable("A quote in the header is never closed. Mend the first line of the file.")
    if "\0" in "".join(cells):
        raise Unreadable("The header contains NUL bytes. Save the file as CSV (UTF-8) again.")
    return [cell.strip() for cell in cells], line + 1


def records(path: Path, format: Format, width: int, start: int) -> Iterator[Record]:
    """Every line of data from line `start` on; blank lines are none.

    A line whose quote is never closed is named, and reading goes on behind it: it swallows nothing.
    """
    suspicious = format.has_nul or format.encoding == "cp1252"
    again: deque[str] = deque()
    seen: list[str] = []
    line = start
    with _open(path, format) as file:
        for _ in islice(file, start - 1):
            pass
        reader = csv.reader(_noted(file, again, seen), delimiter=format.delimiter)
        while True:
            seen.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                cells = None
            if cells is None or (len(seen) > 1 and _swallowed(seen, len(cells) == width)):
                yield Record(line, cells or [], OPEN_QUOTE)
                line += 1
                again.extendleft(reversed(seen[1:]))
                reader = csv.reader(_noted(file, again, seen), delimiter=format.delimiter)
                continue
            if record := _record(line, cells, width, suspicious):
                yield record
            line += len(seen)


OPEN_QUOTE = "a quote is opened and never closed"


def _noted(file: TextIO, again: deque[str], seen: list[str]) -> Iterator[str]:
    """The lines of the file, those to read again first; each is noted in `seen`."""
    while True:
        line = again.popleft() if again else next(file, "")
        if not line:
            return
        seen.append(line)
        yield line


def _record(line: int, cells: list[str], width: int, suspicious: bool) -> Record | None:
    """What the cells of one record are: data, a problem, or None for a blank line."""
    if suspicious and (problem := _bad_characters(cells)):
        return Record(line, cells, problem)
    if len(cells) != width:
        return _ragged(line, cells, width) if any(cells) else None
    if width > 1 and not any(cells) and not "".join(cells).strip():
        return None
    return Record(line, cells)


def _ragged(line: int, cells: list[str], width: int) -> Record:
    """Missing cells at the end are blank; cells too many are only forgiven where they are blank."""
    if len(cells) < width:
        return Record(line, cells + [""] * (width - len(cells)))
    if not any(cell.strip() for cell in cells[width:]):
        return Record(line, cells[:width])
    return Record(line, cells, f"it has {len(cells)} cells, the header has {width}")


def _bad_characters(cells: list[str]) -> str:
    joined = "".join(cells)
    if "\0" in joined:
        return "it contains a NUL byte"
    if "\ufffd" in joined:
        return "it contains bytes that are no Windows-1252 characters"
    return ""


def _swallowed(lines: list[str], fits: bool) -> bool:
    """Whether a record over several lines is one whose quote was not closed where it should be."""
    return not fits or len(lines) > MAX_LINES or "".join(lines).count('"') % 2 == 1


def _open(path: Path, format: Format) -> TextIO:
    errors = "replace" if format.encoding == "cp1252" else "strict"
    return path.open(encoding=format.encoding, errors=errors, newline="")
