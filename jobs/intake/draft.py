"""The draft job of an upload."""

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.db import transaction

from jobs.intake.mapping import guess
from jobs.models import Destination, Job
from jobs.reading import reader
from jobs.reading.sniff import Dialect, Unreadable, sniff

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LISTED = 200
"""How many unreadable lines a job lists with their reason (all are counted)."""
MAX_ROWS = 1_000_000


@dataclass(frozen=True)
class PreviewRow:
    """One line as the upload page shows it."""

    line: int
    cells: list[str]
    problem: str


def read_path(path: Path, destination: Destination, by: "User | None" = None) -> Job:
    """As `read_upload`, for a file on this machine's disk."""
    try:
        with path.open("rb") as file:
            return read_upload(File(file, name=path.name), path.name, destination, by)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None


def read_upload(file: "File[bytes]", name: str, destination: Destination, by: "User | None" = None) -> Job:
    """Store, sniff, check and count the file, guess the mapping, and save a draft.

    Raises `Unreadable` with a sentence for people; then nothing is kept.
    """
    if file.size > settings.MAX_UPLOAD_BYTES:
        raise Unreadable(
            f"The file has {file.size / 2**20:,.0f} MB; the limit is "
            f"{settings.MAX_UPLOAD_BYTES // 2**20} MB. Split it and upload the parts."
        )
    name = PurePath(name.replace("\\", "/").replace("\0", "")).name[:255] or "upload.csv"
    job = Job(name=name, destination=destination, created_by=by, size=file.size)
    job.file.save(f"{uuid4().hex}.csv", file, save=False)
    try:
        check(job)
        with transaction.atomic():
            job.save()
            job.note("uploaded", f"Uploaded {name}: {job.row_count:,} rows", by)
    except BaseException:
        job.file.delete(save=False)
        raise
    return job


def check(job: Job) -> None:
    """Read the whole file once and set on `job` what there is to know. Raises `Unreadable`."""
    path = Path(job.file.path)
    dialect = sniff(path)
    job.encoding, job.delimiter = dialect.encoding, dialect.delimiter
    try:
        job.columns, job.first_line = reader.header(path, dialect)
        job.has_nul = dialect.has_nul
        _count(job, path, dialect)
    except UnicodeDecodeError:
        raise Unreadable(f"The file is not {dialect.encoding} throughout. Save it as CSV (UTF-8).") from None
    if not job.row_count:
        raise Unreadable("The file has a header line but no row below it.")
    job.mapping = guess(job.destination.input_names, job.columns)


def _count(job: Job, path: Path, dialect: Dialect) -> None:
    for record in reader.records(path, dialect, len(job.columns), job.first_line):
        job.row_count += 1
        if job.row_count > MAX_ROWS:
            raise Unreadable(f"The file has more than {MAX_ROWS:,} rows. Split it and upload the parts.")
        if record.problem:
            job.unreadable_count += 1
            if len(job.unreadable) < LISTED:
                text = dialect.delimiter.join(record.cells).replace("\0", "␀")[:500]
                job.unreadable.append({"line": record.line, "reason": record.problem, "text": text})


def preview(job: Job, rows: int = 20) -> list[PreviewRow]:
    """The first rows of the file, as they will be read."""
    shown: list[PreviewRow] = []
    for record in job.records():
        shown.append(PreviewRow(record.line, record.cells[: len(job.columns)], record.problem))
        if len(shown) == rows:
            break
    return shown
