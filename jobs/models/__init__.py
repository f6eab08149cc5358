"""What the product keeps about the work: destinations, jobs, rows, batches, submissions, dead letters."""

from jobs.models.alert import AlertRecord, AuditRun
from jobs.models.cause import Cause
from jobs.models.circuit import ClayCircuit
from jobs.models.deadletter import NEEDS_A_PERSON, Charge, DeadLetter, LetterState, worst
from jobs.models.destination import Destination, Hold, Kind
from jobs.models.event import JobEvent
from jobs.models.hook import Heard, HookDelivery
from jobs.models.job import Job, JobState, NotPossible
from jobs.models.notice import Notice, NotificationRule
from jobs.models.progress import ENDED, UNFINISHED, look_up
from jobs.models.review import (
    BulkAction,
    BulkItem,
    BulkState,
    EventKind,
    ItemOutcome,
    LetterEvent,
    ReviewPolicy,
    SavedView,
    Verb,
)
from jobs.models.row import CANCELLED_UNSENT, UNSETTLED, Batch, BatchState, Proof, Row, RowState
from jobs.models.setup import UNSENDABLE, Finding, SavedSetup, header_key, mask_of
from jobs.models.submission import Outcome, RunState, StrayResult, Submission, Trouble
from jobs.models.upload import FileKind
from jobs.models.waterfall_change import WaterfallChange

__all__ = [
    "CANCELLED_UNSENT",
    "ENDED",
    "NEEDS_A_PERSON",
    "UNFINISHED",
    "UNSENDABLE",
    "UNSETTLED",
    "AlertRecord",
    "AuditRun",
    "Batch",
    "BatchState",
    "BulkAction",
    "BulkItem",
    "BulkState",
    "Cause",
    "Charge",
    "ClayCircuit",
    "DeadLetter",
    "Destination",
    "EventKind",
    "FileKind",
    "Finding",
    "Heard",
    "Hold",
    "HookDelivery",
    "ItemOutcome",
    "Job",
    "JobEvent",
    "JobState",
    "Kind",
    "LetterEvent",
    "LetterState",
    "NotPossible",
    "Notice",
    "NotificationRule",
    "Outcome",
    "Proof",
    "ReviewPolicy",
    "Row",
    "RowState",
    "RunState",
    "SavedSetup",
    "SavedView",
    "StrayResult",
    "Submission",
    "Trouble",
    "Verb",
    "WaterfallChange",
    "header_key",
    "look_up",
    "mask_of",
    "worst",
]
