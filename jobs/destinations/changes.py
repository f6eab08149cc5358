"""Changes of a waterfall, and of how outcomes are read, go on record: from what to what, in words."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from jobs.models import Destination
from jobs.models.destination import Changed, DestinationChange
from providers.names import folded
from providers.terms import plain
from providers.waterfall import Step

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 4000
NOTHING = "nobody"
SETUP = {
    "name": "name",
    "routine_id": "routine",
    "table": "table",
    "inputs": "inputs",
    "credits_per_row": "credits a row",
    "charges_misses": "Clay charges misses",
    "credits_output": "output that tells the credits",
    "batch_size": "rows in a batch",
    "pause_seconds": "seconds between batches",
    "timeout_minutes": "stuck after minutes",
    "daily_limit": "own daily limit",
}
"""Fields of a destination that its form sets, in words."""


def note_waterfall(
    destination: Destination, old: Mapping[str, Any], new: Mapping[str, Any], by: "User | None"
) -> None:
    """`old` and `new` are fields of the destination by their names; what is in one only is left alone."""
    steps = (list(map(Step.loaded, values.get("waterfall", []))) for values in (old, new))
    _note(destination, Changed.WATERFALL, [*_of_steps(*steps), *_of_lists(old, new)], by)


def note_telling(
    destination: Destination, old: Mapping[str, Any], new: Mapping[str, Any], by: "User | None"
) -> None:
    """The same for how outcomes are read."""
    _note(destination, Changed.TELLING, list(_of_telling(old, new)), by)


def note_setup(
    destination: Destination, old: Mapping[str, Any], new: Mapping[str, Any], by: "User | None"
) -> None:
    """The same for where its rows go, how, and what they count with; `old` is empty for a new one."""
    if not old:
        _note(destination, Changed.SETUP, [f"created: {'; '.join(_of_setup({}, vars(destination)))}"], by)
    else:
        _note(destination, Changed.SETUP, list(_of_setup(old, new)), by)


def note(destination: Destination, text: str, by: "User | None") -> None:
    """Something that was done with it as a whole: paused, resumed, archived, restored."""
    _note(destination, Changed.SETUP, [text], by)


def _of_setup(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name, words in SETUP.items():
        if name in new and (not old or old.get(name) != new[name]):
            was = f"{_shown(name, old[name])} → " if name in old else ""
            yield f"{words}: {was}{_shown(name, new[name])}"


def _shown(name: str, value: Any) -> str:
    if name == "inputs":
        return ", ".join(each["name"] + "?" * (not each["required"]) for each in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == "":
        return "none"
    return (
        plain(value)
        if isinstance(value, Decimal)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _note(destination: Destination, what: Changed, said: Sequence[str], by: "User | None") -> None:
    if said:
        text = "; ".join(said)[:LONGEST]
        DestinationChange.objects.create(destination=destination, what=what, text=text, by=by)


def _of_steps(old: Sequence[Step], new: Sequence[Step]) -> Iterator[str]:
    if [folded(step.provider) for step in old] != [folded(step.provider) for step in new]:
        yield f"asks {_names(old)} → {_names(new)}"
    before = {folded(step.provider): step for step in old}
    for step in new:
        was = before.get(folded(step.provider), Step(step.provider))
        if was.on != step.on:
            yield f"{step.provider} switched {'on' if step.on else 'off'}"
        if was.credits != step.credits:
            yield f"{step.provider}: {_price(was.credits)} → {_price(step.credits)} credits a hit"


def _of_lists(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old.get("sends_lists") != new.get("sends_lists"):
        yield "rows carry the lists again" if new.get("sends_lists") else "rows carry no lists any more"
    for name, word in (("use_input", "use"), ("skip_input", "skip")):
        if old.get(name) != new.get(name):
            yield f"those to {word} go as {new.get(name)}, before as {old.get(name)}"


def _of_telling(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old["attempts_output"] != new["attempts_output"]:
        yield f"list of attempts: {old['attempts_output'] or 'none'} → {new['attempts_output'] or 'none'}"
    if old["provider_outputs"] != new["provider_outputs"]:
        yield f"outputs: {_outputs(old['provider_outputs'])} → {_outputs(new['provider_outputs'])}"
    if old["reads_cells"] != new["reads_cells"]:
        yield "cells are asked for" if new["reads_cells"] else "cells are not asked for any more"
    if old["row_id_input"] != new["row_id_input"]:
        yield f"our row’s id goes as {new['row_id_input']}, before as {old['row_id_input']}"
    if old["cell_columns"] != new["cell_columns"]:
        yield f"columns: {_columns(old['cell_columns'])} → {_columns(new['cell_columns'])}"


def _names(steps: Sequence[Step]) -> str:
    return ", ".join(step.provider for step in steps) or NOTHING


def _price(credits: Decimal | None) -> str:
    return "the usual" if credits is None else plain(credits)


def _outputs(outputs: Sequence[Mapping[str, str]]) -> str:
    said = (each["output"] + (f" (of {each['provider']})" if each["provider"] else "") for each in outputs)
    return ", ".join(said) or "none"


def _columns(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{column} ({provider})" for column, provider in columns.items()) or "none"
