"""The file of a job, once more, for another job."""

import os
import shutil
from pathlib import Path
from uuid import uuid4

from jobs.models import Job, NotPossible


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
