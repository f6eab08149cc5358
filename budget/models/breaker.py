"""The credit breaker of each scope, and the record of its openings and closings."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils import timezone


class Breaker(models.Model):
    """Open while credits of a scope are refused."""

    class State(models.TextChoices):
        CLOSED = "closed"
        OPEN = "open"

    class Kind(models.TextChoices):
        LIMIT = "limit", "the daily limit"
        CLAY = "clay", "Clay's own credits"

    scope = models.CharField(max_length=100, blank=True, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CLOSED)
    kind = models.CharField(max_length=10, choices=Kind.choices, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    since = models.DateTimeField(null=True)
    day = models.DateField(null=True)
    """The day on which it opened: it holds for that day only."""
    needs = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    """Credits that were asked for and refused: room for them closes it."""
    limit = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    """The limit that refused them: another one closes it."""

    def __str__(self) -> str:
        return f"breaker {self.scope or 'of the workspace'}: {self.state}"

    def stale_because(self, today: date, limit: Decimal | None) -> str:
        """Why it no longer holds though it is open; empty where it does."""
        if self.day is None or self.day < today:
            return "A new day has begun"
        if self.kind == self.Kind.LIMIT and self.limit != limit:
            return "The limit was changed"
        return ""

    def may_fit(self, limit: Decimal | None) -> bool:
        """Whether what it opened for fits into a whole day: else others do not wait until it does."""
        return limit is None or (self.needs or 0) <= limit

    def holds(self, today: date, limit: Decimal, room: Decimal) -> bool:
        """Whether what it opened for would still be refused."""
        if self.state != self.State.OPEN or self.stale_because(today, limit):
            return False
        return self.kind == self.Kind.CLAY or room < (self.needs or 0)

    def stops_all(self, limit: Decimal | None) -> bool:
        """Whether, while it holds, others wait too."""
        return self.kind == self.Kind.CLAY or self.may_fit(limit)


class BreakerEvent(models.Model):
    """One opening or closing: why, who (None: by itself), when."""

    scope = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=Breaker.State.choices)
    kind = models.CharField(max_length=10, choices=Breaker.Kind.choices, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="breaker_events"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["scope", "-id"])]

    def __str__(self) -> str:
        return f"{self.state}: {self.reason}"
