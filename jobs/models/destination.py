"""Where rows go in Clay: the pace, cost and time-outs that hold there, and how files were mapped to it."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from budget.limits import limit_of
from budget.terms import NEVER_FITS, NO_CLAY_CREDITS, WORKSPACE, destination_scope
from jobs.models.states import Hold, Kind
from providers import waterfall
from providers.waterfall import Step

CELLS_KNOWN_AFTER = timedelta(minutes=30)
"""About how long after its run a table's cells tell what there is to learn of its rows."""
LONGEST_ID = "9" * 19
"""A row's id takes so many digits at most."""


class DestinationQuerySet(models.QuerySet["Destination"]):
    def open(self) -> "DestinationQuerySet":
        """Those that take uploads."""
        return self.filter(archived_at=None)

    def leading_to(self, routine: str, table: str) -> "DestinationQuerySet":
        """Those whose rows go to this routine, or into this table (empty: not known)."""
        of_table = models.Q(table=table) | models.Q(table="", routine_id=f"function:{table}")
        return self.filter(models.Q(routine_id=routine) | (of_table if table else models.Q(pk__in=[])))

    def archived(self) -> "DestinationQuerySet":
        return self.exclude(archived_at=None)


class Destination(models.Model):
    """A routine of Clay's Public API, or the webhook of a table."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.ROUTINE)
    routine_id = models.CharField(max_length=64, blank=True)
    webhook_url = models.URLField(max_length=500, blank=True)
    webhook_token = models.CharField(max_length=500, blank=True)
    table = models.CharField(max_length=64, blank=True)
    inputs = models.JSONField(default=list)
    """`[{"name": "email", "required": true}, …]` in the order in which Clay's owner named them."""
    credits_per_row = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal(2))
    batch_size = models.PositiveSmallIntegerField(default=50)
    pause_seconds = models.FloatField(default=2.0)
    """From the start of one batch to the start of the next."""
    timeout_minutes = models.FloatField(default=30.0)
    """A run that is out for longer is stuck and raises an alert."""
    charges_misses = models.BooleanField(default=True)
    """Whether Clay charges a row that it says failed; if not, its credits are free again."""
    credits_output = models.CharField(max_length=200, blank=True, default="credits")
    """The output that tells what a row really cost, where the routine's owner returns one."""

    # -- the providers that its routine asks, and how their outcomes are told
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

    hold = models.CharField(max_length=20, choices=Hold.choices, blank=True)
    hold_reason = models.CharField(max_length=500, blank=True)
    hold_since = models.DateTimeField(null=True, blank=True)
    next_send_at = models.DateTimeField(default=timezone.now)
    """The gate that keeps the pace: whoever moves it forward may send one batch."""
    created_at = models.DateTimeField(auto_now_add=True)
    routine_since = models.DateTimeField(default=timezone.now)
    """Since when its rows go where they go now: results from before belong to another routine."""
    archived_at = models.DateTimeField(null=True, blank=True)
    """Since when it takes no uploads and stands apart in the list; its jobs are kept."""
    price_open_since = models.DateTimeField(null=True, blank=True)
    """Since when its price is one that nobody who may set prices has looked at."""

    objects = DestinationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        permissions = [
            ("manage_destinations", "May create, change, pause and archive destinations"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def table_id(self) -> str:
        """The table behind it: `function:t_x` wraps `t_x` (Clay's routines skill); workflows name none."""
        return table_of(self.routine_id, self.table)

    @property
    def input_names(self) -> list[str]:
        return [given["name"] for given in self.inputs]

    @property
    def required_inputs(self) -> list[str]:
        return [given["name"] for given in self.inputs if given["required"]]

    @property
    def timeout(self) -> timedelta:
        return timedelta(minutes=self.timeout_minutes)

    @property
    def patience(self) -> timedelta:
        """How long a batch's probes are waited for: until its run is late, and its cells would be known."""
        return self.timeout + (CELLS_KNOWN_AFTER if self.reads_cells else timedelta(0))

    @property
    def price_in_force(self) -> Decimal:
        """Credits a row to reserve with: the highest of those that lead to the same routine or table."""
        alike = Destination.objects.open().leading_to(self.routine_id, self.table_id)
        highest = alike.aggregate(highest=models.Max("credits_per_row"))["highest"]
        return max(self.credits_per_row, highest or self.credits_per_row)

    def cost_of(self, rows: int) -> Decimal:
        """What `rows` rows are estimated to cost, in credits (Clay's API does not tell: an estimate)."""
        return self.credits_per_row * rows

    @property
    def scope(self) -> str:
        """What its own limit holds for; its use is counted, limited or not."""
        return destination_scope(self.pk)

    @property
    def held_by(self) -> str:
        """The scope whose limit holds it for credits: its own, or the workspace's."""
        return self.scope if "estination's daily limit" in self.hold_reason else WORKSPACE

    @property
    def waits_for_clay(self) -> bool:
        """Whether it is Clay that has no credits: no limit of ours helps."""
        return self.hold == Hold.BUDGET and self.hold_reason == NO_CLAY_CREDITS

    @property
    def waits_for_a_limit(self) -> bool:
        """Whether what is held for credits fits into no day, as the limits are."""
        return self.hold == Hold.BUDGET and self.hold_reason.startswith(NEVER_FITS)

    @property
    def daily_limit(self) -> Decimal | None:
        """Credits a day for this destination, as the budget has it today; None for no limit of its own."""
        return limit_of(self.scope).amount if self.pk else None

    # -- holds ----------------------------------------------------------------------------------------------
    def put_on_hold(self, hold: Hold, reason: str) -> bool:
        """Stop the lane with a reason. True where this call made the change (the first of many).

        What a person paused stays paused: no other hold takes its place.
        """
        return bool(
            Destination.objects.filter(pk=self.pk)
            .exclude(hold__in=[hold, Hold.PAUSED])
            .update(hold=hold, hold_reason=reason[:500], hold_since=timezone.now())
        )

    def lift_hold(self, *holds: Hold) -> bool:
        """Let the lane go on where it is held for one of `holds` (any, where none is given).

        A person's pause ends with `resume` only.
        """
        held = Destination.objects.filter(pk=self.pk).exclude(hold__in=["", Hold.PAUSED])
        if holds:
            held = held.filter(hold__in=holds)
        return bool(held.update(hold="", hold_reason="", hold_since=None))

    def take_turn(self, now: datetime) -> bool:
        """Claim the moment: at most one caller per `pause_seconds` gets True; none while it is paused."""
        gate = Destination.objects.filter(pk=self.pk, next_send_at__lte=now).exclude(hold=Hold.PAUSED)
        return bool(gate.update(next_send_at=now + timedelta(seconds=self.pause_seconds)))

    # -- the providers --------------------------------------------------------------------------------------
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


def table_of(routine_id: str, table: str) -> str:
    """The table that a routine works on; empty where nobody knows."""
    kind, _, name = routine_id.partition(":")
    return table or (name if kind == "function" else "")


class SavedSetup(models.Model):
    """How a file with this header was mapped the last time it was started for this destination."""

    destination = models.ForeignKey(Destination, models.CASCADE, related_name="saved_setups")
    header = models.CharField(max_length=64)
    """`header_key` of the columns."""
    mapping = models.JSONField(default=dict)
    constants = models.JSONField(default=dict)
    cleanups = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["destination", "header"], name="setup_saved_once")]

    def __str__(self) -> str:
        return f"{self.destination}: {self.header[:8]}"


def header_key(columns: list[str]) -> str:
    """The same for headers that are alike."""
    return sha256(json.dumps(columns).encode()).hexdigest()


class Changed(models.TextChoices):
    """What of it."""

    WATERFALL = "waterfall"
    TELLING = "telling"
    SETUP = "setup"


class DestinationChange(models.Model):
    """Who changed what of a destination, its pauses and its end included: one change that somebody saved."""

    destination = models.ForeignKey("jobs.Destination", models.CASCADE, related_name="changes")
    what = models.CharField(max_length=10, choices=Changed.choices, default=Changed.WATERFALL)
    text = models.TextField()
    """From what to what."""
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="destination_changes"
    )
    """None for the shell."""
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.destination}: {self.text}"
