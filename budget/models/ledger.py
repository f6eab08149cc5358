"""The ledger: one line per holder. It is the truth; the counters in Redis are made from it."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import DecimalField, F, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

if TYPE_CHECKING:
    from budget.terms import Purpose


class EntryState(models.TextChoices):
    PENDING = "pending"
    """Written, but not yet confirmed to be counted in Redis: nothing may be sent on it."""
    RESERVED = "reserved"
    SETTLED = "settled"
    RELEASED = "released"


class Basis(models.TextChoices):
    """How it is known what was spent."""

    ESTIMATED = "estimated"
    """Rows times the destination's price: Clay does not tell."""
    REPORTED = "reported"
    """The results of all rows told it."""
    PARTLY = "partly", "partly reported"
    UNKNOWN = "unknown", "may have been charged"
    """Nobody knows whether Clay charged it: counted in full until a person decides."""
    DECIDED = "decided", "decided by a person"


OPEN = (EntryState.PENDING, EntryState.RESERVED)
_CENT = Decimal("0.01")
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
        return sums["spent"].quantize(_CENT), sums["reserved"].quantize(_CENT)  # SQLite adds in binary


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
    basis = models.CharField(max_length=10, choices=Basis.choices, blank=True)
    """Empty until it is settled."""
    state = models.CharField(max_length=10, choices=EntryState.choices, default=EntryState.PENDING)
    reserved_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    # What it was for: labels for readers of the ledger, without any meaning here (see `Purpose`).
    destination = models.PositiveBigIntegerField(null=True)
    job = models.PositiveBigIntegerField(null=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    rows = models.PositiveIntegerField(default=0)
    label = models.CharField(max_length=300, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["day", "state", "credits", "spent"]),
            models.Index(fields=["state", "reserved_at"]),
            models.Index(fields=["day", "reserved_at"]),
            models.Index(fields=["job", "day"]),
            models.Index(fields=["-reserved_at", "-id"], name="ledger_newest"),
            models.Index(fields=["state"], name="ledger_unknown", condition=Q(basis="unknown")),
        ]

    def __str__(self) -> str:
        return f"{self.holder}: {self.credits} {self.state}"

    # Each of these is one conditional statement; False where somebody else was faster.
    def confirm(self) -> bool:
        """Pending → reserved, for exactly these credits."""
        pending = Entry.objects.filter(
            holder=self.holder, seq=self.seq, day=self.day, state=EntryState.PENDING, credits=self.credits
        )
        return bool(pending.update(state=EntryState.RESERVED))

    def settle(self, spent: Decimal | None, basis: Basis, now: datetime) -> bool:
        """Open → settled; the reserved amount counts where `spent` is None."""
        amount = F("credits") if spent is None else Value(spent)
        return self._close(state=EntryState.SETTLED, spent=amount, basis=basis, closed_at=now)

    def release(self, now: datetime) -> bool:
        """Open → released."""
        return self._close(state=EntryState.RELEASED, closed_at=now)

    def abandon(self, now: datetime) -> bool:
        """Pending → as if it had never been asked for: no one was told that it is reserved."""
        pending = Entry.objects.filter(holder=self.holder, seq=self.seq, state=EntryState.PENDING)
        if self.seq == 1:
            return bool(pending.delete()[0])
        return bool(pending.update(state=EntryState.RELEASED, closed_at=now))

    def correct(self, spent: Decimal, basis: Basis) -> bool:
        """Settled, as read → settled with another amount."""
        as_read = Entry.objects.filter(
            pk=self.pk, state=EntryState.SETTLED, spent=self.spent, basis=self.basis
        )
        return bool(as_read.update(spent=spent, basis=basis))

    def is_for(self, purpose: "Purpose") -> None:
        """Take over the labels; not saved."""
        self.destination, self.job, self.person_id = purpose.destination, purpose.job, purpose.person
        self.rows, self.label = purpose.rows, purpose.label[:300]

    def _close(self, **changes: object) -> bool:
        still = Entry.objects.open().filter(holder=self.holder, seq=self.seq)
        return bool(still.update(**changes))


class Correction(models.Model):
    """What was spent turned out to be another amount: who said so, when, from, to, why."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="corrections")
    old = models.DecimalField(max_digits=12, decimal_places=2)
    new = models.DecimalField(max_digits=12, decimal_places=2)
    old_basis = models.CharField(max_length=10, choices=Basis.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    """None where a late result told it."""
    at = models.DateTimeField(default=timezone.now)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


class Recount(models.Model):
    """Redis and the ledger differed on a day, and the day was counted anew from the ledger."""

    day = models.DateField()
    why = models.CharField(max_length=500)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.day}: {self.why}"
