"""What something cost whose outcome nobody knows: a person decides, for one line or for many."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from budget.models import Basis, Entry
from budget.models.ledger import EntryQuerySet
from budget.terms import shown

NONE, ALL, SOME = "none", "all", "some"
CHOICES = {NONE: "Clay did not charge it", ALL: "Clay charged all of it", SOME: "Clay charged a part of it"}


class DecideAllForm(forms.Form):
    """The same for many lines: nothing of each, or all of it."""

    charged = forms.ChoiceField(
        label="What Clay’s usage page says",
        choices=[(NONE, "Clay did not charge them"), (ALL, "Clay charged all of them")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one of these", "invalid_choice": "Choose one of these"},
    )
    note = forms.CharField(
        label="How you know",
        max_length=500,
        error_messages={"required": "Say how you know: it stays on record"},
        widget=forms.TextInput(
            attrs={"placeholder": "Usage page, 24 Nov: nothing at 14:05", "autocomplete": "off"}
        ),
    )

    def __init__(self, given: QueryDict | None = None) -> None:
        super().__init__(given, auto_id="d-%s", label_suffix="", use_required_attribute=False)

    def amount(self, entry: Entry) -> Decimal:
        return entry.credits if self.cleaned_data["charged"] == ALL else Decimal(0)


class DecideForm(DecideAllForm):
    """For one line: nothing, all, or an amount in between."""

    amount_charged = forms.DecimalField(
        label="Credits that Clay charged",
        required=False,
        max_digits=12,
        decimal_places=2,
        min_value=Decimal(0),
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any", "autocomplete": "off"}),
    )
    field_order = ["charged", "amount_charged", "note"]

    def __init__(self, entry: Entry, given: QueryDict | None = None) -> None:
        super().__init__(given)
        self.entry = entry
        part = self.fields["charged"]
        assert isinstance(part, forms.ChoiceField)  # noqa: S101
        part.choices = list(CHOICES.items())
        if entry.basis == Basis.DECIDED and not self.is_bound:
            self.initial = self._as_decided()

    def _as_decided(self) -> dict[str, Any]:
        spent = self.entry.spent or Decimal(0)
        if spent in {Decimal(0), self.entry.credits}:
            return {"charged": ALL if spent else NONE}
        return {"charged": SOME, "amount_charged": spent}

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        part = given.get("charged") == SOME
        if part and given.get("amount_charged") is None and "amount_charged" not in self.errors:
            self.add_error("amount_charged", f"Say how many of the {shown(self.entry.credits)} credits")
        return given

    def amount(self, entry: Entry) -> Decimal:
        if self.cleaned_data["charged"] != SOME:
            return super().amount(entry)
        amount: Decimal = self.cleaned_data["amount_charged"]
        return amount


def ticked(given: Iterable[str]) -> EntryQuerySet:
    """The lines of these keys; what is no key is as if it were not there."""
    keys = {int(key) for key in given if key.isascii() and key.isdigit() and len(key) < 19}
    return Entry.objects.filter(pk__in=keys)
