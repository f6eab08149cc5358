"""Workbooks: a sheet is taken out as text, of a large one by a worker; till then it has no columns."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from django.utils import timezone

from jobs.intake import columns
from jobs.models import FileKind, Job, JobState
from jobs.reading.text.sniff import sniff
from jobs.reading.workbooks import workbook

SMALL = 1 << 20
"""Bytes of a workbook whose sheet is taken out while a person waits for the page."""


def is_there(job: Job) -> bool:
    """Whether there is text to read: always, but for a sheet that is not taken out yet."""
    return job.kind == FileKind.TEXT or job.text_path.exists()


def take_out(job: Job, progress: Callable[[int, int], None] | None = None) -> None:
    """Write the chosen sheet as text where that is not done. Raises `Unreadable`."""
    if not is_there(job):
        workbook.extract(Path(job.file.path), job.sheet, job.text_path, progress)


def guess_columns(job: Job) -> None:
    """Guess how a sheet that is taken out is laid out; not saved. Raises `Unreadable`."""
    columns.take(job, sniff(job.text_path, job.sheet))


def take_columns(job: Job) -> None:
    """As `guess_columns`, and keep them. Raises `Unreadable`."""
    guess_columns(job)
    keep(job)


def keep(job: Job) -> bool:
    """Write down how the draft's file is read, with its mapping; False where it is no draft any more."""
    fields = [*asdict(job.format), "columns", "first_line", "mapping", "constants", "cleanups", "checked"]
    fields.append("touched_at")
    job.checked, job.touched_at = "", timezone.now()
    draft = Job.objects.filter(pk=job.pk, state=JobState.DRAFT)
    return bool(draft.update(**{field: getattr(job, field) for field in fields}))
