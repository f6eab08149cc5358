"""What Start would do: rows, credits, and when it is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef
from django.utils import timezone

from budget import credits as budget
from budget.models import Entry
from jobs.models import Job, Submission

TRIAL = 10
"""Rows of a trial."""


@dataclass(frozen=True)
class Estimate:
    """All of it an estimate: Clay's API does not say what a row costs."""

    rows: int
    reused: int
    left_out: int
    cost: Decimal
    left_today: Decimal
    resets_at: datetime
    rows_today: int
    """So many of them fit into what is left today."""
    done_at: datetime | None
    """None where the daily limit is below the price of one row."""
    stopped: str
    """Why nothing is sent today at all; empty where something is."""

    @property
    def rows_later(self) -> int:
        return self.rows - self.rows_today

    @property
    def has_trial(self) -> bool:
        return self.rows > TRIAL


def panel(job: Job) -> Estimate:
    """For a job that is checked."""
    day, now = budget.today(), timezone.now()
    left, per_day = max(day.limit - day.spent - day.reserved, Decimal(0)), day.limit
    if (own := job.destination.daily_limit) is not None:
        left, per_day = min(left, max(own - _used(job, day), Decimal(0))), min(per_day, own)
    stopped = day.reason if day.breaker == "open" else ""
    rows, price = job.sendable_rows, job.destination.credits_per_row
    today = 0 if stopped else min(rows, int(left // price)) if price else rows
    return Estimate(
        rows,
        job.reused_rows,
        job.left_out_rows,
        job.estimated_cost,
        left,
        day.resets_at,
        today,
        _done_at(rows - today, int(per_day // price) if price else rows, day.resets_at, now + _lasts(job)),
        stopped,
    )


def _done_at(later: int, per_day: int, resets_at: datetime, at_best: datetime) -> datetime | None:
    """When the last row is sent: after as many more days as the limit asks for."""
    if later <= 0:
        return at_best
    if per_day <= 0:
        return None
    days = -(-later // per_day)
    return max(resets_at + timedelta(days=days - 1), at_best)


def _lasts(job: Job) -> timedelta:
    """How long the lane takes, between and after the batches of other jobs."""
    own = -(-job.sendable_rows // max(job.destination.batch_size, 1))
    batches = own + job.place.batches_before(own) if own else 0
    return timedelta(seconds=batches * job.destination.pause_seconds)


def _used(job: Job, day: budget.Day) -> Decimal:
    """Credits that the destination spent or reserved today: its submissions name their reservations."""
    own = Submission.objects.filter(destination=job.destination_id, holder=OuterRef("holder"))
    spent, reserved = Entry.objects.of(day.day).filter(Exists(own)).totals()
    return spent + reserved
