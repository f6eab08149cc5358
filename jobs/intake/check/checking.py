"""The check of a draft: the whole file is read once, and what is found is shown before Start."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError

from clayops.base import queues, redis
from jobs.intake import sheets
from jobs.intake.check import findings
from jobs.intake.check.findings import Writer
from jobs.intake.check.scan import Found, Scan
from jobs.models import Job, JobState, Row
from jobs.reading.format import Unreadable

logger = logging.getLogger(__name__)

SMALL = 400_000
"""Bytes of text that are checked while a person waits for the page."""
STORED_SOON = 2_000_000
"""Bytes of text whose rows are stored within seconds, some ten thousand."""
SERVED = "clayops:checked-for"
"""By person: when a worker last began to check a draft of theirs."""
FRESH = timedelta(minutes=15)
LEASE_SECONDS = 15
BEAT_SECONDS = 0.5
SAMPLE = 1 << 20
DISK = "ClayOps could not read or write its own disk ({}). It tries again by itself; tell whoever runs it."


class Overtaken(Exception):
    """The draft was changed, started or deleted while it was being checked."""


def check_soon(job: Job, *, wait: bool = False) -> None:
    """See that the draft is checked: now where the file is small (or `wait`), else by a worker."""
    if job.is_checked and findings.are_there(job):
        return
    if wait or _text_bytes(job) <= SMALL:
        _check_now(job)
        return
    queues.soon("long", "jobs.tasks.check", job.pk)


def _check_now(job: Job) -> None:
    """Check while a person waits. A disk in trouble is a sentence, and the tick goes on with the check."""
    try:
        check(job)
    except OSError as problem:
        logger.exception("job %s: it cannot be checked", job.pk)
        job.check_error = DISK.format(problem.strerror or problem)
        Job.objects.filter(pk=job.pk, state=JobState.DRAFT).update(check_error=job.check_error, checked="")


def look_again(job: Job) -> None:
    """Check a draft anew that was checked long ago: other jobs may have its rows by now."""
    if not job.is_checked or not job.checked_at or timezone.now() - job.checked_at < FRESH:
        return
    others = Row.objects.filter(job__destination=job.destination_id).exclude(job=job.pk)
    if others.exists():
        Job.objects.filter(pk=job.pk, state=JobState.DRAFT, checked=job.checked).update(checked="")
        job.checked = ""
        check_soon(job)


def _text_bytes(job: Job) -> int:
    """How large the text is that a check reads (of a sheet not taken out yet: about)."""
    with suppress(OSError):
        return job.text_path.stat().st_size
    return job.size * 10


def undone() -> list[Job]:
    """Drafts that have to be checked, the oldest first."""
    drafts = Job.objects.shown().filter(state=JobState.DRAFT).defer("findings", "unreadable")
    drafts = drafts.select_related("destination").order_by("pk")
    return [draft for draft in drafts if draft.checked != draft.check_key]


def is_long(job: Job) -> bool:
    """Whether storing its rows takes so long that others should not wait for it."""
    return _text_bytes(job) > STORED_SOON


def check_by_worker(job_id: int) -> None:
    """Check this draft, or the one whose turn it is: of whom nobody has been waited on for longest.

    Each message has one draft checked, so that all are in the end. Under a lease: twice at once is once, and
    a crash is made good by the tick. Raises `OSError` where the disk is in trouble: the tick tries again.
    """
    job_id = _whose_turn(job_id)
    with redis.lease(lease_name(job_id), LEASE_SECONDS) as mine:
        drafts = Job.objects.select_related("destination").filter(pk=job_id, state=JobState.DRAFT)
        job = drafts.first() if mine else None
        if job and not (job.is_checked and findings.are_there(job)):
            check(job)


def _whose_turn(job_id: int) -> int:
    """A draft of the person who was served longest ago: the one that is meant, where it is theirs."""
    waiting = [(draft.created_by_id or 0, draft.pk) for draft in undone()]
    people = list(dict.fromkeys(person for person, _ in waiting))
    if not people:
        return job_id
    times = redis.client().hmget(SERVED, [str(person) for person in people])
    person = min(zip(people, times, strict=True), key=lambda each: float(str(each[1] or 0)))[0]
    redis.client().hset(SERVED, str(person), str(time.time()))
    theirs = [pk for of, pk in waiting if of == person]
    return job_id if job_id in theirs else theirs[0]


def lease_name(job_id: int) -> str:
    return f"clayops:lease:check:{job_id}"


def check(job: Job) -> None:
    """Read the whole file once and keep what there is to know, here and in the database.

    Where the draft, or what its destination takes, is changed meanwhile it begins again; where it is started
    or deleted, nothing is kept. A job that is started already keeps what it knew where its file cannot be
    read now: then that is raised. So is an `OSError` that says nothing about the file.
    """
    while True:
        try:
            _check_once(job)
        except Overtaken:
            if not _read_anew(job):
                return
        else:
            return
        finally:
            _forget_progress(job)


def _read_anew(job: Job) -> bool:
    """Take over what the draft is now; False where it is gone, or no draft any more."""
    state = job.state
    for cached in ("plan", "counts"):
        job.__dict__.pop(cached, None)
    try:
        job.refresh_from_db()
    except Job.DoesNotExist:
        return False
    return job.state == state


def _check_once(job: Job) -> None:
    key, began = job.check_key, timezone.now()
    try:
        beat = _Beat(job, key)
        _take_sheet_out(job, beat)
        with Writer(job, key, began) as writer:
            scan = Scan(job, writer, beat.at_line)
            scan.run()
            _keep(job, key, began, scan.found, writer.publish)
    except (Unreadable, UnicodeDecodeError, OSError) as problem:
        if job.state != JobState.DRAFT or not _is_about_the_file(job, problem):
            raise
        _keep(job, key, began, Found(check_error=_sentence(problem)), lambda: None)


def _is_about_the_file(job: Job, problem: Exception) -> bool:
    """Whether the file is to blame, and will be tomorrow; a full disk, say, passes."""
    if isinstance(problem, OSError):
        return isinstance(problem, FileNotFoundError) and not Path(job.file.path).exists()
    return True


def _sentence(problem: Exception) -> str:
    if isinstance(problem, OSError):
        return "The uploaded file is gone. Upload it again."
    if isinstance(problem, UnicodeDecodeError):
        return f"The file is not written in {problem.encoding}. Choose another encoding."
    return str(problem)[:500]


def _keep(job: Job, key: str, began: datetime, found: Found, publish: Callable[[], None]) -> None:
    """Write down what was found, unless the draft is another than when the pass began: then `Overtaken`.

    `check_key` asks the destination, which is read anew with the draft.
    """
    with transaction.atomic():
        now = Job.objects.locked().filter(pk=job.pk).first()
        if now is None or now.state != job.state or now.check_key != key:
            raise Overtaken
        fields = {**asdict(found), "checked": key, "checked_at": began}
        Job.objects.filter(pk=job.pk).update(**fields)
        publish()
    for name, value in fields.items():
        setattr(job, name, value)


def _take_sheet_out(job: Job, beat: "_Beat") -> None:
    """Of a workbook, write the chosen sheet as text, and find its columns, where that is not done yet."""
    if not sheets.is_there(job):
        sheets.take_out(job, beat.at_row)
        beat.done = 0.5
    if not job.columns and job.state == JobState.DRAFT:
        sheets.take_columns(job)
        raise Overtaken


# -- progress -----------------------------------------------------------------------------------------


class _Beat:
    """Twice a second: says how far the pass is, and looks whether it is still wanted."""

    def __init__(self, job: Job, key: str) -> None:
        self._job, self._key = job, key
        self._next = time.monotonic() + BEAT_SECONDS
        self._lines = 0
        self.done = 0.0
        """The share of the work that was done before the lines were read."""

    def at_row(self, row: int, rows: int) -> None:
        """So much of a sheet is taken out: the first half of the work."""
        if time.monotonic() >= self._next:
            self._beat(row / max(rows, 1) / 2)

    def at_line(self, line: int) -> None:
        """So much of the text is read."""
        if time.monotonic() >= self._next:
            self._lines = self._lines or _about_lines(self._job)
            self._beat(self.done + (1 - self.done) * line / self._lines)

    def _beat(self, share: float) -> None:
        self._next = time.monotonic() + BEAT_SECONDS
        _tell_progress(self._job, share)
        now = Job.objects.filter(pk=self._job.pk).first()
        if now is None or now.state != self._job.state or now.check_key != self._key:
            raise Overtaken


def _about_lines(job: Job) -> int:
    """How many lines the file has, judged by its beginning."""
    with job.text_path.open("rb") as file:
        sample = file.read(SAMPLE)
    breaks = max(sample.count(b"\n"), sample.count(b"\r"), 1)
    return max(1, breaks * job.text_path.stat().st_size // max(len(sample), 1))


def progress(job: Job) -> float | None:
    """How much of the file is checked, 0 to 1; None where nobody is checking it (yet, or any more)."""
    with suppress(RedisError):
        told = redis.quick().get(_progress_name(job))
        return float(str(told)) if told else None
    return None


def _progress_name(job: Job) -> str:
    return f"clayops:checking:{job.pk}"


def _tell_progress(job: Job, share: float) -> None:
    with suppress(RedisError):
        redis.client().set(_progress_name(job), f"{min(max(share, 0.0), 0.99):.3f}", ex=LEASE_SECONDS)


def _forget_progress(job: Job) -> None:
    with suppress(RedisError):
        redis.client().delete(_progress_name(job))
