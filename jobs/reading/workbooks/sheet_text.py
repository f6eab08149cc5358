"""One sheet of a workbook as text. Runs in a process of its own (see `apart`), and knows no Django."""

import csv
import errno
import json
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import python_calamine as calamine

from jobs.reading.format import Unreadable
from jobs.reading.workbooks import ods_xml, xlsx_xml
from jobs.reading.workbooks.workbook import NO_SHEET

Value = int | float | str | bool | time | date | datetime | timedelta

STEP = 5000
"""Rows between two reports of progress."""
EMPTY_SHEET = "The sheet “{}” is empty. Choose another sheet, or fill it and upload the workbook again."
NO_SHEETS = "The workbook has no sheet with cells. Save the sheet as CSV (UTF-8) and upload that."
LOCKED = "This workbook has a password. Save it without one and upload that."
DAMAGED = "This workbook cannot be opened: it is damaged. Save it again, or save the sheet as CSV (UTF-8)."


def main() -> None:
    """Answer the request on stdin."""
    request = json.load(sys.stdin)
    _limit(request["memory"], request["seconds"])
    try:
        _say(result=_result(**request))
    except Unreadable as refusal:
        _say(unreadable=str(refusal))
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise
        _say(os_error=[error.errno, error.strerror, error.filename])


def _limit(memory: int, seconds: int) -> None:
    """So much memory, and no more work than somebody waits for, should nobody end this process."""
    for name, limit in (("RLIMIT_AS", memory), ("RLIMIT_CPU", seconds), ("RLIMIT_CORE", 0)):
        with suppress(ValueError, OSError):  # where the system has no such limit, or a lower one
            resource.setrlimit(getattr(resource, name), (limit, limit))


def _say(**said: Any) -> None:
    print(json.dumps(said), flush=True)


def _result(path: str, sheet: str = "", target: str = "", **_: int) -> list[str]:
    ods_xml.verify_size(Path(path))
    with _opened(Path(path)) as book:
        if target:
            _extract(book, Path(path), sheet, Path(target))
        return _names(book)


def _extract(book: calamine.CalamineWorkbook, path: Path, sheet: str, target: Path) -> None:
    if sheet not in _names(book):
        raise Unreadable(NO_SHEET.format(sheet))
    errors = xlsx_xml.errors(path, sheet)
    page = book.get_sheet_by_name(sheet)
    width = _width(page)
    if not width and not errors:
        raise Unreadable(EMPTY_SHEET.format(sheet))
    _write(page, width, errors, target)


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
    page: calamine.CalamineSheet, width: int, errors: dict[tuple[int, int], str], target: Path
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
            if number % STEP == STEP - 1:
                _say(progress=[number + 1, rows])
    _say(progress=[rows, rows])


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


if __name__ == "__main__":
    main()
