"""Which letters: a filter that lives in the address, and is told in words."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.http import urlencode

from clayops.base import text_search
from jobs.models import Cause, Charge, DeadLetter, Destination, Job, LetterState, Row
from jobs.models.deadletter import DeadLetterQuerySet

ALL = "all"
STATES = {**dict(zip(LetterState.values, LetterState.values, strict=True)), ALL: "all"}
AGES = {
    "": "any age",
    "hour": "in the last hour",
    "day": "in the last 24 hours",
    "week": "in the last 7 days",
    "old": "more than 7 days ago",
}
"""By when a letter failed last."""
_SINCE = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
NOBODY = "nobody"
ORDERS = {
    "": "-id",
    "oldest": "id",
    "rows": "-size",
    "seen": "-seen_at",
}
ORDER_WORDS = {
    "": "newest first",
    "oldest": "oldest first",
    "rows": "most rows first",
    "seen": "last failed first",
}


@dataclass(frozen=True)
class Filter:
    """What the address says; whatever makes no sense counts as not said."""

    state: str = LetterState.OPEN.value
    """One of `LetterState`, or `all`."""
    charge: str = ""
    cause: int | None = None
    destination: int | None = None
    job: int | None = None
    age: str = ""
    assigned: str = ""
    """A user's id, or `nobody`."""
    q: str = ""
    """A text in the cause, or in the inputs of a row that is, or was last, in the letter."""
    order: str = ""

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> "Filter":
        return cls(
            state=_one_of(query, "state", STATES, LetterState.OPEN.value),
            charge=_one_of(query, "charge", Charge.values),
            cause=_key(query, "cause"),
            destination=_key(query, "destination"),
            job=_key(query, "job"),
            age=_one_of(query, "age", AGES),
            assigned=_assigned(query),
            q=text_search.term_of(query.get("q", "")),
            order=_one_of(query, "order", ORDERS),
        )

    def letters(self) -> DeadLetterQuerySet:
        """Those that match, in no order."""
        found = DeadLetter.objects.shown().order_by()
        if self.state != ALL:
            found = found.filter(state=self.state)
        return found.filter(self._placed()).filter(self._aged()).filter(self._having(self.q))

    def _placed(self) -> Q:
        told = {
            "charge": self.charge,
            "group": self.cause,
            "job__destination": self.destination,
            "job": self.job,
        }
        matching = Q(**{name: value for name, value in told.items() if value})
        if self.assigned == NOBODY:
            return matching & Q(assigned_to=None)
        return matching & Q(assigned_to=int(self.assigned)) if self.assigned else matching

    def _aged(self) -> Q:
        now = timezone.now()
        if self.age == "old":
            return Q(seen_at__lte=now - _SINCE["week"])
        return Q(seen_at__gt=now - _SINCE[self.age]) if self.age else Q()

    @staticmethod
    def _having(term: str) -> Q:
        """The text in the cause, in the uploaded cells of a row, or in what was put in place of one."""
        if not term:
            return Q()
        rows = Row.objects.annotate(edited=Cast("edits", TextField()))
        found = rows.filter(Q(cells__has_cell=term) | Q(edited__icontains=term))
        here, left = found.filter(letter=OuterRef("pk")), found.filter(retry_of=OuterRef("pk"))
        return text_search.in_any(term, "cause") | Q(Exists(here)) | Q(Exists(left))

    @property
    def sorted_by(self) -> str:
        return ORDERS[self.order]

    @property
    def query(self) -> str:
        """As in the address, without what is usual: "charge=possibly&cause=3"."""
        usual = Filter()
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        return urlencode({name: value for name, value in told.items() if value != getattr(usual, name)})

    @property
    def is_narrow(self) -> bool:
        """Whether it says more than a state and an order."""
        return replace(self, order="", state=Filter.state) != Filter()

    def but(self, **changes: Any) -> "Filter":
        """The same with something else in it."""
        return replace(self, **changes)

    def words(self) -> str:
        """For people: "open letters, possibly charged, of Find work email"."""
        said = ["all letters" if self.state == ALL else f"{STATES[self.state]} letters"]
        said += [f"charged: {self.charge}"] if self.charge else []
        said += [f"cause “{_name(Cause, self.cause)}”"] if self.cause else []
        said += [f"destination {_name(Destination, self.destination)}"] if self.destination else []
        said += [f"job {_name(Job, self.job)}"] if self.job else []
        said += [f"failed {AGES[self.age]}"] if self.age else []
        if self.assigned:
            nobody = self.assigned == NOBODY
            said.append("assigned to " + (NOBODY if nobody else _name(User, int(self.assigned))))
        said += [f"with “{self.q}”"] if self.q else []
        return ", ".join(said)


def _one_of(query: Mapping[str, Any], name: str, known: Any, otherwise: str = "") -> str:
    told = query.get(name, "")
    return told if told in known else otherwise


def _key(query: Mapping[str, Any], name: str) -> int | None:
    told = str(query.get(name, ""))
    return int(told) if told.isdecimal() and len(told) < 19 else None


def _assigned(query: Mapping[str, Any]) -> str:
    told = str(query.get("assigned", ""))
    return NOBODY if told == NOBODY else str(_key(query, "assigned") or "")


def _name(model: Any, pk: int | None) -> str:
    found = model.objects.filter(pk=pk).first()
    return str(found) if found else f"{pk} (gone)"
