"""The uploaded file of a job on this machine's disk: its records, a copy of it, its end."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from jobs.models import Job, NotPossible
from jobs.reading import reader
from jobs.reading.reader import Record


def records(job: Job) -> Iterator[Record]:
    """The lines of data of the uploaded file, in order."""
    return reader.records(job.text_path, job.format, len(job.columns), job.first_line)


def first_records(job: Job, most: int) -> list[Record]:
    """So many of them, or fewer where they are large: this is never long."""
    return reader.sample(job.text_path, job.format, len(job.columns), job.first_line, most)


def copy_of(job: Job) -> str:
    """A name for `MEDIA_ROOT` with the same content, and the sheets that were read out of a workbook.

    The uploaded file is never written to again, so a second name for it will do where the disk has such.
    Raises `FileNotFoundError`, and `NotPossible` where the disk is full, say; then nothing is left behind.
    """
    original = Path(job.file.path)
    copy = original.with_stem(uuid4().hex)
    try:
        _copy(original, copy)
    except OSError as error:
        for part in copy.parent.glob(f"{copy.stem}.*"):
            part.unlink(missing_ok=True)
        if isinstance(error, FileNotFoundError):
            raise
        why = error.strerror or error
        raise NotPossible(f"ClayOps could not copy the file on its disk ({why}). Try again later.") from None
    return str(Path(str(job.file.name)).with_name(copy.name))


def _copy(original: Path, copy: Path) -> None:
    try:
        os.link(original, copy)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(original, copy)
    for sheet in original.parent.glob(f"{original.stem}.sheet-*.csv"):
        shutil.copyfile(sheet, copy.with_suffix(sheet.name.removeprefix(original.stem)))


def throw_away(job: Job) -> None:
    """Delete the job's file and what was made of it, as far as the disk lets us."""
    for path in files_of(job):
        with suppress(OSError):
            path.unlink()


def files_of(job: Job) -> list[Path]:
    """The job's file and what was made of it."""
    if not job.file:
        return []
    path = Path(job.file.path)
    return list(path.parent.glob(f"{path.stem}.*"))
