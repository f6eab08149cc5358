"""Workbooks (.xlsx, .ods): their sheets, and one sheet as text with columns.

A row of the sheet becomes one record of the text, also where it is blank, and also where a cell has line
breaks: they stay in its quotes. So the n-th *record* of the text is the n-th row of the sheet, and a reader
told by `Format.sheet` counts records, not lines: the number shown is the one the user sees beside the row.
"""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import python_calamine as calamine

from jobs.reading import sheet_xml
from jobs.reading.format import Unreadable

Value = int | float | str | bool | time | date | datetime | timedelta
Progress = Callable[[int, int], None]

STEP = 5000
"""Rows between two reports of progress."""
EMPTY_SHEET = "The sheet “{}” is empty. Choose another sheet, or fill it and upload the workbook again."
NO_SHEET = "The workbook has no sheet “{}”. Choose one of its sheets."
NO_SHEETS = "The workbook has no sheet with cells. Save the sheet as CSV (UTF-8) and upload that."
LOCKED = "This workbook has a password. Save it without one and upload that."
DAMAGED = "This workbook cannot be opened: it is damaged. Save it again, or save the sheet as CSV (UTF-8)."


def sheets(path: Path) -> list[str]:
    """The names of the sheets that have cells, as the workbook orders them; hidden ones last."""
    with _opened(path) as book:
        return _names(book)


def extract(path: Path, sheet: str, target: Path, progress: Progress | None = None) -> None:
    """Write `sheet` to `target` as CSV: UTF-8, commas, doubled quotes, LF, a record for each row.

    `progress` gets rows written and rows in all. Nothing is at `target` unless all of it is. Raises
    `Unreadable`.
    """
    with _opened(path) as book:
        if sheet not in _names(book):
            raise Unreadable(NO_SHEET.format(sheet))
        errors = sheet_xml.errors(path, sheet)
        page = book.get_sheet_by_name(sheet)
        width = _width(page)
        if not width and not errors:
            raise Unreadable(EMPTY_SHEET.format(sheet))
        part = target.with_name(f"{target.name}.{uuid4().hex}.part")
        try:
            _write(page, width, errors, part, progress)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path) -> Iterator[calamine.CalamineWorkbook]:
    try:
        with path.open("rb") as file, calamine.load_workbook(file) as book:
            yield book
    except calamine.PasswordError:
        raise Unreadable(LOCKED) from None
    except calamine.CalamineError:
        raise Unreadable(DAMAGED) from None
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # calamine's own bug: not an Exception, and not ours
            raise Unreadable(DAMAGED) from None
        raise


def _names(book: calamine.CalamineWorkbook) -> list[str]:
    pages = [page for page in book.sheets_metadata if page.typ == calamine.SheetTypeEnum.WorkSheet]
    pages.sort(key=lambda page: page.visible != calamine.SheetVisibleEnum.Visible)
    if not pages:
        raise Unreadable(NO_SHEETS)
    return [page.name for page in pages]


def _width(page: calamine.CalamineSheet) -> int:
    """How many columns hold something; a sheet claims more where cells were only coloured."""
    width = 0
    for row in page.iter_rows():
        while len(row) > width:
            if row[-1] != "":
                width = len(row)
            else:
                row.pop()
    return width


def _write(
    page: calamine.CalamineSheet,
    width: int,
    errors: dict[tuple[int, int], str],
    target: Path,
    progress: Progress | None,
) -> None:
    left = page.start[1] if page.start else 0
    rows = page.end[0] + 1 if page.end else 0
    with target.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for number, row in enumerate(page.iter_rows()):
            cells = [_text(value) if value != "" else "" for value in row[:width]]
            if errors:
                cells = [cell or errors.get((number, left + place), "") for place, cell in enumerate(cells)]
            writer.writerow(cells)
            if progress and number % STEP == STEP - 1:
                progress(number + 1, rows)
    if progress:
        progress(rows, rows)


def _text(value: Value) -> str:
    """What a cell holds, as a person would type it: 17, 0.5, 2026-08-14, TRUE."""
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return _number(value)
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case _:
            return value.isoformat()


def _number(value: float) -> str:
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return str(int(value))
    return f"{Decimal(repr(value)):f}" if abs(value) < 1e30 else repr(value)
