"""Providers: the copy of each window that Redis is restored from, the hours, and what changed when."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone

COOL_DOWN = timedelta(minutes=1)
"""From the exclusion to the first probe."""


class State(models.TextChoices):
    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    EXCLUDED = "excluded"
    PROBING = "probing"


class Pin(models.TextChoices):
    NONE = "", "not pinned"
    IN = "in", "always used"
    OUT = "out", "never used"


class Provider(models.Model):
    """One data source of Clay's waterfalls, with the copy of what Redis knows of it."""

    name = models.CharField(max_length=100, unique=True)
    """Trimmed and case-folded."""
    window = models.CharField(max_length=100, blank=True)
    """Its last outcomes, oldest first: `s` success, `e` empty, `x` error."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.UNKNOWN)
    cool_down = models.DurationField(default=COOL_DOWN)
    next_probe_at = models.DateTimeField(null=True, blank=True)
    streak = models.PositiveSmallIntegerField(default=0)
    """Good outcomes in a row while it is probed."""
    version = models.PositiveBigIntegerField(default=0)
    """One more with each change in Redis, so that an older copy never replaces a newer one."""
    pinned = models.CharField(max_length=3, choices=Pin.choices, default=Pin.NONE, blank=True)
    pin_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ProviderHour(models.Model):
    """Outcomes of one provider in one hour (the hour in UTC)."""

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="hours")
    hour = models.DateTimeField()
    success = models.PositiveIntegerField(default=0)
    empty = models.PositiveIntegerField(default=0)
    error = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["hour"]
        constraints = [models.UniqueConstraint(fields=["provider", "hour"], name="provider_hour_once")]

    def __str__(self) -> str:
        return f"{self.provider} at {self.hour:%Y-%m-%d %H:00}"

    @classmethod
    def add(cls, provider: Provider, now: datetime, outcomes: str) -> None:
        """Count the outcomes (letters as in `Provider.window`) in the hour of `now`."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        found, _ = cls.objects.get_or_create(provider=provider, hour=hour)
        cls.objects.filter(pk=found.pk).update(
            success=F("success") + outcomes.count("s"),
            empty=F("empty") + outcomes.count("e"),
            error=F("error") + outcomes.count("x"),
        )


class ProviderEvent(models.Model):
    """One change of a provider: of its state (by itself), or of its pin (by a person)."""

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=[("state", "state"), ("pin", "pin")])
    old = models.CharField(max_length=10, blank=True)
    new = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="provider_events"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.provider}: {self.old} → {self.new}"
