"""Forms of a provider: its name, its price, the notes of those who steer it."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from providers.names import LONGEST, folded

NEEDS_WHY = "Say why, so that others know when to take it back."


def _why(label: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=500, widget=widget)


class NameForm(forms.Form):
    """A provider's name, any."""

    name = forms.CharField(
        label="Name",
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "well-known", "placeholder": "Hunter"}),
        error_messages={"required": "Type the provider’s name."},
    )

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if not folded(name) or not name.isprintable():
            raise forms.ValidationError("That is no name: it has characters that cannot be seen.")
        return name


class PinForm(forms.Form):
    """A pin, and why; back to automatic needs no reason."""

    pinned = forms.ChoiceField(choices=[("in", "in"), ("out", "out"), ("", "automatic")], required=False)
    why = _why("Note")

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("pinned") and not self.cleaned_data.get("why") and not self.has_error("why"):
            self.add_error("why", NEEDS_WHY)
        return self.cleaned_data


class ResetForm(forms.Form):
    """Why its outcomes are forgotten, where somebody wants to say it."""

    why = _why("Note (optional)")


class ProviderForm(forms.Form):
    """How it is shown, and what a hit usually costs."""

    label = forms.CharField(
        label="Shown as",
        max_length=LONGEST,
        help_text="Clay goes on hearing its name; results may say either.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "It needs a name to be shown by."},
    )
    credits = forms.CharField(
        label="Credits a hit (optional)",
        required=False,
        help_text="What a find usually costs, for results that do not tell. A waterfall may say otherwise. "
        "Empty: not known.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def clean_label(self) -> str:
        label = " ".join(str(self.cleaned_data["label"]).split())
        if not label.isprintable():
            raise forms.ValidationError("It has characters that cannot be seen.")
        return label

    def clean_credits(self) -> Decimal | None:
        raw = self.cleaned_data["credits"].strip()
        if not raw:
            return None
        try:
            value = Decimal(raw)
        except InvalidOperation:
            raise forms.ValidationError(f"Type a number such as 1 or 0.5, not {raw[:40]!r}.") from None
        if not value.is_finite() or not 0 <= value < 1_000_000 or value != round(value, 2):
            raise forms.ValidationError(
                "It must be zero or more, below a million, with at most two decimals."
            )
        return value
