"""A file as a stream of records: every line of data comes out, read or named as unreadable.

Lines are counted as an editor counts them: CR, LF and CRLF each end one. Of a workbook's sheet
(`Format.sheet`) the rows are counted instead, whatever line breaks their cells have.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import dropwhile, islice
from pathlib import Path
from typing import NamedTuple

from jobs.reading.format import Format, Unreadable, label_of
from jobs.reading.text import quoting
from jobs.reading.text.lines import BAD_BYTES, CUT, blocks, split
from jobs.reading.text.records import MAX_LINES, MAX_RECORD, OPEN_QUOTE, Record, Records

__all__ = ["MAX_COLUMNS", "MAX_LINES", "OPEN_QUOTE", "Record", "header", "records", "sample"]

MAX_COLUMNS = 1000
SAMPLE = 100
"""Records that say how many columns a file without a header has."""
SAMPLE_LINES = 20_000
SAMPLE_SIZE = 8 << 20
"""Lines and characters that `sample` looks at, so that a person does not wait for a file of blank lines."""
MAX_BLANK = 100_000
"""Blank lines that may stand above the header."""
TOO_BLANK = f"The first {MAX_BLANK:,} lines are blank. Delete them and upload the file again."
ONLY_BLANK = "The file has only blank lines. Export it again, with a header line and its rows."
NOTHING_BELOW = "There is nothing below the lines that are skipped at the top. Skip fewer lines."


def header(path: Path, format: Format) -> tuple[list[str], int]:
    """The columns, and the number of the first line of data.

    They are the cells of the first line below `format.skip` that is not blank; without a header, as many as
    most of the first records have, called "Column 1" and so on. Raises `Unreadable`.
    """
    found = (top for top in _top(path, format) if "".join(top.cells).strip())
    first = next(found, None)
    if first is None:
        raise Unreadable(NOTHING_BELOW if format.skip else ONLY_BLANK)
    if format.header:
        return _names(first, format), first.after
    widths = Counter([len(first.cells), *(len(top.cells) for top in islice(found, SAMPLE))])
    width = max(widths, key=lambda width: (widths[width], width))
    _verify_width(width)
    return [f"Column {place}" for place in range(1, width + 1)], first.line


def _names(top: "_Top", format: Format) -> list[str]:
    """The column names of the header. Raises `Unreadable` with what is wrong with it."""
    text = "".join(top.cells)
    if not top.closed:
        raise Unreadable(f"A quote in the header is never closed. Mend line {top.line} of the file.")
    if CUT in text:
        raise Unreadable(
            "The header is longer than 4 MB. Is this a file with columns? Save it as CSV (UTF-8)."
        )
    if BAD_BYTES in text:
        label = label_of(format.encoding)
        raise Unreadable(f"The header has bytes that are no {label} characters. Choose another encoding.")
    if "\0" in text:
        raise Unreadable("The header contains NUL bytes. Save the file as CSV (UTF-8) again.")
    _verify_width(len(top.cells))
    return [cell.strip() for cell in top.cells]


def _verify_width(width: int) -> None:
    if width > MAX_COLUMNS:
        raise Unreadable(f"The header has {width:,} columns; the limit is {MAX_COLUMNS:,}.")


def records(path: Path, format: Format, width: int, start: int) -> Iterator[Record]:
    """Every line of data from line `start` on; blank lines are none. Raises nothing but `OSError`.

    A line whose quote is never closed is named, and reading goes on behind it: it swallows nothing.
    """
    if not format.sheet:
        return _stream(path, format, width, start)
    return (record for record in _stream(path, format, width, 1) if record.line >= start)


def sample(path: Path, format: Format, width: int, start: int, most: int) -> list[Record]:
    """The first of the `records`, so many at most: fewer where they are large, or blank lines are between."""
    found: list[Record] = []
    parser = Records(format, width, 1 if format.sheet else start)
    for size, batch in _batches(parser, _from_line(path, format, parser.line)):
        found.extend(record for record in batch if record.line >= start)
        if len(found) >= most or size > SAMPLE_SIZE or parser.line - start > SAMPLE_LINES:
            break
    return found[:most]


def _stream(path: Path, format: Format, width: int, start: int) -> Iterator[Record]:
    parser = Records(format, width, start)
    for _, batch in _batches(parser, _from_line(path, format, start)):
        yield from batch


def _batches(parser: Records, texts: Iterable[str]) -> Iterator[tuple[int, Iterable[Record]]]:
    """The records, some at a time, and how many characters were read up to them."""
    size = 0
    for text in texts:
        size += len(text)
        for batch in parser.take(text):
            yield size, batch
    for batch in parser.take("", final=True):
        yield size, batch


def _from_line(path: Path, format: Format, start: int) -> Iterator[str]:
    """The text of the file from line `start` on."""
    missing = start - 1
    for text in blocks(path, format):
        if not missing:
            yield text
            continue
        lines = split(text)
        left, missing = lines[missing:], max(missing - len(lines), 0)
        if left:
            yield "".join(left)


class _Top(NamedTuple):
    """A record at the top of the file."""

    line: int
    after: int
    """The line behind it."""
    cells: list[str]
    closed: bool
    """Whether its quotes are."""


def _top(path: Path, format: Format) -> Iterator[_Top]:
    """The first records below the lines to skip, about as many as one block has."""
    number = 1 if format.sheet else format.skip + 1
    lines, blank = _first_lines(path, format, number)
    number += blank
    place = 0
    while place < len(lines):
        reader = quoting.cells_of(quoting.lines_from(lines, place), format)
        try:
            cells, taken, closed = next(reader), reader.line_num, True
        except csv.Error:
            (cells, closed), taken = quoting.lone(lines[place], format), 1
        after = number + (1 if format.sheet else taken)
        if not format.sheet or number > format.skip:
            yield _Top(number, after, cells, closed)
        place, number = place + taken, after


def _first_lines(path: Path, format: Format, start: int) -> tuple[list[str], int]:
    """The lines from `start` on, some thousands at most, and how many blank ones were left out above them."""
    lines, blank, size = list[str](), 0, 0
    for text in _from_line(path, format, start):
        more = split(quoting.with_literal_escapes(text, format))
        if not lines:
            below = list(dropwhile(lambda line: not line.strip(), more))
            blank, more = blank + len(more) - len(below), below
            if blank > MAX_BLANK:
                raise Unreadable(TOO_BLANK)
        lines += more
        size += len(text) if lines else 0
        if len(lines) > MAX_LINES or size > MAX_RECORD:
            break
    return lines, blank
