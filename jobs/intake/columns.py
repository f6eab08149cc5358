"""The columns of a draft's file, and the first guess of what goes where."""

from jobs.intake import files
from jobs.mapping.guess import guess, suggest_cleanups
from jobs.models import Job, SavedSetup, header_key
from jobs.reading import reader
from jobs.reading.format import Format

SAMPLE = 200
"""Rows that the guess looks at."""


def take(job: Job, format: Format) -> None:
    """Set the columns of the file, read as `format` says; map them where they are new. Raises `Unreadable`.

    The mapping is the one remembered for this destination and header, else a guess.
    """
    columns, first_line = reader.header(job.text_path, format)
    anew = columns != job.columns
    job.format, job.columns, job.first_line = format, columns, first_line
    if anew and not _remember(job):
        _guess(job)
    job.__dict__.pop("plan", None)


def _remember(job: Job) -> bool:
    saved = SavedSetup.objects.filter(destination=job.destination, header=header_key(job.columns)).first()
    names = set(job.destination.input_names)
    if not saved or not job.columns or not names & {*saved.mapping, *saved.constants}:
        return False
    for part in ("mapping", "constants", "cleanups"):
        setattr(job, part, {name: value for name, value in getattr(saved, part).items() if name in names})
    return True


def _guess(job: Job) -> None:
    samples = [record.cells for record in files.first_records(job, SAMPLE) if not record.problem]
    job.mapping = guess(job.destination.input_names, job.columns, samples)
    job.cleanups = suggest_cleanups(job.mapping, samples)
    job.constants = {}
