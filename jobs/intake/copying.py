"""The file of a job, once more, for another job."""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from jobs.models import Job


def copy_of(job: "Job") -> str:
    """A name for `MEDIA_ROOT` with the same content, and the sheets that were read out of a workbook.

    The uploaded file is never written to again, so a second name for it will do where the disk has such.
    Raises `FileNotFoundError`.
    """
    original = Path(job.file.path)
    copy = original.with_stem(uuid4().hex)
    try:
        os.link(original, copy)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(original, copy)
    for sheet in original.parent.glob(f"{original.stem}.sheet-*.csv"):
        shutil.copyfile(sheet, copy.with_suffix(sheet.name.removeprefix(original.stem)))
    return str(Path(str(job.file.name)).with_name(copy.name))
