"""The daily limits that people set, each change on record."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class LimitChange(models.Model):
    """Who changed which limit, when, from what to what, and why. The newest of a scope is in force."""

    scope = models.CharField(max_length=100, blank=True)
    """Empty for the workspace, or a name such as `destination:7`."""
    old = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    """None where there was no limit before."""
    new = models.DecimalField(max_digits=12, decimal_places=2)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="limit_changes"
    )
    """None where it was changed from the shell."""
    at = models.DateTimeField(default=timezone.now)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["scope", "-id"])]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"
