"""Forms of the budget: another limit, asking for more, when to warn."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from budget import limits
from budget.steering import warning_levels
from jobs.credits.scopes import Scope

TODAY = "today"


class LimitForm(forms.Form):
    """A new daily limit, until when, and why. 0 needs a tick, except where somebody only looks."""

    credits = forms.CharField(
        label="Credits a day",
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "spellcheck": "false"}),
    )
    until = forms.ChoiceField(
        label="It holds",
        required=False,
        choices=[("", "From now on, every day"), (TODAY, "Today only, until midnight (00:00)")],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label="Why (optional)",
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "Campaign of November", "autocomplete": "off"}),
    )
    confirm = forms.BooleanField(required=False)

    def __init__(self, data: Mapping[str, Any] | None, scope: Scope, *, looking: bool = False) -> None:
        super().__init__(data, auto_id="limit-%s", initial={"until": ""})
        whom = f" to {scope}" if scope.destination else ""
        self.fields["confirm"].label = f"Yes, stop all sending{whom}"
        self._looking = looking

    @property
    def today_only(self) -> bool:
        return self.cleaned_data.get("until") == TODAY

    @property
    def amount(self) -> Decimal | None:
        """What was typed; None where that is no limit."""
        return self.cleaned_data.get("credits") if self.is_bound and not self["credits"].errors else None

    def clean_credits(self) -> Decimal:
        return _amount(self.cleaned_data["credits"], "The limit")

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("credits") == 0 and not given.get("confirm") and not self._looking:
            self.add_error("confirm", "0 stops all sending. Tick this if that is meant.")
        return given


class AskForm(forms.Form):
    """So many credits more, for today, and what for."""

    scope = forms.ChoiceField(label="Of which limit", required=False)
    credits = forms.CharField(
        label="How many credits more",
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "spellcheck": "false"}),
    )
    why = forms.CharField(
        label="What for",
        max_length=500,
        error_messages={"required": "Say what the credits are for."},
        widget=forms.TextInput(attrs={"placeholder": "leads.csv must go out today", "autocomplete": "off"}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        scopes: Sequence[tuple[str, str]],
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, auto_id="ask-%s", initial=initial)
        self.fields["scope"] = field = forms.ChoiceField(
            label="Of which limit", required=False, choices=scopes
        )
        if len(scopes) == 1:
            field.widget = forms.HiddenInput()

    def clean_credits(self) -> Decimal:
        amount = _amount(self.cleaned_data["credits"], "The amount")
        if not amount:
            raise forms.ValidationError("Ask for more than zero credits.")
        return amount


class WarnForm(forms.Form):
    """Percents at which pages warn, as one text."""

    levels = forms.CharField(
        label="Warn at, in % of the limit",
        required=False,
        max_length=100,
        help_text="One or more, such as 80, 95. Empty: never.",
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        shown = ", ".join(str(percent) for percent in warning_levels.warn_levels())
        super().__init__(data, auto_id="warn-%s", initial={"levels": shown})

    def clean_levels(self) -> list[int]:
        try:
            return warning_levels.parsed(self.cleaned_data["levels"])
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from None


def _amount(text: str, what: str) -> Decimal:
    try:
        return limits.parsed(text, what)
    except ValueError as error:
        raise forms.ValidationError(f"{error}.") from None
