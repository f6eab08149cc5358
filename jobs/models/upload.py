"""The uploaded file of a job, and how it is read."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import models

from jobs.reading.format import Format

if TYPE_CHECKING:
    from jobs.reading.reader import Record


class FileKind(models.TextChoices):
    TEXT = "text", "CSV"
    XLSX = "xlsx", "Excel workbook"
    ODS = "ods", "OpenDocument sheet"


class Upload(models.Model):
    """What a job knows of its file."""

    file = models.FileField(max_length=300)
    file_name = models.CharField(max_length=255, blank=True)
    """What the file was called when it came; the job's own name may be changed."""
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    """Of the file's bytes: the same file uploaded before is found by it."""
    kind = models.CharField(max_length=10, choices=FileKind.choices, default=FileKind.TEXT)
    sheets = models.JSONField(default=list)
    """Names of a workbook's sheets; empty for text."""

    # The parts of `Format`, one field each.
    encoding = models.CharField(max_length=40, default="utf-8")
    delimiter = models.CharField(max_length=1, default=",")
    quote = models.CharField(max_length=1, default='"', blank=True)
    escape = models.CharField(max_length=1, default="", blank=True)
    header = models.BooleanField(default=True)
    skip = models.PositiveIntegerField(default=0)
    sheet = models.CharField(max_length=255, blank=True)

    first_line = models.PositiveIntegerField(default=2)
    """The line of the file on which the data begins."""
    columns = models.JSONField(default=list)
    """The header's cells, in the order of the file."""
    row_count = models.PositiveIntegerField(default=0)
    """Lines of data in the file: read + unreadable."""
    unreadable_count = models.PositiveIntegerField(default=0)
    unreadable = models.JSONField(default=list)
    """The first 200 lines that could not be read: `[{"line": 7, "reason": "…", "text": "…"}]`."""

    class Meta:
        abstract = True

    @property
    def format(self) -> Format:
        return Format(**{name: getattr(self, name) for name in asdict(Format())})

    @format.setter
    def format(self, format: Format) -> None:
        for name, value in asdict(format).items():
            setattr(self, name, value)

    @property
    def column_names(self) -> list[str]:
        """The columns as people see them: one without a name is called by its place."""
        return [name or f"Column {place}" for place, name in enumerate(self.columns, start=1)]

    @property
    def text_path(self) -> Path:
        """The file as text with columns; of a workbook, the chosen sheet as CSV (UTF-8)."""
        path = Path(self.file.path)
        if self.kind == FileKind.TEXT:
            return path
        place = self.sheets.index(self.sheet) if self.sheet in self.sheets else 0
        return path.with_suffix(f".sheet-{place}.csv")

    @property
    def findings_path(self) -> Path:
        """What the check found, a line for each row that has something (see `jobs.intake.check.findings`)."""
        return Path(self.file.path).with_suffix(".findings")

    def records(self) -> "Iterator[Record]":
        """The lines of data of the uploaded file, in order."""
        from jobs.reading import reader

        return reader.records(self.text_path, self.format, len(self.columns), self.first_line)

    def first_records(self, most: int) -> "list[Record]":
        """So many of them, or fewer where they are large: this is never long."""
        from jobs.reading import reader

        return reader.sample(self.text_path, self.format, len(self.columns), self.first_line, most)
