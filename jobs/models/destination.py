"""Where rows go in Clay, and the pace, cost and time-outs that hold there."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils import timezone

from budget.limits import limit_of
from budget.terms import NEVER_FITS, NO_CLAY_CREDITS, WORKSPACE, destination_scope
from jobs.models.providing import Providing

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Kind(models.TextChoices):
    ROUTINE = "routine"
    WEBHOOK = "webhook", "table webhook"


class Hold(models.TextChoices):
    """Why a batch may not leave now."""

    BUDGET = "budget"
    PAUSED = "paused"
    CLAY_DOWN = "clay_down", "Clay is down"
    KEY_REJECTED = "key_rejected", "key rejected"
    NO_PROVIDER = "no_provider", "no provider"
    WEBHOOK_FULL = "webhook_full", "webhook full"


class DestinationQuerySet(models.QuerySet["Destination"]):
    def open(self) -> "DestinationQuerySet":
        """Those that take uploads."""
        return self.filter(archived_at=None)

    def archived(self) -> "DestinationQuerySet":
        return self.exclude(archived_at=None)


class Destination(Providing):
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

    objects = DestinationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def table_id(self) -> str:
        """The table behind it: `function:t_x` wraps `t_x` (Clay's routines skill); workflows name none."""
        kind, _, name = self.routine_id.partition(":")
        return self.table or (name if kind == "function" else "")

    @property
    def input_names(self) -> list[str]:
        return [given["name"] for given in self.inputs]

    @property
    def required_inputs(self) -> list[str]:
        return [given["name"] for given in self.inputs if given["required"]]

    @property
    def timeout(self) -> timedelta:
        return timedelta(minutes=self.timeout_minutes)

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

    # -- holds ------------------------------------------------------------------------------------
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

    def pause(self, by: "User", why: str) -> bool:
        """Send nothing until somebody resumes; False where it is paused already. Runs that are out come home.

        Another hold gives way: whether it still stands shows when sending begins again.
        """
        now, reason = timezone.now(), f"{by}: {why}"[:500]
        with transaction.atomic():
            going = Destination.objects.filter(pk=self.pk).exclude(hold=Hold.PAUSED)
            if not going.update(hold=Hold.PAUSED, hold_reason=reason, hold_since=now):
                return False
            self._tell_jobs("lane_paused", f"{self} paused: {why}", by, now)
        self.refresh_from_db(fields=["hold", "hold_reason", "hold_since"])
        return True

    def resume(self, by: "User") -> bool:
        """End a person's pause; False where there is none."""
        from jobs.sending import lane

        with transaction.atomic():
            paused = Destination.objects.filter(pk=self.pk, hold=Hold.PAUSED)
            if not paused.update(hold="", hold_reason="", hold_since=None):
                return False
            self._tell_jobs("lane_resumed", f"{self} resumed", by, timezone.now())
        self.refresh_from_db(fields=["hold", "hold_reason", "hold_since"])
        lane.wake()
        return True

    def _tell_jobs(self, kind: str, text: str, by: "User", at: datetime) -> None:
        """A line in the history of each job that this concerns."""
        from jobs.models import Job, JobEvent

        concerned = Job.objects.unfinished().filter(destination=self).values_list("pk", flat=True)
        lines = [JobEvent(job_id=pk, kind=kind, text=text[:1000], by=by, at=at) for pk in concerned]
        JobEvent.objects.bulk_create(lines, batch_size=500)

    def check_again(self, by: "User | None" = None) -> str:
        """Look whether what held the lane is over, and let it go on if so. Returns a sentence for people."""
        from budget import credits as budget
        from clayops.clay import ClayError
        from jobs.sending import lane, workspace

        if self.hold == Hold.PAUSED:
            return f"{self} is paused ({self.hold_reason}). Press Resume to go on."
        if self.hold in {Hold.KEY_REJECTED, Hold.CLAY_DOWN}:
            try:
                workspace.clay().me()
            except ClayError as error:
                return f"Still no good: {error}"
        if self.hold == Hold.BUDGET:
            for scope in (WORKSPACE, self.scope):
                budget.close_breaker(by=by, note=f"Check again at {self}", scope=scope)
        self.lift_hold()
        lane.wake()
        return f"{self} goes on."

    def take_turn(self, now: datetime) -> bool:
        """Claim the moment: at most one caller per `pause_seconds` gets True; none while it is paused."""
        gate = Destination.objects.filter(pk=self.pk, next_send_at__lte=now).exclude(hold=Hold.PAUSED)
        return bool(gate.update(next_send_at=now + timedelta(seconds=self.pause_seconds)))

    # -- the archive ------------------------------------------------------------------------------
    def archive(self) -> bool:
        """Take no more uploads; False where it is archived already. Raises `NotPossible` with what to do."""
        from jobs.models import Job, NotPossible

        open_jobs = Job.objects.shown().unfinished().filter(destination=self.pk)
        with transaction.atomic():
            Destination.objects.select_for_update().get(pk=self.pk)
            if count := open_jobs.count():
                jobs = "1 job is" if count == 1 else f"{count:,} jobs are"
                raise NotPossible(f"{jobs} not finished at {self}. Let them end or cancel them first.")
            active = Destination.objects.open().filter(pk=self.pk)
            return bool(active.update(archived_at=timezone.now()))

    def restore(self) -> bool:
        """Take uploads again; False where it does."""
        return bool(Destination.objects.archived().filter(pk=self.pk).update(archived_at=None))
