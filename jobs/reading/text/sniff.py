"""How to read a file, guessed from its content. The user sees the guess, and can correct it."""

import re
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from jobs.reading.format import DELIMITERS, Format, Unreadable
from jobs.reading.kinds import kind_of
from jobs.reading.text import dialect, encoding, layout, quoting
from jobs.reading.text.lines import blocks, split

SAMPLE = 2000
"""Lines looked at …"""
SAMPLE_SIZE = 4 << 20
"""… unless they have more characters than this."""
WORKBOOK = "This is a workbook (.{}), not a CSV file: choose one of its sheets, or save it as CSV (UTF-8)."
SEPARATOR = re.compile(r"sep=(.)\s*$", re.IGNORECASE)


def sniff(path: Path, sheet: str = "") -> Format:
    """How to read the text at `path`. Raises `Unreadable` for what is no text with columns, and `OSError`.

    With the name of a `sheet`, `path` is what `workbook.extract` made of it: only its layout is guessed.
    """
    if sheet:
        return _laid_out(_first_lines(path, Format()), Format(sheet=sheet))
    kind = kind_of(path)
    if kind != "text":
        raise Unreadable(WORKBOOK.format(kind))
    format = Format(encoding.detect(path))
    lines = _first_lines(path, format)
    told = next((SEPARATOR.fullmatch(line) for line in lines if line.strip()), None)
    if told and told[1] in DELIMITERS:
        return _told(lines, format, told[1])
    return _laid_out(lines, dialect.detect(lines, format))


def _first_lines(path: Path, format: Format) -> list[str]:
    """The first lines of the file: `SAMPLE`, or fewer long ones."""
    size = 0
    found = list[str]()
    for line in islice(chain.from_iterable(map(split, blocks(path, format))), SAMPLE):
        found.append(line)
        size += len(line)
        if size > SAMPLE_SIZE:
            break
    return found


def _told(lines: list[str], format: Format, delimiter: str) -> Format:
    """The format where Excel's `sep=;` in the first line says the delimiter."""
    skip = next(place for place, line in enumerate(lines, start=1) if line.strip())
    format = replace(dialect.detect(lines[skip:], format), delimiter=delimiter)
    laid_out = _laid_out(lines[skip:], format)
    return replace(laid_out, skip=skip + laid_out.skip)


def _laid_out(lines: list[str], format: Format) -> Format:
    """The format with the lines to skip (of a sheet: the rows), and whether there is a header."""
    lines = [quoting.with_literal_escapes(line, format) for line in lines]
    rows = dialect.rows(lines, format)
    count = layout.preface(_apart(rows))
    if not all(dialect.parses("".join(lines[place:behind]), format) for place, behind, _ in rows[:count]):
        count = 0  # a line with a broken quote is no title: it is named
    header = layout.has_header([cells for _, _, cells in rows[count:]])
    return replace(format, header=header, skip=_above(lines, rows[count][0], format) if count else 0)


def _apart(rows: list[tuple[int, int, list[str]]]) -> list[list[str]]:
    """The cells of the records; of one above a blank line, without the blanks that pad it, as a title has."""
    below = [*(place for place, _, _ in rows[1:]), 0]
    return [
        cells if behind == next_place else _trimmed(cells)
        for (_, behind, cells), next_place in zip(rows, below, strict=False)
    ]


def _trimmed(cells: list[str]) -> list[str]:
    last = max((place for place, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    return cells[:last]


def _above(lines: list[str], place: int, format: Format) -> int:
    """The number of lines above `place`; of a sheet, the number of its rows there."""
    return sum(1 for _ in quoting.cells_of(lines[:place], format)) if format.sheet else place
