"""Templates stand with their page: every name resolves, none is dead, none belongs to another page."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "templates"
CODE = [path for path in (ROOT / "clayops").rglob("*.py") if "sandbox" not in path.parts]
NAME = re.compile(r"""["']([a-z0-9_/]+\.html)["']""")
OF_DJANGO = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}
"""What Django itself asks for, by these names."""
EVERYBODY_S = {"frame", ""}
"""Folders that every page may take from: the frame, and what stands beside it at the top."""


def every_template() -> list[str]:
    return sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))


def named_in(path: Path) -> list[str]:
    return NAME.findall(path.read_text())


def page_of(template: str) -> str:
    return template.partition("/")[0] if "/" in template else ""


def page_of_code(path: Path) -> str:
    parts = path.relative_to(ROOT / "clayops").parts
    return parts[1] if parts[0] == "pages" else "frame"


@pytest.mark.parametrize("template", every_template())
def test_it_names_templates_of_its_own_page_or_of_the_frame(template: str) -> None:
    get_template(template)
    for name in named_in(TEMPLATES / template):
        get_template(name)
        assert page_of(name) in EVERYBODY_S | {page_of(template)}


def test_a_view_renders_templates_of_its_own_page() -> None:
    elsewhere = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in CODE
        if path.name != "settings.py"
        for name in named_in(path)
        if page_of(name) not in EVERYBODY_S | {page_of_code(path)}
    ]
    assert elsewhere == []


def test_every_template_is_used_and_every_name_is_one() -> None:
    by_code = {name for path in CODE for name in named_in(path)}
    by_templates = {name for template in every_template() for name in named_in(TEMPLATES / template)}
    assert by_code | by_templates | OF_DJANGO == set(every_template())


def test_every_folder_is_a_page() -> None:
    pages = {path.name for path in (ROOT / "clayops" / "pages").iterdir() if path.is_dir()}
    assert {path.name for path in TEMPLATES.iterdir() if path.is_dir()} <= pages
