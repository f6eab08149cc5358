"""Workbooks (.xlsx, .ods): their sheets, and one sheet as text with columns.

A row of the sheet becomes one record of the text, also where it is blank, and also where a cell has line
breaks: they stay in its quotes. So the n-th *record* of the text is the n-th row of the sheet, and a reader
told by `Format.sheet` counts records, not lines: the number shown is the one the user sees beside the row.
"""

from pathlib import Path
from uuid import uuid4

from jobs.reading.workbooks import separate_process
from jobs.reading.workbooks.separate_process import Progress

LISTING = 60
"""Seconds to open a workbook and name its sheets: a person waits."""
EXTRACTING = 300
NO_SHEET = "The workbook has no sheet “{}”. Choose one of its sheets."


def sheets(path: Path) -> list[str]:
    """The names of the sheets that have cells, as the workbook orders them; hidden ones last.

    Raises `Unreadable` and `OSError`.
    """
    return [str(name) for name in separate_process.ask({"path": str(path.absolute())}, LISTING)]


def extract(path: Path, sheet: str, target: Path, progress: Progress | None = None) -> None:
    """Write `sheet` to `target` as CSV: UTF-8, commas, doubled quotes, LF, a record for each row.

    `progress` gets rows written and rows in all, at least twice a second: (0, 0) while nothing is known yet.
    What it raises ends the work. Nothing is at `target` unless all of it is. Raises `Unreadable`, `OSError`.
    """
    part = target.with_name(f"{target.name}.{uuid4().hex}.part")
    request = {"path": str(path.absolute()), "sheet": sheet, "target": str(part.absolute())}
    try:
        separate_process.ask(request, EXTRACTING, progress)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
