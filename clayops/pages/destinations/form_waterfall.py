"""The form of a waterfall: its steps in order, and how rows tell Clay of it."""

from dataclasses import dataclass, field

from django import forms
from django.http import QueryDict

from jobs.destinations import waterfalls
from jobs.destinations.rules import MAX_PROVIDERS, Wrong
from jobs.destinations.waterfalls import Steering
from jobs.models import Destination
from providers.names import folded
from providers.waterfall import Step

MOVES = {"up": -1, "down": 1}
RESHOWN = ("add", "remove", *MOVES)
"""Buttons that show the form again and save nothing."""
NAMES = ("use_input", "skip_input")


def text(label: str, help_text: str) -> forms.CharField:
    """A field of which `jobs.destinations.waterfalls` says what it may hold."""
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, required=False, help_text=help_text, widget=widget)


@dataclass
class Line:
    """A step as typed."""

    provider: str
    credits: str = ""
    on: bool = True
    error: str = field(default="", compare=False)

    @classmethod
    def of(cls, step: Step) -> "Line":
        return cls(step.provider, "" if step.credits is None else f"{step.credits:f}", step.on)

    def step(self) -> Step | None:
        """None where it is wrong, which `error` then says."""
        try:
            return Step(waterfalls.provider(self.provider), waterfalls.cost(self.credits), self.on)
        except Wrong as problem:
            self.error = problem.said_of("It")
            return None


class WaterfallForm(forms.Form):
    """A waterfall as text. Of each step there is a `step`, in their order, with a key by which its other
    fields are named: a box that is not ticked sends nothing, so that equal names would not do.
    """

    sends_lists = forms.BooleanField(
        label="Send with every row which providers to use and to skip",
        required=False,
        help_text="Without it nobody is left out: neither who fails, nor who is switched off.",
    )
    use_input = text("Input with those to use", "The routine in Clay must have an input of this name.")
    skip_input = text("Input with those to skip", "This one, too: the conditions below read it.")

    def __init__(self, data: QueryDict | None = None, *, destination: Destination) -> None:
        held = {name: getattr(destination, name) for name in ("sends_lists", *NAMES)}
        self.is_reshown = data is not None and _saves_nothing(data)
        typed = _typed(data) if data is not None and self.is_reshown else held
        super().__init__(None if self.is_reshown else data, initial=typed)
        self._held = [Line.of(step) for step in destination.steps], held
        self.lines = _lines(data) if data is not None else [Line.of(step) for step in destination.steps]
        self.new = data.get("new", "") if data is not None else ""
        self.seen = data.get("seen", "") if data is not None else ""
        self.seen = self.seen or waterfalls.mark_of(destination, waterfalls.WATERFALL)
        self.new_error = self.list_error = ""
        self.steps: list[Step] = []
        if data is not None and self.is_reshown:
            self._press(data)

    # -- buttons that save nothing ----------------------------------------------------------------
    def _press(self, data: QueryDict) -> None:
        keys = data.getlist("step")
        for button in ("remove", *MOVES):
            if (key := data.get(button)) is not None and key in keys:
                self._at(keys.index(key), button)
        if "add" in data or "enter" in data:
            self._add()

    def _at(self, place: int, button: str) -> None:
        line = self.lines.pop(place)
        if button != "remove":
            self.lines.insert(max(place + MOVES[button], 0), line)

    def _add(self) -> None:
        """The provider that was named becomes the last step."""
        try:
            self.lines.append(Line(self._new_name()))
            self.new = ""
        except Wrong as problem:
            self.new_error = problem.said_of("It")

    def _new_name(self) -> str:
        name = waterfalls.meant(self.new)
        if folded(name) in {folded(line.provider) for line in self.lines}:
            raise Wrong("stands in the list already")
        if len(self.lines) >= MAX_PROVIDERS:
            raise Wrong(f"does not fit any more: a waterfall has {MAX_PROVIDERS} providers at most")
        return name

    # -- reading ----------------------------------------------------------------------------------
    def clean(self) -> None:
        """Read every field: `steps` and `how` are what to save."""
        if self.new.strip():
            self._add()
        for name in NAMES:
            try:
                self.cleaned_data[name] = waterfalls.input_name(self.cleaned_data.get(name, ""))
            except Wrong as problem:
                self.add_error(name, problem.said_of("It"))
        self.steps = [step for line in self.lines if (step := line.step())]
        if self.new_error or len(self.steps) < len(self.lines):
            self.add_error(None, "A step is not right.")

    @property
    def how(self) -> Steering:
        typed = self.cleaned_data
        return Steering(typed["sends_lists"], typed["use_input"], typed["skip_input"])

    def refuse(self, where: str, said: str) -> None:
        """Say at the field why it cannot be so."""
        if where == "waterfall":
            self.list_error = said
        self.add_error(None if where == "waterfall" else where, said)

    # -- what the page shows ------------------------------------------------------------------------
    @property
    def is_changed(self) -> bool:
        """Whether it differs from what is saved."""
        shown = {name: self[name].value() for name in self.fields}
        return (self.lines, shown) != self._held or bool(self.new)

    @property
    def are_all_off(self) -> bool:
        return bool(self.lines) and not any(line.on for line in self.lines)


def _saves_nothing(data: QueryDict) -> bool:
    """Enter in the field of a new provider adds it, as every form's first button is pressed by it."""
    return any(name in data for name in RESHOWN) or ("enter" in data and bool(data.get("new", "").strip()))


def _typed(data: QueryDict) -> dict[str, str | bool]:
    return {"sends_lists": "sends_lists" in data} | {name: data.get(name, "") for name in NAMES}


def _lines(data: QueryDict) -> list[Line]:
    return [
        Line(
            data.get(f"provider-{key}", ""),
            data.get(f"credits-{key}", "").strip(),
            f"on-{key}" in data,
        )
        for key in data.getlist("step")
    ]
