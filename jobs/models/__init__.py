"""What the product keeps about the work: destinations, jobs, rows, batches, submissions, dead letters."""

from jobs.models.circuit import ClayCircuit
from jobs.models.deadletter import Charge, DeadLetter, LetterState
from jobs.models.destination import Destination, Hold, Kind
from jobs.models.job import Job, JobEvent, JobState
from jobs.models.row import CANCELLED_UNSENT, UNSETTLED, Batch, BatchState, Proof, Row, RowState
from jobs.models.submission import Outcome, RunState, StrayResult, Submission, Trouble

__all__ = [
    "CANCELLED_UNSENT",
    "UNSETTLED",
    "Batch",
    "BatchState",
    "Charge",
    "ClayCircuit",
    "DeadLetter",
    "Destination",
    "Hold",
    "Job",
    "JobEvent",
    "JobState",
    "Kind",
    "LetterState",
    "Outcome",
    "Proof",
    "Row",
    "RowState",
    "RunState",
    "StrayResult",
    "Submission",
    "Trouble",
]
