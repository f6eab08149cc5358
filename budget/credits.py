"""Credits: reserve before sending, settle or release afterwards. Knows no job: a holder is a name."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Scope:
    """A limit that reservations count against: the workspace (`""`), or a name such as `destination:7`."""

    name: str
    limit: Decimal | None
    """Credits a day; None where the workspace's own limit (kept here, set by staff) is meant."""

    @classmethod
    def workspace(cls) -> "Scope":
        return cls("", None)
