"""Small steps that many tests share: people in a CSV, a destination, a job on its way."""

import io
import math
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.core.files.base import ContentFile
from django.db import connections
from django.utils import timezone

from budget.credits import set_limit
from jobs import intake, steering
from jobs.intake.rows import ingest
from jobs.models import (
    Batch,
    Cause,
    Charge,
    DeadLetter,
    Destination,
    EventKind,
    Job,
    Outcome,
    Proof,
    Row,
    RowState,
    RunState,
    Submission,
)
from jobs.results import polling
from jobs.sending import completion, outcomes, workspace
from jobs.sending.lane import Lane
from providers.waterfall import dumped, of_names

LEASE = "lease-of-this-test"


def csv_of(count: int) -> str:
    """A CSV of made-up people."""
    lines = [f"Ana {n},ana{n}@north{n}.test,north{n}.test" for n in range(1, count + 1)]
    return "\n".join(["name,email,domain", *lines]) + "\n"


def workbook(**sheets: Sequence[Sequence[object]]) -> bytes:
    """An .xlsx with these sheets, row by row."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                page.write_row(number, 0, cells)
    return out.getvalue()


def a_destination(name: str = "People", **changes: Any) -> Destination:
    """A routine with one required and one optional input, without any pause; `waterfall` has names."""
    fields: dict[str, Any] = {
        "name": name,
        "routine_id": "function:t_people",
        "inputs": [{"name": "email", "required": True}, {"name": "domain", "required": False}],
        "pause_seconds": 0.0,
        "routine_since": timezone.now() - timedelta(days=1000),
    }
    limit = changes.pop("daily_limit", None)
    if names := changes.pop("waterfall", None):
        fields["waterfall"] = dumped(of_names(names))
    destination = Destination.objects.create(**(fields | changes))
    if limit is not None:
        set_limit(Decimal(limit), None, scope=destination.scope)
    return destination


def draft(destination: Destination, text: str | bytes = "", name: str = "leads.csv") -> Job:
    """A draft job from the text of a CSV (three people where none is given)."""
    raw = text.encode() if isinstance(text, str) else text
    return intake.read_upload(ContentFile(raw or csv_of(3).encode(), name=name), name, destination)


def running(destination: Destination, text: str | bytes = "", name: str = "leads.csv") -> Job:
    """A started job whose rows are in the database."""
    job = draft(destination, text, name)
    steering.jobs.start(job)
    ingest.ingest(job.pk)
    return fresh(job)


def fresh(job: Job) -> Job:
    """The job as the database has it now."""
    return Job.objects.select_related("destination").get(pk=job.pk)


def step(destination: Destination, lease: str = LEASE) -> float | None:
    """One step of the destination's lane."""
    return Lane(destination.pk, lease).step()


def send(destination: Destination, seconds: float = 20) -> None:
    """Step the lane until it has nothing to do, as a runner that just got the lease would."""
    outcomes.clear_up(destination.pk, LEASE)
    until = time.monotonic() + seconds
    while (wait := step(destination)) is not None:
        assert time.monotonic() < until, "the lane does not come to rest"
        time.sleep(min(wait, 0.2))


def bring_home(seconds: float = 20) -> None:
    """Ask for results until no run is out."""
    until = time.monotonic() + seconds
    while Submission.objects.out().exists():
        assert time.monotonic() < until, "runs stay out"
        ask()


def ask(times: int = 1) -> None:
    """Ask about every run that has no result yet, as if it were due."""
    for _ in range(times):
        time.sleep(0.05)
        Submission.objects.exclude(run_id="").update(next_poll_at=timezone.now())
        if not workspace.seconds_to_wait():
            polling.poll_due(math.inf)  # however slow this machine is: each is asked about


def states(job: Job) -> dict[str, int]:
    """Rows by state, without the states that no row is in."""
    return {state.value: count for state, count in fresh(job).counts.items() if count}


def row(job: Job, number: int) -> Row:
    return job.rows.get(number=number)


def a_letter(
    job: Job,
    numbers: Sequence[int] = (),
    cause: str = "Clay answered 400: no such person",
    charge: Charge = Charge.NO,
    **fields: Any,
) -> DeadLetter:
    """A dead letter with these rows of the job (all that are not in one, where none is named)."""
    rows = job.rows.filter(number__in=numbers) if numbers else job.rows.filter(letter=None)
    ids = list(rows.values_list("pk", flat=True))
    status = fields.pop("http_status", 400 if charge == Charge.NO else None)
    batch = fields.pop("batch", None) or job.batches.order_by("number")[0]
    group = Cause.of(job.destination_id, cause, status)
    places = {"job": job, "batch": batch, "group": group}
    letter = DeadLetter.objects.create(cause=cause, charge=charge, size=len(ids), **places, **fields)
    proof = Proof.NOT_SENT if charge == Charge.NO else Proof.MAYBE
    Row.objects.filter(pk__in=ids).update(state=RowState.DEAD, letter=letter, error=cause, proof=proof)
    letter.note(EventKind.FAILED, cause, batch=batch, charge=charge, rows=ids)
    outcomes.finish_batch(batch.pk)
    completion.finish_if_settled(fresh(job))
    return letter


def a_run(batch: Batch, since: datetime, **fields: Any) -> Submission:
    """A run of all rows of the batch that Clay took at that time, and that is out."""
    now, there = timezone.now(), batch.job.destination
    usual = {
        "attempt": 1,
        "runner": "gone",
        "row_ids": list(batch.rows.values_list("pk", flat=True)),
        "holder": f"test:{batch.pk}",
        "credits": there.cost_of(batch.size),
        "created_at": since,
        "closed_at": now,
        "outcome": Outcome.ACCEPTED,
        "run_id": f"run_{batch.number}",
        "run_state": RunState.OUT,
        "timeout_at": now + timedelta(minutes=30),
    }
    return Submission.objects.create(destination=there, batch=batch, **usual | fields)


@contextmanager
def holding_the_database() -> Iterator[None]:
    """Another program holds the database's lock for writing (SQLite), past all of ours."""
    name = str(connections["default"].settings_dict["NAME"])
    with closing(sqlite3.connect(name, timeout=20, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
