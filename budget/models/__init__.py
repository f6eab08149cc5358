"""What the database keeps about credits: the ledger, the limits and who asks for more, the breakers."""

from budget.models.breaker import Breaker, BreakerEvent
from budget.models.ledger import OPEN, Basis, Correction, Entry, EntryState, Recount
from budget.models.limit import WARN_AT, LimitChange, LimitRequest, WarnLevel

__all__ = [
    "OPEN",
    "WARN_AT",
    "Basis",
    "Breaker",
    "BreakerEvent",
    "Correction",
    "Entry",
    "EntryState",
    "LimitChange",
    "LimitRequest",
    "Recount",
    "WarnLevel",
]
