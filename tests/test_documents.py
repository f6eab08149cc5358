"""The documents stand alone: what they point to is there, and what they list is complete."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.M)
FENCED = re.compile(r"^```.*?^```$", re.M | re.S)
READ = re.compile(r'\be\.\w+\(\s*"([A-Z_]+)"')
NAMED = re.compile(r"`((?:clayops|jobs|budget|providers|tests|templates|docs)/[\w/.]*)`")
OTHER_PAGE = re.compile(r"[\w.-]+\.md\b")
OF_ONE_MACHINE = re.compile(r"(?<![\w.])/(?:home|root|tmp|work|Users)/")
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text_of(page: Path) -> str:
    """Without what is fenced: examples are no links."""
    return FENCED.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text_of(page)))
    return {heading.strip().replace(" ", "-") for heading in plain}


def links(page: Path) -> Iterator[tuple[str, Path, str]]:
    """The relative ones: as written, the file, the anchor."""
    for link in LINK.findall(text_of(page)):
        if not re.match(r"[a-z]+:", link):
            path, _, anchor = link.partition("#")
            yield link, (page.parent / path).resolve() if path else page, anchor


@each_page
def test_links_and_pictures_are_there(page: Path) -> None:
    missing = [link for link, path, _ in links(page) if not path.exists()]
    astray = [link for link, path, anchor in links(page) if anchor and anchor not in anchors(path)]
    assert missing + astray == []


@each_page
def test_lines_are_short(page: Path) -> None:
    """But for rows of tables, which cannot be broken."""
    lines = enumerate(page.read_text().splitlines(), 1)
    assert [number for number, line in lines if len(line) > 120 and not line.startswith("|")] == []


@each_page
def test_it_points_nowhere_outside(page: Path) -> None:
    known = {each.name for each in PAGES}
    text = page.read_text()
    assert {name for name in OTHER_PAGE.findall(text) if name not in known} == set()
    assert OF_ONE_MACHINE.findall(text) == []


@each_page
def test_files_that_it_names_are_there(page: Path) -> None:
    missing = {path for path in NAMED.findall(page.read_text()) if not (ROOT / path).exists()}
    assert missing == set()


def test_every_picture_is_shown() -> None:
    shown = {path for page in PAGES for _, path, _ in links(page)}
    assert [path.name for path in DOCS.rglob("*.png") if path not in shown] == []


def test_the_readme_is_a_page() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_the_readme_has_the_whole_environment() -> None:
    read = set(READ.findall((ROOT / "clayops" / "settings.py").read_text()))
    assert len(read) > 10, "the settings are read otherwise now: so must they be here"
    told = {name for row in re.findall(r"^\| (.+?) \|", text_of(ROOT / "README.md"), re.M)
            for name in re.findall(r"`([A-Z_]+)`", row)}  # fmt: skip
    assert read - told == set()
    assert told - read == set()
