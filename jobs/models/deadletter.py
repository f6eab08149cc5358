"""Rows that need a person."""

from django.db import models
from django.utils import timezone

from clayops.wording import alike


class Charge(models.TextChoices):
    """Whether Clay may already have charged for the rows."""

    NO = "no"
    POSSIBLY = "possibly"
    YES = "yes"


class LetterState(models.TextChoices):
    OPEN = "open"
    APPROVED = "approved"
    RETRYING = "retrying"
    RESOLVED = "resolved"
    DISCARDED = "discarded"


class DeadLetterQuerySet(models.QuerySet["DeadLetter"]):
    def shown(self) -> "DeadLetterQuerySet":
        """All but those of jobs that somebody deleted."""
        return self.filter(job__deleted_at=None)

    def with_rows(self) -> "DeadLetterQuerySet":
        """With their jobs, destinations and numbers of rows at hand: one query for a list of them."""
        return self.select_related("job__destination", "batch").annotate(rows_counted=models.Count("rows"))


class DeadLetter(models.Model):
    """The rows of one batch that failed for one cause."""

    job = models.ForeignKey("jobs.Job", models.CASCADE, related_name="letters")
    batch = models.ForeignKey("jobs.Batch", models.CASCADE, related_name="letters")
    submission = models.ForeignKey("jobs.Submission", models.SET_NULL, null=True, related_name="letters")
    state = models.CharField(max_length=10, choices=LetterState.choices, default=LetterState.OPEN)
    cause = models.CharField(max_length=1000)
    cause_group = models.CharField(max_length=300, db_index=True)
    charge = models.CharField(max_length=10, choices=Charge.choices)
    attempts = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = DeadLetterQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "-id"])]

    def __str__(self) -> str:
        return f"letter {self.pk}: {self.cause}"

    @property
    def row_count(self) -> int:
        """How many rows still need a person."""
        counted: int | None = getattr(self, "rows_counted", None)
        return self.rows.count() if counted is None else counted

    @staticmethod
    def group_of(cause: str) -> str:
        """The cause without its particulars: what letters are grouped by."""
        return alike(cause)

    def resolve_if_empty(self) -> None:
        """Close the letter when the last of its rows came home after all."""
        if not self.rows.exists():
            DeadLetter.objects.filter(pk=self.pk).exclude(state=LetterState.RESOLVED).update(
                state=LetterState.RESOLVED, resolved_at=timezone.now()
            )
