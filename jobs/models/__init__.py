"""What the product keeps about the work: destinations, jobs, rows, batches, submissions, dead letters."""

from jobs.models.alert import AlertRecord, AuditRun
from jobs.models.circuit import ClayCircuit
from jobs.models.deadletter import Charge, DeadLetter, LetterState
from jobs.models.destination import Destination, Hold, Kind
from jobs.models.event import JobEvent
from jobs.models.hook import Heard, HookDelivery
from jobs.models.job import Job, JobState, NotPossible
from jobs.models.notice import Notice, NotificationRule
from jobs.models.progress import ENDED, UNFINISHED, look_up
from jobs.models.row import CANCELLED_UNSENT, UNSETTLED, Batch, BatchState, Proof, Row, RowState
from jobs.models.setup import UNSENDABLE, Finding, SavedSetup, header_key, mask_of
from jobs.models.submission import Outcome, RunState, StrayResult, Submission, Trouble
from jobs.models.upload import FileKind

__all__ = [
    "CANCELLED_UNSENT",
    "ENDED",
    "UNFINISHED",
    "UNSENDABLE",
    "UNSETTLED",
    "AlertRecord",
    "AuditRun",
    "Batch",
    "BatchState",
    "Charge",
    "ClayCircuit",
    "DeadLetter",
    "Destination",
    "FileKind",
    "Finding",
    "Heard",
    "Hold",
    "HookDelivery",
    "Job",
    "JobEvent",
    "JobState",
    "Kind",
    "LetterState",
    "NotPossible",
    "Notice",
    "NotificationRule",
    "Outcome",
    "Proof",
    "Row",
    "RowState",
    "RunState",
    "SavedSetup",
    "StrayResult",
    "Submission",
    "Trouble",
    "header_key",
    "look_up",
    "mask_of",
]
