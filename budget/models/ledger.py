"""The ledger: one line per holder. It is the truth; the counters in Redis are made from it."""

from datetime import date, datetime
from decimal import Decimal

from django.db import models
from django.db.models import DecimalField, F, Q, Sum, Value
from django.db.models.functions import Coalesce


class EntryState(models.TextChoices):
    PENDING = "pending"
    """Written, but not yet confirmed to be counted in Redis: nothing may be sent on it."""
    RESERVED = "reserved"
    SETTLED = "settled"
    RELEASED = "released"


OPEN = (EntryState.PENDING, EntryState.RESERVED)
_ZERO = Value(Decimal(0), output_field=DecimalField(max_digits=20, decimal_places=2))


class EntryQuerySet(models.QuerySet["Entry"]):
    def open(self) -> "EntryQuerySet":
        return self.filter(state__in=OPEN)

    def reserved(self) -> "EntryQuerySet":
        return self.filter(state=EntryState.RESERVED)

    def settled(self) -> "EntryQuerySet":
        return self.filter(state=EntryState.SETTLED)

    def counted(self) -> "EntryQuerySet":
        """What counts against the limits: all but what was released."""
        return self.exclude(state=EntryState.RELEASED)

    def of(self, day: date) -> "EntryQuerySet":
        return self.filter(day=day)

    def totals(self) -> tuple[Decimal, Decimal]:
        """Credits spent and reserved. What is pending is not promised yet and not counted."""
        sums = self.aggregate(
            spent=Coalesce(Sum("spent", filter=Q(state=EntryState.SETTLED)), _ZERO),
            reserved=Coalesce(Sum("credits", filter=Q(state=EntryState.RESERVED)), _ZERO),
        )
        return sums["spent"], sums["reserved"]


class Entry(models.Model):
    """A reservation and what became of it, in credits."""

    holder = models.CharField(max_length=100, unique=True)
    seq = models.PositiveIntegerField(default=1)
    """1 for the holder's first reservation, one more for each after a release."""
    day = models.DateField()
    """The day it counts against, for good: the one on which it was reserved."""
    scopes = models.JSONField()
    """Names of the scopes it counts against; the workspace is `""`."""
    credits = models.DecimalField(max_digits=12, decimal_places=2)
    spent = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    state = models.CharField(max_length=10, choices=EntryState.choices, default=EntryState.PENDING)
    reserved_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["day", "state", "credits", "spent"]),
            models.Index(fields=["state", "reserved_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.holder}: {self.credits} {self.state}"

    # Each of these is one conditional statement; False where somebody else was faster.
    def confirm(self) -> bool:
        """Pending → reserved, for exactly these credits."""
        pending = Entry.objects.filter(
            holder=self.holder, seq=self.seq, state=EntryState.PENDING, credits=self.credits
        )
        return bool(pending.update(state=EntryState.RESERVED))

    def settle(self, spent: Decimal | None, now: datetime) -> bool:
        """Open → settled; the reserved amount counts where `spent` is None."""
        amount = F("credits") if spent is None else Value(spent)
        return self._close(state=EntryState.SETTLED, spent=amount, closed_at=now)

    def release(self, now: datetime) -> bool:
        """Open → released."""
        return self._close(state=EntryState.RELEASED, closed_at=now)

    def abandon(self, now: datetime) -> bool:
        """Pending → released: no one was told that it is reserved."""
        pending = Entry.objects.filter(holder=self.holder, seq=self.seq, state=EntryState.PENDING)
        return bool(pending.update(state=EntryState.RELEASED, closed_at=now))

    def _close(self, **changes: object) -> bool:
        still = Entry.objects.open().filter(holder=self.holder, seq=self.seq)
        return bool(still.update(**changes))
