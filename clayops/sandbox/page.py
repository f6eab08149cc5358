"""The sandbox's own page: its settings as a plain form that works without JavaScript."""

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path
from string import Template
from typing import Any

from clayops.sandbox.knobs import STATUSES, Knobs


@cache
def _template() -> Template:
    return Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))


def page(knobs: Knobs, totals: tuple[int, int], said: str = "", bad: bool = False) -> str:
    """The page as HTML. `said` is what the last action came to."""
    tone = '<p class="said bad" role="alert">' if bad else '<p class="said good" role="status">'
    return _template().substitute(
        said=f"{tone}{escape(said)}</p>" if said else "",
        runs=f"{totals[0]:,}",
        items=f"{totals[1]:,}",
        groups="\n".join(_groups(knobs)),
    )


def from_form(form: dict[str, str]) -> dict[str, Any]:
    """The form's fields as settings: `provider_errors.hunter` belongs into `provider_errors`."""
    changes: dict[str, Any] = {name: value for name, value in form.items() if "." not in name}
    for name, value in form.items():
        outer, dot, inner = name.partition(".")
        if dot:
            changes.setdefault(outer, {})[inner] = value
    return changes


def _groups(knobs: Knobs) -> Iterator[str]:
    for group, members in groupby(fields(knobs), lambda one: one.metadata["group"]):
        rows = "\n".join(row for one in members for row in _rows(knobs, one.name, one.metadata))
        yield f"<fieldset><legend>{escape(group)}</legend>\n{rows}\n</fieldset>"


def _rows(knobs: Knobs, name: str, about: Any) -> Iterator[str]:
    value, kind, note = knobs.shown()[name], about["kind"], about["note"]
    if kind != "rates":
        yield _row(name, about["label"], _control(name, value, kind), note, kind == "names")
        return
    for one in dict.fromkeys([*knobs.waterfall, *value]):
        control = _control(f"{name}.{one}", value.get(one), "maybe")
        yield _row(f"{name}.{one}", f"{about['label']} {one}", control, note)


def _row(name: str, label: str, control: str, note: str, wide: bool = False) -> str:
    small = f"<small>{escape(note)}</small>" if note else ""
    told = f'<label for="{escape(name)}">{escape(label)}</label>'
    return f'<div class="row{" wide" * wide}">{told}{control}{small}</div>'


def _control(name: str, value: Any, kind: str) -> str:
    attributes = f'id="{escape(name)}" name="{escape(name)}"'
    if kind == "status":
        options = "".join(f"<option{' selected' * (one == value)}>{one}</option>" for one in STATUSES)
        return f"<select {attributes}>{options}</select>"
    text = ", ".join(value) if isinstance(value, list) else "" if value is None else f"{value}"
    mode = "" if kind in {"text", "blank", "here", "names"} else ' inputmode="decimal"'
    return f'<input {attributes}{mode} value="{escape(text)}" autocomplete="off">'
