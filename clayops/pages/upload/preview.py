"""The first rows of a draft's file, fifty columns at a time."""

from dataclasses import dataclass

from jobs import intake
from jobs.models import Job

AT_ONCE = 50
"""Columns that are shown beside each other."""
SHOWN = 120
WHOLE = 500
"""Characters of a cell in the table, and on hover."""


@dataclass(frozen=True)
class Column:
    """A column of the file and the inputs that take it."""

    name: str
    inputs: list[str]


@dataclass(frozen=True)
class Cell:
    text: str
    whole: str
    """The longer text where `text` is cut; else empty."""
    mapped: bool


@dataclass(frozen=True)
class Row:
    line: int
    problem: str
    cells: list[Cell]
    text: str
    """All there is of a line that cannot be read."""


@dataclass(frozen=True)
class Preview:
    """What the panel shows: columns `first` + 1 to `last` of `total`."""

    columns: list[Column]
    rows: list[Row]
    first: int
    last: int
    total: int
    problem: str

    @property
    def before(self) -> int | None:
        """Where the columns before these begin."""
        return max(self.first - AT_ONCE, 0) if self.first else None

    @property
    def after(self) -> int | None:
        return self.last if self.last < self.total else None


def read(job: Job) -> tuple[list[intake.PreviewRow], str]:
    """The first rows, or why there are none."""
    if not job.columns:
        return [], "The sheet is being taken out of the workbook. Its rows show here as soon as that is done."
    try:
        return intake.preview(job), ""
    except FileNotFoundError:
        return [], "The file is not there any more. Discard the draft and upload it again."
    except (OSError, UnicodeError, intake.Unreadable) as problem:
        return [], f"The rows cannot be shown: {problem}. Read the file differently."


def panel(job: Job, rows: list[intake.PreviewRow], problem: str, start: int) -> Preview:
    total = len(job.columns)
    first = start if 0 <= start < total else 0
    last = min(first + AT_ONCE, total)
    takers: dict[int, list[str]] = {}
    for name, index in job.mapping.items():
        if name not in job.constants:
            takers.setdefault(index, []).append(name)
    names = job.column_names
    return Preview(
        [Column(clipped(names[index], 40), takers.get(index, [])) for index in range(first, last)],
        [_row(row, range(first, last), takers) for row in rows],
        first,
        last,
        total,
        problem,
    )


def _row(row: intake.PreviewRow, shown: range, takers: dict[int, list[str]]) -> Row:
    if row.problem:
        return Row(row.line, row.problem, [], clipped(" · ".join(cell[:SHOWN] for cell in row.cells[:50])))
    width = len(row.cells)
    texts = ((row.cells[index] if index < width else "", index in takers) for index in shown)
    return Row(row.line, "", [_cell(text, mapped) for text, mapped in texts], "")


def _cell(text: str, mapped: bool) -> Cell:
    return Cell(clipped(text), clipped(text, WHOLE) if len(text) > 40 else "", mapped)


def clipped(text: str, most: int = SHOWN) -> str:
    """The beginning of a long text; NUL bytes made visible."""
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    return text.replace("\0", "␀")
