"""The house as the code has it: its rooms, their floors and their doors; and the table of them in docs/.

python -m tests.house    writes the table anew
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
APPS = ("clayops", "jobs", "budget", "providers")
DOCUMENT = ROOT / "docs" / "architecture.md"
TABLE = re.compile(r"(<!-- floors:begin -->\n).*?(<!-- floors:end -->)", re.DOTALL)
NO_ROOMS = {"migrations", "management", "templatetags", "static", "lua"}
"""Folders whose place and content Django says, and those without code."""


@dataclass(frozen=True)
class Room:
    """A package; `name` as it is imported."""

    name: str
    files: int

    @property
    def path(self) -> Path:
        return ROOT / self.name.replace(".", "/")

    @property
    def door(self) -> str:
        """What its `__init__.py` says of it."""
        return ast.get_docstring(ast.parse((self.path / "__init__.py").read_text())) or ""

    @property
    def sentence(self) -> str:
        """The first paragraph of that, in a line."""
        return " ".join(self.door.split("\n\n")[0].split())


def rooms() -> Iterator[Room]:
    """All of them, those inside others too."""
    for app in APPS:
        for found in sorted((ROOT / app).rglob("__init__.py")):
            parts = found.parent.relative_to(ROOT).parts
            if not NO_ROOMS & set(parts):
                yield Room(".".join(parts), len(list(found.parent.glob("*.py"))))


def modules() -> Iterator[Path]:
    """Every file of the product's own code."""
    for app in APPS:
        yield from (each for each in sorted((ROOT / app).rglob("*.py")) if "migrations" not in each.parts)


def floors() -> list[list[str]]:
    """Names of rooms and files by floor, from the roof down, as the contract of the imports has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (contract,) = (each for each in settings["contracts"] if each["id"] == "floors")
    return [re.split(r" [|:] ", layer) for layer in contract["layers"]]


def table() -> str:
    """The floors with the sentence at each room's door, as the documents show them."""
    known = {room.name: room for room in rooms()}
    lines = ["| floor | room | what happens in it |", "| --- | --- | --- |"]
    for number, floor in enumerate(reversed(floors()), start=1):
        here = sorted(known.keys() & set(floor))
        lines[2:2] = [f"| {number} | `{name.replace('.', '/')}` | {known[name].sentence} |" for name in here]
    return "\n".join(lines)


def document() -> str:
    """The document with its table made anew."""
    return TABLE.sub(lambda found: f"{found[1]}{table()}\n{found[2]}", DOCUMENT.read_text())


if __name__ == "__main__":
    DOCUMENT.write_text(document())
