"""Providers: the copy of each window that Redis is restored from, hours, errors, what changed when."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from providers.names import LONGEST

COOL_DOWN = timedelta(minutes=1)
"""From the exclusion to the first probe."""


class State(models.TextChoices):
    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    EXCLUDED = "excluded"
    PROBING = "probing"


LEFT_OUT = (State.EXCLUDED, State.PROBING)
"""In no new batch's waterfall, but for probes."""


class Pin(models.TextChoices):
    NONE = "", "not pinned"
    IN = "in", "always used"
    OUT = "out", "never used"


class ProviderQuerySet(models.QuerySet["Provider"]):
    def left_out(self) -> "ProviderQuerySet":
        """Those that fail, and that nobody has pinned."""
        return self.filter(state__in=LEFT_OUT, pinned=Pin.NONE)

    def failing(self) -> "ProviderQuerySet":
        """The same, and those that are about to."""
        return self.filter(state__in=[*LEFT_OUT, State.DEGRADED], pinned=Pin.NONE)


class Provider(models.Model):
    """One data source of Clay's waterfalls, with the copy of what Redis knows of it."""

    name = models.CharField(max_length=LONGEST, unique=True)
    """Trimmed and case-folded."""
    label = models.CharField(max_length=LONGEST, blank=True)
    """As people spell it."""
    credits = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    """What a hit usually costs, for results that do not tell; null where nobody has said."""
    is_new = models.BooleanField(default=False)
    """It came out of a result, and nobody has said yet that the name is right."""
    created_at = models.DateTimeField(default=timezone.now)

    window = models.TextField(blank=True)
    """Its last 100 outcomes, oldest first, as `providers.terms.Entry` writes them, with blanks between."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.UNKNOWN)
    since = models.DateTimeField(null=True, blank=True)
    """When it came into that state; null where it was never in another."""
    emptied_at = models.DateTimeField(null=True, blank=True)
    """When its window was last emptied; what was sent before does not count in it."""
    cool_down = models.DurationField(default=COOL_DOWN)
    next_probe_at = models.DateTimeField(null=True, blank=True)
    """While a probe is out, until when its results are waited for."""
    claim = models.PositiveBigIntegerField(default=0)
    """The batch whose probes decide, by the version that it claimed; 0 for none."""
    cooled_at = models.DateTimeField(null=True, blank=True)
    """When the next probe is due once that batch's results are home."""
    left_requests = models.PositiveSmallIntegerField(default=0)
    """Outcomes in its window when it last left the waterfall, and …"""
    left_errors = models.PositiveSmallIntegerField(default=0)
    """… errors among them."""
    streak = models.PositiveSmallIntegerField(default=0)
    """Good outcomes in a row while it is probed."""
    version = models.PositiveBigIntegerField(default=0)
    """One more with each change in Redis, so that an older copy never replaces a newer one."""

    pinned = models.CharField(max_length=3, choices=Pin.choices, default=Pin.NONE, blank=True)
    pin_reason = models.CharField(max_length=500, blank=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        permissions = [("steer_providers", "May add, pin, reset, name, price and remove providers")]
        indexes = [models.Index(fields=["name"], name="provider_left_out", condition=Q(state__in=LEFT_OUT))]

    def __str__(self) -> str:
        return self.label or self.name

    def get_absolute_url(self) -> str:
        return reverse("provider", args=[self.pk])

    @property
    def is_left_out(self) -> bool:
        """Whether new batches leave it out by themselves."""
        return self.state in LEFT_OUT and not self.pinned


class ProviderHour(models.Model):
    """Outcomes of one provider in one hour of `TIME_ZONE`."""

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="hours")
    hour = models.DateTimeField()
    success = models.PositiveIntegerField(default=0)
    empty = models.PositiveIntegerField(default=0)
    error = models.PositiveIntegerField(default=0)
    credits = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    """What the attempts cost, as far as anybody tells."""
    priced = models.PositiveIntegerField(default=0)
    """Finds of which somebody tells what they cost."""
    timed = models.PositiveIntegerField(default=0)
    """Attempts that told how long they took."""
    latency_ms = models.PositiveBigIntegerField(default=0)
    """How long those took together."""

    class Meta:
        ordering = ["hour"]
        constraints = [models.UniqueConstraint(fields=["provider", "hour"], name="provider_hour_once")]

    def __str__(self) -> str:
        return f"{self.provider} at {self.hour:%Y-%m-%d %H:00}"


class ProviderError(models.Model):
    """Errors of one provider that are alike: how often, and the last one's words."""

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="errors")
    group = models.CharField(max_length=300)
    """The message without its particulars; empty where none was told."""
    example = models.CharField(max_length=500, blank=True)
    """The last one, as it came."""
    count = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-last_at", "-count"]
        constraints = [models.UniqueConstraint(fields=["provider", "group"], name="provider_error_once")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.example or 'an error without a message'}"

    @classmethod
    def add(cls, provider: Provider, group: str, messages: list[str], now: datetime) -> None:
        """Count errors that are alike."""
        found, _ = cls.objects.get_or_create(provider=provider, group=group, defaults={"first_at": now})
        cls.objects.filter(pk=found.pk).update(
            count=F("count") + len(messages), example=messages[-1][:500], last_at=now
        )


class Arrival(models.Model):
    """Outcomes that came with results and are not in Redis yet: written with them, gone once they are."""

    mark = models.UUIDField(default=uuid4, unique=True)
    """By which Redis knows them, should they come again."""
    attempts = models.JSONField()
    """As `providers.terms.Attempt.dumped` writes them, in the order of arrival."""
    settled = models.JSONField(default=dict)
    """Claims of which nothing more will come, by the provider's name."""
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{len(self.attempts)} outcomes of {self.at:%Y-%m-%d %H:%M:%S}"


class EventKind(models.TextChoices):
    STATE = "state"
    PIN = "pin"
    RESET = "reset"
    CHANGED = "changed"


class ProviderEvent(models.Model):
    """One change of a provider: of its state (by itself), or of its pin, window or name (by a person)."""

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=EventKind.choices)
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
