"""The check of a draft: the whole file is read once, and what is found is shown before Start."""

from collections import Counter

from django.utils import timezone

from jobs.models import Finding, Job, JobState
from jobs.reading.format import Unreadable

LISTED = 200
"""How many unreadable lines a job lists with their reason (all are counted)."""
MAX_ROWS = 1_000_000


def check_soon(job: Job, *, wait: bool = False) -> None:
    """See that the draft is checked: now where the file is small (or `wait`), else by a worker."""
    if not job.is_checked:
        check(job)


def check(job: Job) -> None:
    """Read the whole file once and keep what there is to know."""
    job.checked, job.check_error = job.check_key, ""
    try:
        _scan(job)
    except (Unreadable, UnicodeDecodeError) as problem:
        job.check_error = str(problem)[:500]
    job.checked_at = timezone.now()
    fields = ["checked", "checked_at", "check_error", "findings", "finding_masks"]
    fields += ["row_count", "unreadable_count", "unreadable"]
    mine = Job.objects.filter(pk=job.pk, state=JobState.DRAFT)
    mine.update(**{field: getattr(job, field) for field in fields})


def _scan(job: Job) -> None:
    job.row_count = job.unreadable_count = 0
    job.unreadable, job.findings = [], {}
    masks: Counter[int] = Counter()
    for record in job.records():
        job.row_count += 1
        if job.row_count > MAX_ROWS:
            raise Unreadable(f"The file has more than {MAX_ROWS:,} rows. Split it and upload the parts.")
        if record.problem:
            job.unreadable_count += 1
            masks[Finding.UNREADABLE.bit] += 1
            if len(job.unreadable) < LISTED:
                text = job.delimiter.join(record.cells).replace("\0", "␀")[:500]
                job.unreadable.append({"line": record.line, "reason": record.problem, "text": text})
    if not job.row_count:
        raise Unreadable("The file has a header line but no row below it.")
    if job.unreadable_count:
        job.findings = {Finding.UNREADABLE.value: {"count": job.unreadable_count, "examples": []}}
    job.finding_masks = {str(mask): rows for mask, rows in masks.items()}
