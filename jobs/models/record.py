"""What happened, on record: the lines of a job's history, and what people ended or destroyed."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils import timezone


class Ended(models.TextChoices):
    """What was done."""

    JOB_CANCELLED = "job_cancelled", "Job cancelled"
    JOB_DELETED = "job_deleted", "Job deleted"
    DRAFT_DISCARDED = "draft_discarded", "Draft discarded"
    DRAFT_EXPIRED = "draft_expired", "Draft expired"
    RUN_GIVEN_UP = "run_given_up", "Run given up"
    DESTINATION_ARCHIVED = "archived", "Destination archived"
    PROVIDER_RESET = "provider_reset", "Provider’s outcomes forgotten"
    PROVIDER_REMOVED = "provider_removed", "Provider removed"
    RULE_DELETED = "rule_deleted", "Notification deleted"


class Ending(models.Model):
    """One such act. It points to nothing that may be deleted: what it says stays."""

    what = models.CharField(max_length=20, choices=Ended.choices)
    subject = models.CharField(max_length=300)
    """What it was called, and its number."""
    text = models.CharField(max_length=1000, blank=True)
    rows = models.PositiveIntegerField(default=0)
    letters = models.PositiveIntegerField(default=0)
    """Dead letters that were open, and went with it."""
    credits = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    """Spent on it, by the ledger, until then."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    """None for the shell."""
    by_name = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.subject}"


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
