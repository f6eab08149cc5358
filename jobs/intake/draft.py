"""The draft job of an upload."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.db.models import QuerySet

from jobs.intake import columns, files, sheets
from jobs.intake.check import checking
from jobs.intake.check.findings import clean
from jobs.intake.decisions import decide
from jobs.models import Destination, FileKind, Job, JobState
from jobs.reading.format import Format, Unreadable, verify
from jobs.reading.kinds import kind_of
from jobs.reading.text.sniff import sniff
from jobs.reading.workbooks import workbook

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_DRAFTS = 50
"""Of one person at a time: each keeps a file and a check."""


@dataclass(frozen=True)
class PreviewRow:
    """One line as the upload page shows it."""

    line: int
    cells: list[str]
    problem: str


def read_path(path: Path, destination: Destination, by: "User | None" = None) -> Job:
    """As `read_upload`, for a file on this machine's disk; checked when it returns, however large."""
    try:
        with path.open("rb") as file:
            return read_upload(File(file, name=path.name), path.name, destination, by, wait=True)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None


def read_upload(
    file: "File[bytes]",
    name: str,
    destination: Destination,
    by: "User | None" = None,
    *,
    wait: bool = False,
) -> Job:
    """Store the file, sniff, guess the mapping, save a draft, and check it: at once, or soon if it is large.

    Raises `Unreadable` with a sentence for people; then nothing is kept.
    """
    if file.size > settings.MAX_UPLOAD_BYTES:
        raise Unreadable(
            f"The file has {file.size / 2**20:,.0f} MB; the limit is "
            f"{settings.MAX_UPLOAD_BYTES // 2**20} MB. Split it and upload the parts."
        )
    if by and Job.objects.shown().filter(state=JobState.DRAFT, created_by=by).count() >= MOST_DRAFTS:
        raise Unreadable(
            f"You have {MOST_DRAFTS} drafts already. Start or discard some, then upload this one."
        )
    name = clean(PurePath(name.replace("\\", "/").replace("\0", "")).name)[:255] or "upload.csv"
    job = Job(name=name, file_name=name, destination=destination, created_by=by, size=file.size)
    job.file.save(f"{uuid4().hex}.csv", file, save=False)
    try:
        job.sha256 = _digest(Path(job.file.path))
        _look_into(job, wait)
        job.save()
        job.note("uploaded", f"Uploaded {name}", by)
        checking.check_soon(job, wait=wait)
        if job.check_error:
            raise Unreadable(job.check_error)
    except BaseException:
        Job.objects.filter(pk=job.pk).delete()
        files.throw_away(job)
        raise
    return job


def _look_into(job: Job, wait: bool) -> None:
    """What kind of file it is, how it is read, and its columns; of a large workbook only its sheets."""
    path = Path(job.file.path)
    job.kind = FileKind(kind_of(path))
    if job.kind == FileKind.TEXT:
        columns.take(job, sniff(path))
        return
    job.sheets = workbook.sheets(path)
    job.sheet = job.sheets[0]
    if wait or job.size <= sheets.SMALL:
        sheets.take_out(job)
        sheets.guess_columns(job)


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def read_again(job: Job, format: Format) -> None:
    """Read a draft's file in another way, as its user says. Raises `Unreadable`: then nothing changes."""
    verify(format)
    if format.sheet != job.sheet:
        _take_sheet(job, format.sheet)
    else:
        columns.take(job, format)
    if sheets.keep(job):
        checking.check_soon(job)


def guess_again(job: Job) -> None:
    """Read a draft's file as it was first guessed. Raises `Unreadable`."""
    read_again(job, sniff(job.text_path, job.sheet))


def _take_sheet(job: Job, sheet: str) -> None:
    """Another sheet: its layout is guessed anew; of a large workbook a worker takes it out first."""
    if sheet not in job.sheets:
        raise Unreadable(workbook.NO_SHEET.format(sheet))
    before, job.sheet = job.sheet, sheet
    try:
        if sheets.is_there(job) or job.size <= sheets.SMALL:
            sheets.take_out(job)
            sheets.guess_columns(job)
        else:
            job.columns, job.mapping, job.constants, job.cleanups = [], {}, {}, {}
    except Unreadable:
        job.sheet = before
        raise


def same_file(job: Job) -> QuerySet[Job]:
    """Other jobs of the same bytes, the newest first."""
    alike = Job.objects.shown().filter(sha256=job.sha256).exclude(pk=job.pk)
    return alike.order_by("-pk") if job.sha256 else alike.none()


def set_up(job: Job, **decisions: Any) -> None:
    """Change decisions of a draft and check it again. Raises `NotPossible`."""
    decide(job, **decisions)
    checking.check_soon(job)


def preview(job: Job, rows: int = 20) -> list[PreviewRow]:
    """The first rows of the file, as they will be read."""
    width = len(job.columns)
    return [
        PreviewRow(each.line, each.cells[:width], each.problem) for each in files.first_records(job, rows)
    ]
