"""What the product keeps about the work: destinations, jobs, rows, batches, submissions, dead letters.

One class a table: fields, states, QuerySets, and properties that need nothing but the row itself. What
touches more than its own row is a function of the room that owns it (`jobs.steering`, `jobs.sending` …).
"""

from jobs.models.alert import AlertRecord, AuditRun
from jobs.models.clay import ClayCircuit, Heard, HookDelivery
from jobs.models.deadletter import Cause, DeadLetter
from jobs.models.destination import Destination, DestinationChange, SavedSetup, header_key
from jobs.models.job import Job
from jobs.models.notice import Notice, NotificationRule
from jobs.models.progress import look_up
from jobs.models.record import Ended, Ending, JobEvent
from jobs.models.review import BulkAction, BulkItem, LetterEvent, ReviewPolicy, SavedView
from jobs.models.row import Batch, Row
from jobs.models.states import (
    CANCELLED_UNSENT,
    ENDED,
    NEEDS_A_PERSON,
    UNFINISHED,
    UNSENDABLE,
    UNSETTLED,
    BatchState,
    BulkState,
    Charge,
    EventKind,
    FileKind,
    Finding,
    Hold,
    ItemOutcome,
    JobState,
    Kind,
    LetterState,
    Means,
    NotPossible,
    Outcome,
    Proof,
    RowState,
    RunState,
    Trouble,
    Verb,
    mask_of,
    worst,
)
from jobs.models.submission import StrayResult, Submission

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
    "DestinationChange",
    "Ended",
    "Ending",
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
    "Means",
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
    "header_key",
    "look_up",
    "mask_of",
    "worst",
]
