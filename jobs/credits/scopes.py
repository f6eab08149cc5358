"""Whose limit a scope of the budget is, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from budget.terms import WORKSPACE, destination_scope
from jobs.models import Destination

ALL = "The workspace"
GONE = "A deleted destination"
_PREFIX = destination_scope(0)[:-1]


@dataclass(frozen=True)
class Scope:
    """The workspace (`destination` is None), or one destination."""

    name: str
    destination: Destination | None = None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """What an address names: "", "workspace" or "destination:7"; None for what there is not."""
        if text in {WORKSPACE, "workspace"}:
            return cls(WORKSPACE)
        pk = destination_of(text)
        found = Destination.objects.filter(pk=pk).first() if pk is not None else None
        return cls(found.scope, found) if found else None

    def __str__(self) -> str:
        return self.destination.name if self.destination else ALL


def destination_of(text: str) -> int | None:
    """The destination's id; None for the workspace, and for nonsense."""
    digits = text.removeprefix(_PREFIX)
    return (
        int(digits) if digits != text and digits.isascii() and digits.isdigit() and len(digits) < 19 else None
    )


def named(scopes: Iterable[str]) -> dict[str, str]:
    """What people call each of these scopes, in one query."""
    wanted = {scope: destination_of(scope) for scope in scopes}
    names = dict(
        Destination.objects.filter(pk__in=[pk for pk in wanted.values() if pk]).values_list("pk", "name")
    )
    return {scope: ALL if scope == WORKSPACE else names.get(pk or 0, GONE) for scope, pk in wanted.items()}
