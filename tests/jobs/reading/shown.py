"""What is read, in one line of text that a table of cases can hold."""

from pathlib import Path

from jobs.reading import reader
from jobs.reading.format import Format, Unreadable
from jobs.reading.reader import Record
from jobs.reading.text.sniff import sniff

Table = tuple[list[str], list[Record]]


def table(path: Path, format: Format | None = None) -> Table:
    """The columns and the records of a file, sniffed where no format is given."""
    format = format or sniff(path)
    columns, start = reader.header(path, format)
    return columns, list(reader.records(path, format, len(columns), start))


def shown(path: Path, format: Format | None = None) -> str:
    """`a|b / 2 Ana|Rome / 3! why not`, or the sentence that refuses the file. A line break in a cell is ⏎."""
    try:
        columns, records = table(path, format)
    except Unreadable as refusal:
        return f"No: {refusal}"
    lines = [f"{r.line}! {r.problem}" if r.problem else f"{r.line} {'|'.join(r.cells)}" for r in records]
    text = " / ".join(["|".join(columns), *lines])
    return text.replace("\r\n", "⏎").replace("\n", "⏎").replace("\r", "⏎")
