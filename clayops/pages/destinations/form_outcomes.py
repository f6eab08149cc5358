"""The form that says where outcomes are read from: outputs of results, and cells of the table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict

from clayops.pages.destinations.form_waterfall import text
from jobs.destinations import waterfalls
from jobs.destinations.rules import Wrong, output
from jobs.destinations.waterfalls import Telling
from jobs.models import Destination
from jobs.models.states import Means
from providers.names import folded

RESHOWN = ("preview", "add_output", "remove_output", "add_column", "remove_column")
"""Buttons that show the form again and save nothing."""
SPARE = 1
"""Empty lines, beside those there are."""
FIELDS = ("attempts_output", "reads_cells", "row_id_input")


@dataclass
class OutputLine:
    """An output, what it means, and of whom, as typed."""

    output: str = ""
    means: str = Means.FOUND.value
    provider: str = ""
    wrong: str = field(default="", compare=False)
    """Which of them is wrong; `error` says why."""
    error: str = field(default="", compare=False)

    @property
    def is_blank(self) -> bool:
        return not (self.output or self.provider)

    def read(self) -> dict[str, str] | None:
        """As `Providing.provider_outputs` keeps it; None where it is wrong."""
        readers: dict[str, Callable[[str], str]] = {
            "output": waterfalls.output_name,
            "means": waterfalls.meaning,
        }
        if self.means == Means.STATUS:
            readers["provider"] = waterfalls.meant
        found = _read(self, readers)
        return {"provider": ""} | found if found else None


@dataclass
class ColumnLine:
    """A column of the table and the provider that it asks, as typed."""

    column: str = ""
    provider: str = ""
    wrong: str = field(default="", compare=False)
    error: str = field(default="", compare=False)

    @property
    def is_blank(self) -> bool:
        return not (self.column or self.provider)

    def read(self) -> dict[str, str] | None:
        return _read(self, {"column": waterfalls.column, "provider": waterfalls.meant})


def _read(
    line: OutputLine | ColumnLine, readers: Mapping[str, Callable[[str], str]]
) -> dict[str, str] | None:
    found = {}
    for part, read in readers.items():
        try:
            found[part] = str(read(getattr(line, part)))
        except Wrong as problem:
            line.wrong, line.error = part, problem.said_of("It")
            return None
    return found


class OutcomesForm(forms.Form):
    """What is read, as text. Outputs come as lists of the same length (`output`, `means`, `told_of`), and so
    do columns (`column`, `asks`).
    """

    attempts_output = text(
        "Output with the list of attempts",
        "The best way: the routine returns what each provider did. Usual: provider_attempts. Empty: none.",
    )
    reads_cells = forms.BooleanField(
        label="Ask Clay for the cells after each run",
        required=False,
        help_text="Needs Clay’s Enterprise plan. What a result tells itself comes first.",
    )
    row_id_input = text(
        "Input and column with our row’s id",
        "By it ClayOps knows which record is which row: the routine needs an input of this name, and the "
        "table a column of this name that holds it.",
    )

    def __init__(self, data: QueryDict | None = None, *, destination: Destination) -> None:
        held = {name: getattr(destination, name) for name in FIELDS}
        self.is_reshown = data is not None and any(name in data for name in RESHOWN)
        typed = _typed(data) if data is not None and self.is_reshown else held
        super().__init__(None if self.is_reshown else data, initial=typed)
        self._held = (_output_lines(destination), _column_lines(destination), held)
        self.outputs = _output_lines(destination) if data is None else _typed_outputs(data)
        self.columns = _column_lines(destination) if data is None else _typed_columns(data)
        self.seen = data.get("seen", "") if data is not None else ""
        self.seen = self.seen or waterfalls.mark_of(destination, waterfalls.TELLING)
        self.list_errors = {"outputs": "", "columns": ""}

    # -- reading ----------------------------------------------------------------------------------
    def clean(self) -> dict[str, Any]:
        """Read every field: `telling` is what to save."""
        readers = {"attempts_output": output, "row_id_input": waterfalls.input_name}
        for name, read in readers.items():
            try:
                self.cleaned_data[name] = read(self.cleaned_data.get(name, "").strip())
            except Wrong as problem:
                self.add_error(name, problem.said_of("It"))
        self.cleaned_data["provider_outputs"] = _kept(self.outputs)
        self.cleaned_data["cell_columns"] = self._columns(_kept(self.columns))
        if any(line.error for line in self.outputs) or any(line.error for line in self.columns):
            self.add_error(None, "A line is not right.")
        return self.cleaned_data

    def _columns(self, lines: Sequence[dict[str, str]]) -> dict[str, str]:
        for name in {each["column"] for each in lines}:
            if sum(line.column == name for line in self.columns) > 1:
                self.refuse("columns", f"The column {name} stands there twice.")
        return {each["column"]: each["provider"] for each in lines}

    @property
    def telling(self) -> Telling:
        return Telling(**{name: self.cleaned_data[name] for name in waterfalls.TELLING})

    def refuse(self, where: str, said: str) -> None:
        """Say at the field why it cannot be so."""
        if where in self.list_errors:
            self.list_errors[where] = said
            self.add_error(None, said)
        else:
            self.add_error(where, said)

    # -- what the page shows ------------------------------------------------------------------------
    @property
    def is_changed(self) -> bool:
        """Whether it differs from what is saved."""
        shown = {name: self[name].value() for name in self.fields}
        return (_filled(self.outputs), _filled(self.columns), shown) != self._held

    @property
    def attempts_now(self) -> str:
        """The output with the list as typed; empty where no output can be called so."""
        try:
            return output(str(self["attempts_output"].value() or "").strip())
        except Wrong:
            return ""

    def outputs_now(self) -> list[dict[str, str]]:
        """The lines that are complete, for a preview: what is half typed is no mistake yet."""
        lines = [OutputLine(line.output, line.means, line.provider) for line in _filled(self.outputs)]
        return [read for line in lines if (read := line.read())]

    @property
    def shown_outputs(self) -> list[OutputLine]:
        return [*self.outputs, *[OutputLine()] * _spare(self.outputs)]

    @property
    def shown_columns(self) -> list[ColumnLine]:
        return [*self.columns, *[ColumnLine()] * _spare(self.columns)]

    @property
    def shows_cells(self) -> bool:
        """Whether what is about cells is there without a click."""
        of_cells = any(line.error for line in self.columns) or self.list_errors["columns"]
        return bool(self["reads_cells"].value() or _filled(self.columns) or of_cells)


def _kept(lines: Sequence[OutputLine] | Sequence[ColumnLine]) -> list[dict[str, str]]:
    return [read for line in lines if not line.is_blank and (read := line.read())]


def _filled(lines: list[Any]) -> list[Any]:
    return [line for line in lines if not line.is_blank]


def _spare(lines: Sequence[OutputLine] | Sequence[ColumnLine]) -> int:
    return max(SPARE - sum(line.is_blank for line in lines), 0)


def _output_lines(destination: Destination) -> list[OutputLine]:
    return [
        OutputLine(each["output"], each["means"], each["provider"]) for each in destination.provider_outputs
    ]


def _column_lines(destination: Destination) -> list[ColumnLine]:
    """In the order of the waterfall: JSON keeps none."""
    order = {folded(name): place for place, name in enumerate(destination.providers)}
    lines = [ColumnLine(column, provider) for column, provider in destination.cell_columns.items()]
    return sorted(lines, key=lambda line: (order.get(folded(line.provider), len(order)), line.column))


def _typed(data: QueryDict) -> dict[str, str | bool]:
    return {name: data.get(name, "") for name in FIELDS} | {"reads_cells": "reads_cells" in data}


def _typed_outputs(data: QueryDict) -> list[OutputLine]:
    means, told_of = data.getlist("means"), data.getlist("told_of")
    lines = [
        OutputLine(name.strip(), _nth(means, place) or Means.FOUND.value, _nth(told_of, place))
        for place, name in enumerate(data.getlist("output"))
    ]
    return _pressed(lines, data, "output", OutputLine)


def _typed_columns(data: QueryDict) -> list[ColumnLine]:
    asks = data.getlist("asks")
    lines = [ColumnLine(name.strip(), _nth(asks, place)) for place, name in enumerate(data.getlist("column"))]
    return _pressed(lines, data, "column", ColumnLine)


def _pressed(lines: list[Any], data: QueryDict, kind: str, blank: type[Any]) -> list[Any]:
    """Without the line that a button removes, or with the one that it adds; blank ones are left out."""
    gone = data.get(f"remove_{kind}")
    kept = [line for place, line in enumerate(lines) if not line.is_blank and str(place) != gone]
    return [*kept, blank(), blank()] if f"add_{kind}" in data else kept


def _nth(texts: Sequence[str], place: int) -> str:
    return texts[place].strip() if place < len(texts) else ""
