"""Clay's HTTP: routine runs, results, cells of tables, typed errors. Knows no model.

Items come in; answers in types, or an error that says whether anything was charged, go out.
"""

from clayops.clay.answers import (
    Accepted,
    Finished,
    InProgress,
    Item,
    Me,
    OddStatus,
    RateLimit,
    ResultItem,
)
from clayops.clay.client import Clay, payload_bytes, shared
from clayops.clay.errors import (
    Charged,
    ClayError,
    KeyRejected,
    NoCredits,
    NotSent,
    Rejected,
    TooFast,
    Unclear,
)
from clayops.clay.tables import MAX_FIELDS, PENDING, Cell
from clayops.clay.wire import Timeouts

__all__ = [
    "MAX_FIELDS",
    "PENDING",
    "Accepted",
    "Cell",
    "Charged",
    "Clay",
    "ClayError",
    "Finished",
    "InProgress",
    "Item",
    "KeyRejected",
    "Me",
    "NoCredits",
    "NotSent",
    "OddStatus",
    "RateLimit",
    "Rejected",
    "ResultItem",
    "Timeouts",
    "TooFast",
    "Unclear",
    "payload_bytes",
    "shared",
]
