"""What a destination's waterfall and the reading of its outcomes may be like: what its pages ask."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db import transaction

from jobs.destinations import changes
from jobs.destinations.refusals import Refused
from jobs.destinations.rules import LONGEST_NAME, MAX_PROVIDERS, Wrong, amount, output
from jobs.models import Destination, Hold
from jobs.models.states import Means
from jobs.sending import wake
from providers import offering, steering
from providers.names import folded
from providers.waterfall import Step, dumped

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_OUTPUTS = 20
LONGEST_COLUMN = 100
MAX_COLUMNS = 19
"""Columns of one question about cells, our row's id beside them (contract: StructuredQuery, `select`)."""


@dataclass(frozen=True)
class Steering:
    """How the lists go with each row."""

    sends_lists: bool
    use_input: str
    skip_input: str


@dataclass(frozen=True)
class Telling:
    """How outcomes are told: see the fields of `jobs.models.Destination`."""

    attempts_output: str
    provider_outputs: list[dict[str, str]]
    reads_cells: bool
    row_id_input: str
    cell_columns: dict[str, str]


class Changed(Exception):
    """Somebody else saved meanwhile: nothing is changed."""


# -- one value each, or Wrong ----------------------------------------------------------------------------
def provider(raw: str) -> str:
    """A provider's name as the conditions in Clay spell it."""
    name = " ".join(raw.split())
    if not folded(name) or not name.isprintable():
        raise Wrong("must be a provider's name")
    if len(name) > LONGEST_NAME:
        raise Wrong(f"must have at most {LONGEST_NAME} characters")
    return name


def meant(raw: str) -> str:
    """The same; one that is picked by the name that it is shown by is the provider that is shown so."""
    return offering.meant(provider(raw))


def cost(raw: str) -> Decimal | None:
    """Credits of a hit; None for what the provider usually costs."""
    return amount(raw) if raw.strip() else None


def input_name(raw: str) -> str:
    """The name of an input."""
    name = raw.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Wrong(f"must be a name with 1 to {LONGEST_NAME} characters that can be seen")
    return name


def output_name(raw: str) -> str:
    """The name of an output, or the path to a nested one."""
    if not (name := raw.strip()):
        raise Wrong("must name an output")
    return output(name)


def meaning(raw: str) -> Means:
    if raw not in Means.values:
        raise Wrong("must say what the output tells")
    return Means(raw)


def column(raw: str) -> str:
    """The name of a column of the table."""
    name = raw.strip()
    if not name or len(name) > LONGEST_COLUMN or not name.isprintable():
        raise Wrong(f"must be the name of a column, with at most {LONGEST_COLUMN} characters")
    return name


# -- what a page showed ------------------------------------------------------------------------------------
WATERFALL = ("waterfall", "sends_lists", "use_input", "skip_input")
TELLING = ("attempts_output", "provider_outputs", "reads_cells", "row_id_input", "cell_columns")


def mark_of(destination: Destination, fields: Sequence[str]) -> str:
    """Stands for what these fields hold now: it differs where one of them does."""
    held = json.dumps([getattr(destination, field) for field in fields], sort_keys=True)
    return sha256(held.encode()).hexdigest()[:16]


def _refuse_changed(now: Destination, values: Mapping[str, Any], seen: str) -> None:
    """Raise `Changed` where the page showed something else, unless what shall be saved holds already."""
    differs = any(getattr(now, field) != value for field, value in values.items())
    if seen and differs and seen != mark_of(now, list(values)):
        raise Changed


# -- the whole ---------------------------------------------------------------------------------------------
def save_waterfall(
    destination: Destination,
    steps: Sequence[Step],
    how: Steering,
    seen: str = "",
    by: "User | None" = None,
) -> None:
    """The waterfall from the next batch on, on record. `seen` is the `mark_of` what a page showed.

    Raises `Refused` or `Changed`; then nothing is changed.
    """
    _refuse_twice("waterfall", [step.provider for step in steps])
    if len(steps) > MAX_PROVIDERS:
        raise Refused("waterfall", f"It has {len(steps)} providers; at most {MAX_PROVIDERS} fit.")
    if how.use_input == how.skip_input:
        raise Refused("skip_input", "Both lists cannot have the same name.")
    names = {"use_input": how.use_input, "skip_input": how.skip_input}
    with transaction.atomic():
        now = Destination.objects.select_for_update().get(pk=destination.pk)
        if how.sends_lists:  # without any step, too: one may come by way of `manage.py destination`
            _refuse_taken(now, names, [now.row_id_input] if now.reads_cells else [])
        values = {"waterfall": dumped(steps), "sends_lists": how.sends_lists, **names}
        _refuse_changed(now, values, seen)
        steering.add_all(step.provider for step in steps)
        changes.note_waterfall(now, _held(now, values), values, by)
        _write(destination, values)
    if destination.lift_hold(Hold.NO_PROVIDER):  # whether one is left now shows with the next batch
        wake.wake()


def save_telling(destination: Destination, how: Telling, seen: str = "", by: "User | None" = None) -> None:
    """How outcomes are read from the next result on, on record. `seen` and what it raises as above."""
    if len(how.provider_outputs) > MAX_OUTPUTS:
        raise Refused("outputs", f"At most {MAX_OUTPUTS} outputs can be read.")
    if len(how.cell_columns) > MAX_COLUMNS:
        raise Refused("columns", f"At most {MAX_COLUMNS} columns can be read.")
    if how.reads_cells and not how.cell_columns:
        raise Refused("columns", "Name a column for at least one provider, or leave the cells alone.")
    with transaction.atomic():
        now = Destination.objects.select_for_update().get(pk=destination.pk)
        if how.reads_cells:
            lists = [now.use_input, now.skip_input] if now.sends_lists else []
            _refuse_taken(now, {"row_id_input": how.row_id_input}, lists)
        _refuse_changed(now, vars(how), seen)
        changes.note_telling(now, _held(now, vars(how)), vars(how), by)
        _write(destination, {**vars(how), "cells_error": ""})


def _held(destination: Destination, values: Mapping[str, Any]) -> dict[str, Any]:
    return {field: getattr(destination, field) for field in values}


def _write(destination: Destination, values: Mapping[str, Any]) -> None:
    for field, value in values.items():
        setattr(destination, field, value)
    destination.save(update_fields=list(values))


def _refuse_twice(field: str, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if folded(name) in seen:
            raise Refused(field, f"{name} stands in it twice.")
        seen.add(folded(name))


def _refuse_taken(destination: Destination, names: dict[str, str], others: Sequence[str]) -> None:
    """Nothing that the rows carry may have the name of something else that they carry."""
    for field, name in names.items():
        if name in destination.input_names:
            raise Refused(field, f"{name} is an input that is filled from the file. Take another name.")
        if name in others:
            raise Refused(field, f"{name} goes with the rows already, for something else. Take another name.")
