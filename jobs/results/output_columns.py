"""What Clay returned, as columns: names of outputs, and the same with nested ones taken apart.

A path is the keys on the way to a leaf, joined by dots: `company.name`. A dot or backslash that belongs to
a key has a backslash before it. Lists, empty objects and what lies deeper than `DEPTH` are leaves.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction

from jobs.models import Job

MAX_PATHS = 500
"""So many paths get a column of their own; what is beyond stays reachable as JSON in its output's column."""
DEPTH = 8
_KEY = re.compile(r"(?:[^.\\]|\\.)*", re.DOTALL)


def learn(job_id: int, results: Iterable[dict[str, Any]]) -> None:
    """Add what is new to the job's `outputs` and `paths`, in order of appearance.

    Two at once lose nothing: each adds to what the database has at that moment, under the job's lock.
    """
    names: dict[str, None] = {}
    paths: dict[str, None] = {}
    for result in results:
        names.update(dict.fromkeys(result))
        paths.update((path, None) for path, value in leaves(result) if value is not None)
    known = Job.objects.filter(pk=job_id).values_list("outputs", "paths").first()
    if known and (_with(known[0], names), _with_paths(known[1], paths)) != known:
        _write(job_id, names, paths)


def _write(job_id: int, names: Iterable[str], paths: Iterable[str]) -> None:
    with transaction.atomic():
        locked = Job.objects.locked().filter(pk=job_id)
        for job in locked.only("outputs", "paths"):
            outputs, known = _with(job.outputs, names), _with_paths(job.paths, paths)
            Job.objects.filter(pk=job_id).update(outputs=outputs, paths=known)


def _with(known: list[str], more: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*known, *more]))


def _with_paths(known: list[str], more: Iterable[str]) -> list[str]:
    found = dict.fromkeys(known)
    for path in more:
        fits = path in found or top(path) == path or len(found) < MAX_PATHS
        found[path if fits else top(path)] = None
    return list(found)


def leaves(result: dict[str, Any], above: str = "", depth: int = 1) -> Iterator[tuple[str, Any]]:
    """Each path of a result with what stands there."""
    for key, value in result.items():
        path = above + escaped(key)
        if isinstance(value, dict) and value and depth < DEPTH:
            yield from leaves(value, f"{path}.", depth + 1)
        else:
            yield path, value


def at(result: Mapping[str, Any], path: str) -> Any:
    """What stands at a path; None where nothing does."""
    found: Any = result
    for key in keys(path):
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def keys(path: str) -> list[str]:
    """The keys of a path, as they are in the result."""
    return [shown(key) for key in re.findall(r"(?:[^.\\]|\\.)+", path, re.DOTALL)]


def escaped(key: str) -> str:
    """A key as it stands in a path."""
    return key.replace("\\", "\\\\").replace(".", "\\.")


def top(path: str) -> str:
    """The first key of a path, escaped as in the path."""
    found = _KEY.match(path)
    return found.group() if found else path


def shown(path: str) -> str:
    """A path as people see it, in a header."""
    return re.sub(r"\\(.)", r"\1", path, flags=re.DOTALL)
