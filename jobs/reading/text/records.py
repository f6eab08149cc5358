"""Lines as records: each line of data comes out once, read or named."""

import csv
import sys
from collections.abc import Iterable, Iterator
from itertools import count, islice, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from jobs.reading.format import Format, label_of
from jobs.reading.text import quoting
from jobs.reading.text.lines import BAD_BYTES, CUT, MAX_LINE, split
from jobs.reading.text.lookahead import Patience

if TYPE_CHECKING:
    from _csv import Reader

SLICE = 100
"""Records that are looked at together. A few hundred would wake the garbage collector."""
MAX_LINES = 2000
"""A record over more lines than this, with more or fewer cells than the header, has an open quote."""
MAX_RECORD = 1 << 20
"""So has any over several lines with more characters than this."""

OPEN_QUOTE = "a quote is opened and never closed"
STRAY_QUOTE = "a quote stands in the middle of a quoted cell"
NUL = "it contains a NUL byte"
LONG_LINE = f"it is longer than {MAX_LINE >> 20} MB"


class Record(NamedTuple):
    """One line of data: its cells (as many as the header has), or why it could not be read."""

    line: int
    cells: list[str]
    problem: str = ""


class Records:
    """Takes text, block by block, and gives its records; what a block leaves open waits for the next one.

    Nearly all files are well-formed nearly everywhere: `SLICE` records are parsed at once, found regular by a
    few passes in C, and let through. Only a slice that is not regular is looked at record by record.
    """

    def __init__(self, format: Format, width: int, line: int = 1) -> None:
        self.format, self.width = format, width
        self.line = line
        """The number of the next line; of a workbook, of the next row."""
        self.rest: list[str] = []
        self._waited = False
        self._wanted = 0
        """Characters to come before it is worth to look at `rest` again: as many as it has."""
        self._patience = Patience()
        self._wary = False
        """Whether a line was broken, and no slice of good records came since."""
        self.wrong_bytes = f"it contains bytes that are no {label_of(format.encoding)} characters"

    def take(self, text: str, *, final: bool = False) -> Iterator[Iterable[Record]]:
        """The records of what waited and of `text`: whole lines, nothing more to come where it is `final`."""
        self.rest += split(quoting.with_literal_escapes(text, self.format))
        self._wanted -= len(text)
        if self._wanted > 0 and not final:
            return
        lines = self.rest
        watch = self._waited or "\0" in text or BAD_BYTES in text or CUT in text
        place = 0
        reader = self._reader(lines, place)
        while place < len(lines):
            if rows := self._one_line_each(reader):
                yield self._plain(rows, lines, place, watch)
                place += len(rows)
                continue
            found, after = self._careful(lines, place, final)
            yield found
            if after == place:
                break
            place = after
            reader = self._reader(lines, place)
        self.rest = lines[place:]
        self._waited = bool(self.rest)
        self._wanted = sum(map(len, self.rest))

    def _reader(self, lines: list[str], place: int) -> "Reader":
        most = max(self._allowance, SLICE)
        return quoting.cells_of(quoting.lines_from(lines, place, most), self.format)

    def _one_line_each(self, reader: "Reader") -> list[list[str]]:
        """The next records, a slice of them, if each is one line and all is well; else nothing."""
        if self._wary:
            return []
        before, rows = reader.line_num, list[list[str]]()
        try:
            rows.extend(islice(reader, SLICE))
        except csv.Error:
            return []
        return rows if reader.line_num - before == len(rows) else []

    def _plain(self, rows: list[list[str]], lines: list[str], place: int, watch: bool) -> Iterable[Record]:
        """The records of rows that are one line each."""
        number, self.line = self.line, self.line + len(rows)
        self._patience.regain(len(rows))
        if not watch and self._regular(rows):
            return map(_RECORD, repeat(Record), zip(count(number), rows, repeat("")))
        several = (
            self._record(number + index, cells, lines[place + index]) for index, cells in enumerate(rows)
        )
        return [record for record in several if record]

    def _regular(self, rows: list[list[str]]) -> bool:
        """Whether all rows are as wide as the header, and none of them is blank."""
        if set(map(len, rows)) != {self.width}:
            return False
        return all(map(str.strip, map(_FIRST, rows))) or all(map(str.strip, map("".join, rows)))

    def _careful(self, lines: list[str], place: int, final: bool) -> tuple[list[Record], int]:
        """Some records from `place` on, and the place behind them; the same place where more has to come."""
        found: list[Record] = []
        start, most = place, self._allowance
        source = quoting.lines_from(lines, start, most)
        reader = quoting.cells_of(source, self.format)
        try:
            for cells in reader:
                after = start + reader.line_num
                if after - place > 1 and self._swallowed(lines[place:after], cells):
                    break
                self._add(found, cells, lines, place, after)
                place = after
                if len(found) == SLICE:
                    self._wary = False
                    return found, place
            else:
                return found, place
        except csv.Error:
            if place > start:
                return found, place  # to look again, as far as patience goes from here
            ended = next(source, None) is None and len(lines) - start < most
            if ended and not final and self._may_grow(lines[place:]):
                return found, place
        if start + reader.line_num > place + 1:
            self._patience.lost()
        self._wary = True
        found.append(self._broken(lines[place]))
        self.line += 1
        return found, place + 1

    @property
    def _allowance(self) -> int:
        """Lines that one record may have. A sheet's rows are written by us: their quotes are closed."""
        return sys.maxsize if self.format.sheet else self._patience.lines

    def _may_grow(self, lines: list[str]) -> bool:
        return bool(self.format.sheet) or _size(lines) <= MAX_RECORD

    def _add(self, found: list[Record], cells: list[str], lines: list[str], place: int, after: int) -> None:
        line = lines[place] if after - place == 1 else ""
        if record := self._record(self.line, cells, line):
            found.append(record)
        self._patience.regain(1)
        self.line += 1 if self.format.sheet else after - place

    def _swallowed(self, lines: list[str], cells: list[str]) -> bool:
        """Whether a record over several lines is one whose quote was not closed where it should be.

        It is where it is too large, where all lines inside it are rows themselves, or where it does not
        fit the header while a line inside it would.
        """
        if self.format.sheet:
            return False
        if _size(lines) > MAX_RECORD or any(CUT in line for line in lines):
            return True
        if len(cells) == self.width:
            return self._are_rows([line for line in lines[1:-1] if line.strip()])
        if len(lines) > MAX_LINES:
            return True
        return any(len(quoting.lone(line, self.format)[0]) == self.width for line in lines[1:])

    def _are_rows(self, inner: list[str]) -> bool:
        """Whether each of these lines of one cell is as wide as the header: two stray quotes, not a text.

        An address has a comma in each of its few lines, so two columns want more of them.
        """
        enough = self.width > 1 and len(inner) >= (5 if self.width == 2 else 2)
        return enough and all(len(quoting.lone(line, self.format)[0]) == self.width for line in inner)

    def _record(self, number: int, cells: list[str], line: str) -> Record | None:
        """What the cells of one record are: data, a problem, or None for a blank line."""
        joined = "".join(cells)
        if problem := self._bad_characters(joined):
            return Record(number, _shown(cells), problem)
        if not joined.strip():
            return None
        if len(cells) > self.width:
            return self._too_many(number, cells, line)
        return Record(number, cells + [""] * (self.width - len(cells)))

    def _too_many(self, number: int, cells: list[str], line: str) -> Record:
        """Too many cells are forgiven where they are blank, or made by a blank before a quote."""
        if not any(cell.strip() for cell in cells[self.width :]):
            return Record(number, cells[: self.width])
        if f"{self.format.delimiter} " in line:
            fewer = quoting.spaced(line, self.format)
            if len(fewer) == self.width:
                return Record(number, fewer)
        return Record(number, cells, f"it has {len(cells)} cells, the header has {self.width}")

    def _broken(self, line: str) -> Record:
        """A line whose quotes are wrong: mended where that gives as many cells as the header has."""
        cells, closed = quoting.lone(line, self.format)
        if problem := self._bad_characters(line):
            return Record(self.line, _shown(cells), problem)
        better = None if self.format.escape else quoting.mended(line, self.format)
        if better and len(better) == self.width:
            return Record(self.line, better)
        if closed and len(cells) == self.width:
            return Record(self.line, cells)
        return Record(self.line, cells, STRAY_QUOTE if closed else OPEN_QUOTE)

    def _bad_characters(self, text: str) -> str:
        if CUT in text:
            return LONG_LINE
        if BAD_BYTES in text:
            return self.wrong_bytes
        return NUL if "\0" in text else ""


_RECORD = tuple.__new__
_FIRST = itemgetter(0)


def _size(lines: list[str]) -> int:
    return sum(map(len, lines))


def _shown(cells: list[str]) -> list[str]:
    """The cells with a replacement character for what is none: a lone surrogate cannot be stored."""
    return [cell.replace(BAD_BYTES, "\ufffd").replace(CUT, " …") for cell in cells]
