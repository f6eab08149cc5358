"""What RQ runs: shells around one call each, safe to run twice. None of them has a `retry`."""

from django.utils import timezone

from jobs import notifying, steering
from jobs.intake import erasure
from jobs.intake.check import checking
from jobs.intake.rows import ingest as intake_of_rows
from jobs.results import cells, polling
from jobs.review.bulk import actions
from jobs.sending import runner
from jobs.upkeep import audit_runs
from jobs.upkeep import tick as ticking


def check(job_id: int) -> None:
    """Queue `long`: read a draft's file through and keep what is found."""
    checking.check_by_worker(job_id)


def ingest(job_id: int) -> None:
    """Queue `work`, or `long` where it is large: store a started job's rows."""
    intake_of_rows.ingest(job_id)


def erase(job_id: int) -> None:
    """Queue `long`: throw a deleted job's rows and file away."""
    erasure.erase(job_id)


def run_lanes() -> None:
    """Queue `lanes`: one slice of sending."""
    runner.run_lanes()


def collect() -> None:
    """Queue `results`: ask Clay about runs that are due."""
    polling.collect()


def look_at_cells() -> None:
    """Queue `work`: see what table cells tell about providers."""
    cells.collect()


def audit() -> None:
    """Queue `long`: look whether every row and every credit is accounted for."""
    audit_runs.run_by_worker()


def tick() -> None:
    """Queue `results`: find in the database what was left undone, and see to it."""
    ticking.tick()


def review(bulk_id: int) -> None:
    """Queue `work`: go on with what somebody confirmed for many dead letters."""
    actions.run(bulk_id)


def notify() -> None:
    """Queue `work`: send what people are to be told of alerts."""
    notifying.send_due()


def expire_drafts() -> None:
    """Queue `long`: throw away drafts that nobody touched for a month."""
    steering.jobs.expire_drafts(timezone.now())
