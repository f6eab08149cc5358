"""Who changed the waterfall of a destination, or how its outcomes are read: on record, in words."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Changed(models.TextChoices):
    """What of it."""

    WATERFALL = "waterfall"
    TELLING = "telling"


class WaterfallChange(models.Model):
    """One change that somebody saved."""

    destination = models.ForeignKey("jobs.Destination", models.CASCADE, related_name="waterfall_changes")
    what = models.CharField(max_length=10, choices=Changed.choices, default=Changed.WATERFALL)
    text = models.TextField()
    """From what to what."""
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="waterfall_changes"
    )
    """None for the shell."""
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.destination}: {self.text}"
