"""The export as xlsx, really streamed: the sheet's XML is written as the rows come, and zipped on the way.

XlsxWriter and openpyxl need the whole file on a disk before its first byte can leave; here none is.
"""

import logging
from collections.abc import Iterable, Iterator
from itertools import chain
from zipfile import ZIP64_LIMIT, ZIP_DEFLATED

from zipstream import ZipStream

from jobs.export import cells, package
from jobs.export.cells import cell
from jobs.export.columns import ALL, Choice, columns
from jobs.export.rows import Line, pages
from jobs.export.table import text
from jobs.models import Job

logging.getLogger("zipstream.ng").setLevel(logging.ERROR)  # it warns where a size was only about right
MAX_COLUMNS = 16_384
"""Columns of a sheet (Excel specifications and limits); its 1,048,576 rows are more than a job can have."""
NARROW, WIDE = 8, 60
"""Characters."""


class TooWide(Exception):
    """A sheet has not so many columns; the text says so, and what to do."""


def xlsx_parts(job: Job, choice: Choice = ALL) -> Iterator[bytes]:
    """The workbook, piece by piece; memory stays flat. Raises `TooWide` at once."""
    header = columns(job, choice)
    if len(header) > MAX_COLUMNS:
        raise TooWide(f"The export has {len(header):,} columns; Excel takes {MAX_COLUMNS:,}. Take the CSV.")
    return _zipped(header, pages(job, choice), job.row_count)


def _zipped(header: list[str], found: Iterator[list[Line]], rows: int) -> Iterator[bytes]:
    first = next(found, [])
    zipped = ZipStream(compress_type=ZIP_DEFLATED, compress_level=1)
    for name, content in package.FILES.items():
        zipped.add(content, name)
    zipped.add(_sheet(header, first, found), "xl/worksheets/sheet1.xml", size=_about(header, first, rows))
    yield from zipped


def _about(header: list[str], first: list[Line], rows: int) -> int | None:
    """The sheet's bytes, judged by its first rows; None where it may be too large for a plain zip.

    A zip64 is read by all, but Excel may offer to repair it (XlsxWriter's documentation, `use_zip64`).
    """
    names = [cells.letters(index) for index in range(len(header))]
    sample = sum(len(line.encode()) for line in _lines(names, first, 2))
    size = sample * rows // max(len(first), 1)
    return size if size * 2 < ZIP64_LIMIT else None


def _sheet(header: list[str], first: list[Line], found: Iterator[list[Line]]) -> Iterator[bytes]:
    yield package.before(_widths(header, first)).encode()
    names = [cells.letters(index) for index in range(len(header))]
    yield _row(1, names, header, cells.HEADER).encode()
    number = 1
    for page in chain([first], found):
        yield "".join(_lines(names, page, number + 1)).encode()
        number += len(page)
    yield package.after(names[-1], number).encode()


def _lines(names: list[str], page: list[Line], number: int) -> Iterator[str]:
    for at, line in enumerate(page, start=number):
        width = len(line.cells)
        uploaded = _cells(at, names, line.cells, cells.UPLOADED)
        returned = _cells(at, names[width:], [*line.values, line.state, line.error], cells.RETURNED)
        yield f'<row r="{at}">{"".join(uploaded)}{"".join(returned)}</row>'


def _row(number: int, names: list[str], values: Iterable[object], style: str) -> str:
    return f'<row r="{number}">{"".join(_cells(number, names, values, style))}</row>'


def _cells(number: int, names: list[str], values: Iterable[object], style: str) -> Iterator[str]:
    return (cell(f"{name}{number}", value, style) for name, value in zip(names, values, strict=False))


def _widths(header: list[str], sample: list[Line]) -> list[int]:
    """Wide enough for the name and for nine of ten cells of the first rows, within limits."""
    lines = [[*line.cells, *line.values, line.state, line.error] for line in sample[:200]]
    return [
        min(max(NARROW, len(name) + 2, _usual([len(text(line[index])) for line in lines]) + 1), WIDE)
        for index, name in enumerate(header)
    ]


def _usual(lengths: list[int]) -> int:
    return sorted(lengths)[len(lengths) * 9 // 10] if lengths else 0
