"""The rules of the house that no linter knows. Which floor may import which: `make check` (import-linter)."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from tests import house

ROOMS = list(house.rooms())
each_room = pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
HOLDS_ROOMS_ONLY = {"clayops.pages"}


def test_the_documents_show_the_floors_as_they_are() -> None:
    assert house.document() == house.DOCUMENT.read_text(), "make it anew: .venv/bin/python -m tests.house"


def test_every_room_is_on_a_floor() -> None:
    named = {name for floor in house.floors() for name in floor}
    above = {".".join(name.split(".")[:place]) for name in named for place in range(1, name.count(".") + 1)}
    lost = [room.name for room in ROOMS if not _within(room.name, named) and room.name not in above]
    assert lost == []


def _within(name: str, named: set[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in named)


@each_room
def test_a_room_has_a_door(room: house.Room) -> None:
    assert room.sentence.endswith((".", "!"))


@each_room
def test_a_room_is_neither_a_cupboard_nor_everything(room: house.Room) -> None:
    inside = any(other.name.startswith(f"{room.name}.") for other in ROOMS)
    assert room.files <= 14, "with its door and apps.py: 3 to 12 files"
    assert room.files >= 3 or inside, "a file or two: it belongs to another room"


def test_work_is_queued_by_names_that_are_there() -> None:
    """`queues.soon("work", "jobs.tasks.ingest", …)`: a worker would find out only when it is too late."""
    named = {name for path in house.modules() for name in _task_names(path)}
    assert len(named) >= 9
    for name in named:
        module, _, function = name.rpartition(".")
        assert callable(getattr(import_module(module), function)), name


def _task_names(path: Path) -> set[str]:
    return set(re.findall(r'"(jobs\.tasks\.\w+)"', path.read_text()))


def test_who_queues_work_names_it() -> None:
    """No function is handed to the queue: then whoever has work done would import who does it."""
    calls = [
        node
        for path in house.modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "soon"
    ]
    queued = [call.args[1] for call in calls if len(call.args) > 1]
    assert queued
    assert [ast.unparse(each) for each in queued if isinstance(each, ast.Attribute | ast.Lambda)] == []


def test_an_import_inside_a_function_says_why() -> None:
    """Ruff refuses one without `noqa: PLC0415`; the reason stands behind it."""
    found = [
        (path.relative_to(house.ROOT), line.strip())
        for path in [*house.modules(), house.ROOT / "manage.py"]
        for line in path.read_text().splitlines()
        if "noqa: PLC0415" in line
    ]
    assert [each for each in found if not re.search(r"PLC0415  \w.{8}", each[1])] == []
    assert len(found) <= 6, "imports inside functions are few"


def test_models_import_no_engine() -> None:
    """One class a table, and nothing that touches more than its own row."""
    for path in (house.ROOT / "jobs" / "models").glob("*.py"):
        assert len(path.read_text().splitlines()) <= 400, path.name
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                bases = [ast.unparse(base) for base in node.bases]
                assert "abstract = True" not in ast.unparse(node), f"{node.name}: no abstract parents"
                assert len(bases) <= 1, node.name


def test_the_addresses_are_a_list_of_pages() -> None:
    pages = {room.name.split(".")[2] for room in ROOMS if room.name.startswith("clayops.pages.")} - {"frame"}
    listed = import_module("clayops.urls").PAGES
    assert sorted(listed) == sorted(pages)


def test_what_the_code_says_of_other_places_is_there() -> None:
    """A docstring that names `jobs.sending.lane` or `jobs.models.Destination` is no signpost to nowhere."""
    lost = [
        f"{path.relative_to(house.ROOT)}: {name}"
        for path in [*house.modules(), *(house.ROOT / "tests").rglob("*.py")]
        for name in re.findall(r"`((?:clayops|jobs|budget|providers)(?:\.\w+)+)`", path.read_text())
        if not _is_there(name)
    ]
    assert lost == []


def _is_there(name: str) -> bool:
    parts = name.split(".")
    for place in range(len(parts), 0, -1):
        file = house.ROOT.joinpath(*parts[:place])
        if file.with_suffix(".py").exists() or (file / "__init__.py").exists():
            found: object = import_module(".".join(parts[:place]))
            return all((found := getattr(found, each, None)) is not None for each in parts[place:])
    return False
