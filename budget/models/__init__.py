"""What the database keeps about credits: the ledger, the limits, the breakers."""

from budget.models.breaker import Breaker, BreakerEvent
from budget.models.ledger import Entry, EntryState
from budget.models.limit import LimitChange

__all__ = ["Breaker", "BreakerEvent", "Entry", "EntryState", "LimitChange"]
