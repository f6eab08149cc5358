"""Forms of a destination: what it is, why it is paused, the one row that tries it."""

import csv
import io
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html

from clayops.base.wording import num
from jobs.destinations import rules
from jobs.models import Destination

PRICES = ("credits_per_row", "charges_misses", "credits_output")
"""What rows count with against the limits: whoever may not change those changes none of these."""
KEPT = {"daily_limit", "waterfall", *PRICES}
"""What stays as it is where a form does not send it: a browser leaves out a field that is disabled, and the
waterfall of one that exists has a page of its own."""
NOT_YOURS = "You may not change limits."
NO_PRICES = "You may not change limits, nor what rows count with."
ASK = "Ask somebody who may."
SPARE = 2
"""Empty lines for inputs, beside those there are."""


def _text(label: str, help_text: str, **attrs: str) -> forms.CharField:
    """A field of which `jobs.destinations.rules` says what it may hold."""
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, required=False, help_text=help_text, widget=widget)


class DestinationForm(forms.Form):
    """A destination as text. The inputs come as two lists of the same length: `input` and `need`."""

    name = _text("Name", "What your team calls it, here and on the upload page. Such as: Find work email.")
    routine_id = _text(
        "Routine",
        "The function or workflow in Clay that gets the rows. Open it in Clay: its id is in the address and "
        "looks like function:t_0abc123. You can paste the whole address.",
        spellcheck="false",
        placeholder="function:t_0abc123",
    )
    table = _text(
        "Table id (optional)",
        "Only where the routine works on another table than the one in its id. It is in that table’s "
        "address in Clay, and begins with t_.",
        spellcheck="false",
    )
    credits_per_row = _text(
        "Credits a row",
        "What one row is expected to cost. In Clay, add up the credits that the routine’s columns name. "
        "ClayOps counts with it for costs and limits, so rather take a little more. Usual: 2.",
        inputmode="decimal",
    )
    daily_limit = _text(
        "Own daily limit (optional)",
        "At most so many credits a day go to this destination, within the limit of the whole workspace. "
        "Empty: only the workspace’s limit holds.",
        inputmode="decimal",
    )
    charges_misses = forms.CharField(
        label="Clay charges misses",
        required=False,
        help_text="Rows that Clay says failed. Yes: they count as spent. No: their credits are free again, "
        "and their dead letters say that nothing was charged. When in doubt: yes.",
        widget=forms.Select(choices=[("yes", "yes"), ("no", "no")]),
    )
    credits_output = _text(
        "Output that tells the credits",
        "The output of the routine that says what the whole row cost, as a number. Then that is what counts "
        "as spent, rather than the estimate. Empty: only the estimate counts. Usual: credits.",
        spellcheck="false",
    )
    batch_size = _text(
        "Rows in a batch",
        "So many rows are sent to Clay together, from 1 to 100. Smaller batches mean that fewer rows need "
        "you when one fails. Usual: 50.",
        inputmode="numeric",
    )
    pause_seconds = _text(
        "Seconds between batches",
        "From one batch to the next. Take more where Clay often answers that rows come too fast. Usual: 2.",
        inputmode="decimal",
    )
    timeout_minutes = _text(
        "Stuck after, in minutes",
        "A batch that is out for longer raises an alert. Take twice what the slowest usual batch needs. "
        "Usual: 30.",
        inputmode="decimal",
    )
    waterfall = _text(
        "Waterfall (optional)",
        "The providers that your table asks, in that order, with commas: hunter, prospeo. Then failing ones "
        "are left out by way of use_providers and skip_providers, which your table must read. "
        "Empty: Clay decides.",
        spellcheck="false",
    )

    def __init__(
        self, data: QueryDict | None = None, *, destination: Destination, may_limit: bool = True
    ) -> None:
        super().__init__(data, initial=_as_text(destination))
        self._destination = destination
        self._limit = rules.standing_limit(destination)
        self._may_limit = may_limit
        self.limit_was = self.data.get("daily_limit_was", self._typed_limit())
        """The limit that the form was filled in with, as text: an old form does not undo what others set."""
        if not may_limit:
            self._disable("daily_limit", NOT_YOURS)
        if self._keeps_prices:
            for name in PRICES:
                self._disable(name, NO_PRICES)
        self.lines = _typed(data) if data is not None else [dict(each) for each in destination.inputs]
        self.input_errors: list[str] = []
        self.values: dict[str, Any] = {}

    def clean(self) -> dict[str, Any]:
        """Read every field; `values` are those of a `Destination`, `inputs` among them."""
        for field, read in rules.READERS.items():
            if field in KEPT and field not in self.data:
                continue
            try:
                self.values[field] = read(self.cleaned_data.get(field, "").strip())
            except rules.Wrong as problem:
                self.add_error(field, problem.said_of("It"))
        self._clean_limit()
        for field in PRICES if self._keeps_prices else ():
            is_now = getattr(self._destination, field)
            if self.values.pop(field, is_now) != is_now:
                self.add_error(field, f"{NO_PRICES} {ASK}")
        try:
            self.values["inputs"] = rules.inputs(self.lines)
        except rules.Wrong as problem:
            self.refuse("inputs", f"The list {problem}.")
        return self.cleaned_data

    def _clean_limit(self) -> None:
        """Only what was typed here is set, and only on what whoever typed it has seen."""
        was = self._seen()
        new = self.values.pop("daily_limit", was)
        if new == was or self.has_error("daily_limit"):
            return
        if not self._may_limit:
            self.add_error("daily_limit", f"{NOT_YOURS} {ASK}")
        elif new == 0:
            self.add_error("daily_limit", self._no_zero())
        elif self._limit not in (was, new):
            is_now = "taken away" if self._limit is None else f"set to {num(self._limit)}"
            self.add_error("daily_limit", f"It was {is_now} meanwhile. Save again to replace that.")
            self.limit_was = self._typed_limit()
        else:
            self.values["daily_limit"] = new

    def _seen(self) -> Decimal | None:
        """The limit that the form showed; the present one where it does not say so, or says nonsense."""
        try:
            return rules.limit(self.limit_was.strip())
        except rules.Wrong:
            return self._limit

    def _typed_limit(self) -> str:
        return "" if self._limit is None else _as_typed(self._limit)

    def _no_zero(self) -> str:
        """0 stops all sending here: the limit's own page asks whether that is meant."""
        if not self._destination.pk:
            return "0 stops all sending. Save it without a limit first, then set 0 on the limit’s page."
        page = f"{reverse('budget-limit')}?scope={self._destination.scope}"
        said = '0 stops all sending. <a href="{}">Set it on the limit’s page</a>, if that is meant.'
        return format_html(said, page)

    @property
    def _keeps_prices(self) -> bool:
        """Anybody may say what a new one costs: else who may not change limits could create none."""
        return bool(self._destination.pk) and not self._may_limit

    def _disable(self, name: str, why: str) -> None:
        field = self.fields[name]
        field.widget.attrs["disabled"] = True
        field.help_text = f"{why} {field.help_text}"

    def refuse(self, field: str, text: str) -> None:
        """Say at the field why it cannot be so."""
        if field == "inputs":
            self.input_errors.append(text)
            self.add_error(None, text)
        else:
            self.add_error(field, text)

    @property
    def shown_lines(self) -> list[dict[str, Any]]:
        """The inputs and a few empty lines."""
        blank = {"name": "", "required": True}
        return [*self.lines, *[blank] * max(SPARE - sum(not each["name"] for each in self.lines), 0)]


def _typed(data: QueryDict) -> rules.Inputs:
    needs = data.getlist("need")
    return [
        {"name": name.strip(), "required": index >= len(needs) or needs[index] != "optional"}
        for index, name in enumerate(data.getlist("input"))
        if name.strip() and str(index) != data.get("remove")
    ]


def _as_text(destination: Destination) -> dict[str, str]:
    """Every field as a person would type it."""
    plain = {field: getattr(destination, field) for field in rules.READERS if field != "daily_limit"}
    plain |= {"daily_limit": rules.standing_limit(destination)}
    numbers = {
        field: _as_typed(value)
        for field, value in plain.items()
        if isinstance(value, int | float) or hasattr(value, "is_finite")
    }
    misses = "yes" if destination.charges_misses else "no"
    return plain | numbers | {"waterfall": ", ".join(destination.providers), "charges_misses": misses}


def _as_typed(value: Decimal | float) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class PauseForm(forms.Form):
    """Why nothing shall be sent."""

    why = forms.CharField(
        label="Why",
        max_length=300,
        help_text="Everybody sees it at the destination and at its jobs.",
        widget=forms.TextInput(attrs={"placeholder": "The table is being changed", "autocomplete": "off"}),
        error_messages={"required": "Say why, so that others know when to go on."},
    )


class OneRowForm(forms.Form):
    """One value for each input; named by position, as inputs may be called anything."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, destination: Destination) -> None:
        super().__init__(data)
        self._names = destination.input_names
        for index, given in enumerate(destination.inputs):
            self.fields[f"input-{index}"] = forms.CharField(
                label=given["name"] if given["required"] else f"{given['name']} (optional)",
                required=given["required"],
                max_length=10_000,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
                error_messages={"required": "Clay needs this input. Fill it in."},
            )

    def clean(self) -> dict[str, Any]:
        if not self.errors and not any(self.cleaned_data.values()):
            raise forms.ValidationError("Fill in at least one input.")
        return self.cleaned_data

    def as_csv(self) -> bytes:
        """A file of one row, its columns called like the inputs."""
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerow(self._names)
        writer.writerow(self.cleaned_data[f"input-{index}"] for index in range(len(self._names)))
        return out.getvalue().encode()
