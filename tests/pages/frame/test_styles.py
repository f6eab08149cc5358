"""A page's stylesheet is its own: each class stands in its templates, and no other page's stylesheet has it.

What two pages use is a component: `components.css` and `components/`, which every page loads.
"""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "clayops" / "pages"
STATIC = ROOT / "clayops" / "static" / "clayops"
TEMPLATES = ROOT / "templates"
SHARED = [STATIC / "tokens.css", STATIC / "frame.css", STATIC / "components.css"]
SHARED += sorted((STATIC / "components").glob("*.css"))
OWN = sorted(path for path in STATIC.glob("*.css") if path not in SHARED)
BY_SCRIPTS = {"js"}
"""On `<html>` while scripts run (theme.js)."""
QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
WORD = re.compile(r"[A-Za-z][\w-]*")
CLASS = re.compile(r"\.([A-Za-z][\w-]*)")


@cache
def selectors(path: Path) -> list[str]:
    """Each selector of a stylesheet, without what stands in quotes; lists are taken apart."""
    css = re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", path.read_text(), flags=re.DOTALL)
    heads = (head.strip() for head in re.findall(r"([^{};]+)\{", css))
    found = [head for head in heads if head and not head.startswith(("@", "from", "to"))]
    return [one.strip() for head in found for one in re.split(r",(?![^(]*\))", head)]


def classes(path: Path) -> set[str]:
    return {name for selector in selectors(path) for name in CLASS.findall(selector)}


def leads(path: Path) -> set[str]:
    """The class with which each selector of a stylesheet begins, without those of components."""
    firsts = (CLASS.findall(re.split(r"[\s>+~]", selector)[0])[:1] for selector in selectors(path))
    return {name for names in firsts for name in names} - shared_classes()


@cache
def shared_classes() -> set[str]:
    return {name for path in SHARED for name in classes(path)} | BY_SCRIPTS


def words_of(page: str) -> set[str]:
    """The classes of its templates, and the strings of its code and scripts.

    `seg-` begins a class that ends in what a template fills in.
    """
    templates = [*(TEMPLATES / page).rglob("*.html"), *(TEMPLATES.glob("*.html") if page == "frame" else [])]
    code = [*(PAGES / page).rglob("*.py"), *STATIC.glob(f"{page}*.js")]
    if page == "frame":
        code += [*(ROOT / "clayops" / "templatetags").glob("*.py"), *STATIC.rglob("*.js")]
    found = {word for path in templates for word in _classes_of_markup(path.read_text())}
    quoted = (text for path in code for text in QUOTED.findall(path.read_text()))
    return found | {word for text in quoted for word in WORD.findall(text)}


def _classes_of_markup(text: str) -> set[str]:
    """In `class="…"`, and what is handed to a tag in quotes."""
    handed = (quoted for tag in re.findall(r"{%.*?%}", text) for quoted in QUOTED.findall(tag))
    bare = re.sub(r"{{.*?}}", "", re.sub(r"{%.*?%}", " ", text))
    return {word for part in [*handed, *re.findall(r'class="([^"]*)"', bare)] for word in WORD.findall(part)}


def unused(names: set[str], words: set[str]) -> set[str]:
    begun = tuple(word for word in words if word.endswith("-"))
    return {name for name in names - words if not name.startswith(begun)}


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_each_class_is_in_a_template_of_the_page(path: Path) -> None:
    assert (PAGES / path.stem).is_dir()
    assert unused(classes(path) - BY_SCRIPTS, words_of(path.stem) | words_of("frame")) == set()


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_no_class_has_two_pages(path: Path) -> None:
    elsewhere = {name for other in OWN if other != path for name in leads(other)}
    assert leads(path) & elsewhere == set()


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_a_page_loads_its_stylesheet_and_no_other_s(path: Path) -> None:
    base = TEMPLATES / path.stem / "base.html"
    linked = [
        path for path in TEMPLATES.rglob("*.html") if f"clayops/{base.parent.name}.css" in path.read_text()
    ]
    assert linked == [base]


@pytest.mark.parametrize("path", SHARED, ids=lambda path: path.stem)
def test_every_page_loads_the_components(path: Path) -> None:
    assert f"clayops/{path.relative_to(STATIC).as_posix()}" in (TEMPLATES / "frame" / "head.html").read_text()


def test_no_class_of_a_component_is_unused() -> None:
    words = {word for page in PAGES.iterdir() if page.is_dir() for word in words_of(page.name)}
    assert unused(shared_classes() - BY_SCRIPTS, words) == set()
