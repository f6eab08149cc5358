"""What a destination says of the providers that its routine asks: the waterfall, how outcomes are told."""

from typing import Any

from django.db import models

from providers import waterfall
from providers.waterfall import Step

LONGEST_ID = "9" * 19
"""A row's id takes so many digits at most."""


class Means(models.TextChoices):
    """What an output of a result says about providers."""

    FOUND = "found", "names the provider that found it"
    STATUS = "status", "says how one provider did"


class Providing(models.Model):
    """Fields of a destination, apart for their own pages."""

    waterfall = models.JSONField(default=list)
    """`[{"provider": "hunter", "credits": "1.5" or null, "on": true}, …]` in the order in which Clay
    asks them; empty where the routine has none."""
    sends_lists = models.BooleanField(default=True)
    """Whether every row carries which providers to use and to skip."""
    use_input = models.CharField(max_length=100, default="use_providers")
    skip_input = models.CharField(max_length=100, default="skip_providers")

    attempts_output = models.CharField(max_length=200, blank=True, default="provider_attempts")
    """The output with the list of what each provider did, where the routine's owner returns one."""
    provider_outputs = models.JSONField(default=list)
    """`[{"output": "email_provider", "means": "found", "provider": ""}, …]`: see `Means`; a provider's name
    goes with `status` only."""

    reads_cells = models.BooleanField(default=False)
    """Whether the cells of its table are asked for (Clay's Enterprise plans)."""
    row_id_input = models.CharField(max_length=100, default="row_id")
    """The input, and the column of the table, with our row's id; sent only where cells are read."""
    cell_columns = models.JSONField(default=dict)
    """Names of the table's columns, each with the provider that it asks."""
    cells_error = models.CharField(max_length=500, blank=True)
    """Why Clay did not show the cells when it was last asked; empty where it did."""

    class Meta:
        abstract = True

    @property
    def steps(self) -> list[Step]:
        return list(map(Step.loaded, self.waterfall))

    @steps.setter
    def steps(self, steps: list[Step]) -> None:
        self.waterfall = waterfall.dumped(steps)

    @property
    def providers(self) -> list[str]:
        """Names of the waterfall, those that are switched off too."""
        return [step.provider for step in self.steps]

    @property
    def steers(self) -> bool:
        """Whether failing providers are left out."""
        return self.sends_lists and bool(self.waterfall)

    @property
    def own_inputs(self) -> tuple[str, ...]:
        """Names under which rows carry, or will carry, more than the mapped cells."""
        lists = (self.use_input, self.skip_input) if self.sends_lists else ()
        return (*lists, self.row_id_input) if self.reads_cells else lists

    def lists(self, use: list[str], skip: list[str]) -> dict[str, Any]:
        """The providers of one row, as Clay gets them."""
        return {self.use_input: use, self.skip_input: skip} if self.steers else {}

    def longest_extras(self) -> dict[str, Any]:
        """What goes with a row beside its cells, at its longest."""
        extras = self.lists(self.providers, [])
        return extras | {self.row_id_input: LONGEST_ID} if self.reads_cells else extras
