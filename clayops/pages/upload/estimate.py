"""What Start would do: rows, credits, and when it is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from jobs.credits import fits_today
from jobs.credits.fits_today import Fit, Short
from jobs.models import Job

TRIAL = 10
"""Rows of a trial."""


@dataclass(frozen=True)
class Way:
    """How a limit that is too low can be raised for all rows to fit: here, or by asking for it."""

    short: Short
    name: str
    """Of the button."""
    ask: str
    """Where to ask for more, for who may not raise it."""


@dataclass(frozen=True)
class Estimate:
    """All of it an estimate: Clay's API does not say what a row costs."""

    fit: Fit
    reused: int
    left_out: int
    cost: Decimal
    done_at: datetime | None
    """None where rows are never sent: the daily limit is below the price of a batch."""
    ways: list[Way]

    @property
    def rows(self) -> int:
        return self.fit.rows

    @property
    def can_send_part(self) -> bool:
        """Whether it makes sense to send only what fits."""
        return 0 < self.fit.fits < self.fit.rows

    @property
    def has_trial(self) -> bool:
        return self.rows > TRIAL and self.fit.fits >= TRIAL


def panel(job: Job) -> Estimate:
    """For a job that is checked."""
    fit = fits_today.fit_of(job)
    return Estimate(
        fit,
        job.reused_rows,
        job.left_out_rows,
        job.estimated_cost,
        _done_at(fit, timezone.now() + _lasts(job)),
        [_way(job, short) for short in fit.short],
    )


def _way(job: Job, short: Short) -> Way:
    query = {"credits": f"{short.by:f}", "why": job.name}
    if short.room.is_own:
        query["scope"] = short.room.scope
    return Way(short, OWN if short.room.is_own else WHOLE, f"{reverse('budget-ask')}?{urlencode(query)}")


WHOLE, OWN = "raise", "raise_own"
"""What the buttons are called that raise the workspace's limit, and the destination's own."""


def may_raise(user: User) -> bool:
    return user.has_perm("budget.change_limit")


def _done_at(fit: Fit, at_best: datetime) -> datetime | None:
    """When the last row is sent: after as many more days as the limits ask for."""
    if fit.days is None:
        return None
    return max(fit.last_leave_at or at_best, at_best)


def _lasts(job: Job) -> timedelta:
    """How long the lane takes, between and after the batches of other jobs."""
    own = -(-job.sendable_rows // max(job.destination.batch_size, 1))
    batches = own + job.place.batches_before(own) if own else 0
    return timedelta(seconds=batches * job.destination.pause_seconds)
