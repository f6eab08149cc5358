"""What rows of a routine count with: one number, however many destinations lead to it, set by who may.

Whoever may not change limits may not make a row cheaper by a destination of their own (promise 2): a new one
counts with what is known of its routine or table, or with the usual price; and who may is told.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from clayops.base.wording import num
from clayops.people.rights import CHANGE_LIMIT
from jobs.destinations import changes
from jobs.destinations.refusals import Refused
from jobs.models import Destination
from jobs.models.destination import table_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

USUAL = Decimal(2)
"""Credits a row where nothing is known."""
PRICE = "credits_per_row"
COUNTED = {"charges_misses": True, "credits_output": "credits"}
"""What else decides what rows count with, as it stands in a destination that anybody makes."""


def decide(destination: Destination, values: dict[str, Any], by: "User | None") -> tuple[dict[str, Any], str]:
    """The values with the price that they come to, and a sentence where that is another one than was asked.

    `destination` is as it was. Raises `Refused` for a price, or a way to count, that this person may not set.
    """
    is_new, moves = destination.pk is None, _moves(destination, values)
    if not (is_new or moves or PRICE in values):
        return values, ""
    if by is None or by.has_perm(CHANGE_LIMIT):
        return _by_who_may(destination, values, joins=is_new or moves)
    if is_new:
        return _new_by_others(destination, values), ""
    return _moved_by_others(destination, values) if moves else (values, "")


def _moves(destination: Destination, values: dict[str, Any]) -> bool:
    return any(values.get(name, getattr(destination, name)) != getattr(destination, name) for name in WHERE)


WHERE = ("routine_id", "table")


def _alike(destination: Destination, values: dict[str, Any]) -> list[Destination]:
    """Others that lead to the same routine or table as it will, archived ones too."""
    routine, table = (values.get(name, getattr(destination, name)) for name in WHERE)
    found = Destination.objects.leading_to(routine, table_of(routine, table)).exclude(pk=destination.pk)
    return list(found.select_for_update())


def known(destination: Destination, values: dict[str, Any]) -> Decimal | None:
    """Credits a row of the routine or table that it will lead to; None where no other leads there."""
    return max((each.credits_per_row for each in _alike(destination, values)), default=None)


def _by_who_may(
    destination: Destination, values: dict[str, Any], *, joins: bool
) -> tuple[dict[str, Any], str]:
    """What they say holds; a destination that comes to others' routine makes it no cheaper by the way."""
    given = values.get(PRICE, destination.credits_per_row)
    there = known(destination, values) if joins else None
    price = given if there is None else max(given, there)
    said = "" if price == given else _higher(price)
    return {**values, PRICE: price, "price_open_since": None}, said


def _higher(price: Decimal) -> str:
    return (
        f"It counts with {num(price)} credits a row, as others of its routine do. Change the price for all."
    )


def _new_by_others(destination: Destination, values: dict[str, Any]) -> dict[str, Any]:
    there = known(destination, values)
    price, given = there or USUAL, values.get(PRICE, there or USUAL)
    if there is not None and given != there:
        raise Refused(PRICE, f"Rows of that routine count with {num(there)} credits each. {_ASK}")
    if given < USUAL and there is None:
        raise Refused(PRICE, f"Less than the usual {num(USUAL)} credits is not yours to set. {_ASK}")
    for field, usual in COUNTED.items():
        if values.get(field, usual) != usual:
            raise Refused(field, f"What rows count with is not yours to change. {_ASK}")
    return {**values, PRICE: max(price, given), "price_open_since": timezone.now()}


_ASK = "Who may change limits can."


def _moved_by_others(destination: Destination, values: dict[str, Any]) -> tuple[dict[str, Any], str]:
    there = known(destination, values)
    price = max(destination.credits_per_row, USUAL) if there is None else there
    said = "" if price == destination.credits_per_row else f"It counts with {num(price)} credits a row now."
    return {**values, PRICE: price, "price_open_since": timezone.now()}, said


def share(destination: Destination, by: "User | None") -> None:
    """One number: the others that lead to the same routine or table count with it too, on record."""
    for other in _alike(destination, {}):
        if other.credits_per_row != destination.credits_per_row:
            new = {PRICE: destination.credits_per_row}
            changes.note_setup(other, {PRICE: other.credits_per_row}, new, by)
            Destination.objects.filter(pk=other.pk).update(**new, price_open_since=None)
