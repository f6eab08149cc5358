"""What RQ runs: shells around one call each, safe to run twice. None of them has a `retry`."""

from jobs import ingest as intake_of_rows
from jobs import results, ticking
from jobs.sending import runner


def ingest(job_id: int) -> None:
    """Queue `work`: store a started job's rows."""
    intake_of_rows.ingest(job_id)


def run_lanes() -> None:
    """Queue `lanes`: one slice of sending."""
    runner.run_lanes()


def collect() -> None:
    """Queue `results`: ask Clay about runs that are due."""
    results.collect()


def tick() -> None:
    """Queue `results`: find in the database what was left undone, and see to it."""
    ticking.tick()
