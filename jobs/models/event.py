"""The history of a job."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class JobEvent(models.Model):
    """One line of a job's history: what happened, who did it, when."""

    job = models.ForeignKey("jobs.Job", models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=20)
    text = models.CharField(max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text
