"""The parts of the ledger's filter in words, each with the address without it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clayops.pages.budget.ledger.filters import BASES, NOBODY, STATES, LedgerForm, day_in_words, hour_in_words
from jobs.models import Job


@dataclass(frozen=True)
class Chip:
    words: str
    address: str


def chips_of(form: LedgerForm) -> list[Chip]:
    """Of what makes sense; in the order of the form's fields."""
    form.is_valid()
    given = form.cleaned_data
    told = [name for name in _WORDS if given.get(name) not in (None, "", False)]
    return [Chip(_WORDS[name](form, given[name]), form.without(name, *_FALLS.get(name, ()))) for name in told]


def _hour(form: LedgerForm, hour: int) -> str:
    return hour_in_words(form.cleaned_data["day"], hour)


def _destination(form: LedgerForm, pk: int | str) -> str:
    if isinstance(pk, str):
        return "destination not known"
    return f"to {form.destinations.get(pk, f'destination {pk}')}"


def _person(form: LedgerForm, who: str) -> str:
    return f"by {'nobody' if who == NOBODY else form.people[int(who)]}"


def _job(form: LedgerForm, pk: int | str) -> str:
    if isinstance(pk, str):
        return "job not known"
    name = Job.objects.shown().filter(pk=pk).values_list("name", flat=True).first()
    return f"job {name or f'{pk} (deleted)'}"


_WORDS: dict[str, Callable[[LedgerForm, Any], str]] = {
    "q": lambda form, text: f"“{text}”",
    "day": lambda form, day: day_in_words(day),
    "hour": _hour,
    "from": lambda form, day: f"from {day_in_words(day)}",
    "to": lambda form, day: f"until {day_in_words(day)}",
    "destination": _destination,
    "person": _person,
    "job": _job,
    "state": lambda form, state: STATES[state],
    "basis": lambda form, basis: BASES[basis],
    "released": lambda form, yes: "released as well",
}
_FALLS = {"day": ("hour",)}
"""What makes no sense any more without it."""
