"""Alerts on record: since when, how often, who put one aside; and what the audits found."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from django.contrib.auth.models import User


KEPT = timedelta(days=400)
"""So long alerts that are over stand in the history."""


class AlertQuerySet(models.QuerySet["AlertRecord"]):
    def open(self) -> "AlertQuerySet":
        """Those whose cause is there."""
        return self.filter(resolved_at=None)

    def snoozed(self, now: datetime) -> "AlertQuerySet":
        """Open ones that somebody put aside until later."""
        return self.open().filter(snoozed_until__gt=now)

    def past(self) -> "AlertQuerySet":
        return self.exclude(resolved_at=None)


class AlertRecord(models.Model):
    """One alert from when its cause came until it was gone. While it is open there is one for its key."""

    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=30)
    level = models.CharField(max_length=10)
    """`bad` or `warn`."""
    text = models.CharField(max_length=500)
    detail = models.TextField(blank=True)
    permission = models.CharField(max_length=100, blank=True)
    """Only for who has this permission."""
    count = models.PositiveIntegerField(default=1)
    """How many things it is about."""
    weight = models.PositiveIntegerField(default=0)
    """How bad it was when people were told last, or put it aside; more is news."""
    since = models.DateTimeField(default=timezone.now)
    """When its cause came, as far as its source tells; when it was first seen otherwise."""
    seen_at = models.DateTimeField(default=timezone.now)
    """When it was last found to be so."""
    resolved_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    snoozed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    snooze_reason = models.CharField(max_length=300, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="alert_open_once", condition=Q(resolved_at=None))
        ]
        indexes = [models.Index(fields=["-resolved_at"], name="alert_resolved")]

    def __str__(self) -> str:
        return self.text

    @property
    def lasted(self) -> timedelta | None:
        """From its cause to its end."""
        return self.resolved_at - self.since if self.resolved_at else None

    def is_snoozed(self, now: datetime) -> bool:
        return self.snoozed_until is not None and self.snoozed_until > now

    def snooze(self, until: datetime, by: "User | None", reason: str, weight: int | None = None) -> bool:
        """Put it aside until then; False where its cause is gone. It comes back earlier if it gets worse than
        it is now (`weight`; than it was at most, where that is not known).
        """
        mine = AlertRecord.objects.open().filter(pk=self.pk)
        known = {} if weight is None else {"weight": weight}
        return bool(mine.update(snoozed_until=until, snoozed_by=by, snooze_reason=reason[:300], **known))

    def wake(self) -> bool:
        """Show it again; False where it is shown."""
        mine = AlertRecord.objects.snoozed(timezone.now()).filter(pk=self.pk)
        return bool(mine.update(snoozed_until=None, snoozed_by=None, snooze_reason=""))

    @staticmethod
    def prune(now: datetime) -> None:
        """Forget what is long over."""
        AlertRecord.objects.filter(resolved_at__lt=now - KEPT).delete()


class AuditRun(models.Model):
    """What one audit found."""

    at = models.DateTimeField(default=timezone.now)
    findings = models.PositiveIntegerField()
    first = models.CharField(max_length=500, blank=True)
    """The first finding, in words."""
    seconds = models.FloatField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.findings} findings"
