"""Which columns an export has, and what of a result stands in each."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.models import Job, RowState
from jobs.results import output_columns

OURS = ("clay_status", "clay_error")
"""Other programs look for these: they keep their names whatever else is called so."""

Take = Callable[[dict[str, Any]], list[Any]]


@dataclass(frozen=True)
class Choice:
    """What is exported: rows of one state or (empty) all; nested values as JSON or as columns."""

    state: str = ""
    nested: bool = False

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Choice":
        """What an address asks for (`?state=dead&nested=columns`); what nobody knows counts as not said."""
        state = query.get("state", "")
        return cls(state if state in RowState.values else "", query.get("nested") == "columns")


ALL = Choice()


def columns(job: Job, choice: Choice = ALL) -> list[str]:
    """The header. Each name of ours is unlike all others; the upload's own may repeat, as they do there."""
    mine = [f"{name} (uploaded)" if name in OURS else name for name in job.columns]
    return [*mine, *_distinct(map(output_columns.shown, _paths(job, choice)), {*mine, *OURS}), *OURS]


def taker(job: Job, choice: Choice) -> Take:
    """A function that gives a result's values, in the order of the columns."""
    paths = _paths(job, choice)
    return _leaves_in(paths) if choice.nested else _values_of([output_columns.shown(path) for path in paths])


def _values_of(names: list[str]) -> Take:
    return lambda result: [result.get(name) for name in names]


def _leaves_in(paths: list[str]) -> Take:
    known = set(paths)

    def take(result: dict[str, Any]) -> list[Any]:
        found = dict(output_columns.leaves(result))
        for path in found.keys() - known:
            if found[path] is not None:  # no column of its own: the whole output, as JSON
                first = output_columns.top(path)
                found[first] = result[output_columns.shown(first)]
        return [found.get(path) for path in paths]

    return take


def _paths(job: Job, choice: Choice) -> list[str]:
    """Outputs, in order; taken apart where that is chosen and something is known about their insides."""
    parts: dict[str, list[str]] = {output_columns.escaped(name): [] for name in job.outputs}
    for path in job.paths if choice.nested else []:
        parts.setdefault(output_columns.top(path), []).append(path)
    return [path for name, inside in parts.items() for path in inside or [name]]


def _distinct(names: Iterable[str], taken: set[str]) -> Iterator[str]:
    """The names, ` (Clay)` behind those that are taken; ` (Clay 2)` where even that is."""
    taken = set(taken)
    for wanted in names:
        name, count = wanted or "unnamed", 1
        while name in taken:
            name = f"{wanted or 'unnamed'} (Clay)" if count == 1 else f"{wanted or 'unnamed'} (Clay {count})"
            count += 1
        taken.add(name)
        yield name
