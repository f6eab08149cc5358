"""One attempt to send a batch, and the run at Clay that came of it."""

from datetime import datetime

from django.db import models
from django.db.models.functions import Cast
from django.utils import timezone

from jobs.models.row import Row
from jobs.models.states import Outcome, RunState, Trouble
from providers.waterfall import Choice


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def open(self) -> "SubmissionQuerySet":
        """Written, but without an outcome: their bytes may be under way."""
        return self.filter(outcome="")

    def out(self) -> "SubmissionQuerySet":
        """Accepted runs whose results have not come home."""
        return self.filter(run_state=RunState.OUT)

    def home_since(self, since: datetime) -> "SubmissionQuerySet":
        """Runs whose results came home after `since`; those given up did not."""
        return self.filter(run_state=RunState.FINISHED, finished_at__gt=since)

    def due(self, now: datetime) -> "SubmissionQuerySet":
        """Runs to ask Clay about now; also those given up, as a late result is still taken."""
        asked = self.filter(run_state__in=[RunState.OUT, RunState.GIVEN_UP], next_poll_at__lte=now)
        return asked.order_by("next_poll_at")

    def troubled(self) -> "SubmissionQuerySet":
        return self.out().exclude(trouble="").order_by("trouble_since")

    def carrying(self, row: Row) -> "list[Submission]":
        """Every attempt to send the row, the first first; a retry may have put it into another batch."""
        maybe = self.filter(batch__job=row.job_id).select_related("batch")
        maybe = maybe.annotate(ids=Cast("row_ids", models.TextField())).filter(ids__contains=str(row.pk))
        return [each for each in maybe.order_by("pk") if row.pk in each.row_ids]


class Submission(models.Model):
    """Written before the bytes leave, closed with an outcome; nothing else decides what may be sent."""

    destination = models.ForeignKey("jobs.Destination", models.PROTECT, related_name="submissions")
    batch = models.ForeignKey("jobs.Batch", models.CASCADE, related_name="submissions")
    attempt = models.PositiveSmallIntegerField()
    runner = models.CharField(max_length=64)
    """The lease of the lane runner that sends it: when that lease is gone, so is the sender."""
    row_ids = models.JSONField()
    proofs = models.JSONField(default=dict)
    """`{"sent": [row id, …], "maybe": […]}`: what was known, before this attempt, of rows sent earlier."""
    holder = models.CharField(max_length=64, unique=True)
    """Its reservation of credits."""
    credits = models.DecimalField(max_digits=12, decimal_places=2)
    spent = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    """What its run cost, as far as its results tell; null before they came home."""
    reported = models.PositiveSmallIntegerField(default=0)
    """How many of its rows came back with what they cost."""
    waterfall = models.JSONField(default=dict)
    """As sent: a `providers.waterfall.Choice`, dumped; empty where the destination chooses no providers."""
    cells_at = models.DateTimeField(null=True, blank=True)
    """When to look at the table's cells of its rows next; null where nothing of them is to be learned."""
    cells_asked = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    message = models.CharField(max_length=1000, blank=True)

    run_id = models.CharField(max_length=64, blank=True, db_index=True)
    run_state = models.CharField(max_length=10, choices=RunState.choices, blank=True)
    run_finished = models.PositiveIntegerField(default=0)
    """How many of its rows Clay last said were done."""
    answered_at = models.DateTimeField(null=True, blank=True)
    """When Clay last said anything about the run."""
    next_poll_at = models.DateTimeField(null=True, blank=True)
    polled_at = models.DateTimeField(null=True, blank=True)
    polls = models.PositiveIntegerField(default=0)
    timeout_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=10, choices=Trouble.choices, blank=True)
    trouble_since = models.DateTimeField(null=True, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        permissions = [("steer_runs", "May ask about runs of others' jobs again, wait longer, or give up")]
        indexes = [
            models.Index(fields=["run_state", "next_poll_at"]),
            models.Index(fields=["destination", "outcome"]),
            models.Index(fields=["destination", "run_state", "-finished_at"], name="submission_home"),
            models.Index(fields=["run_state", "finished_at", "run_finished"], name="submission_back"),
            models.Index(
                fields=["cells_at"], name="submission_cells", condition=models.Q(cells_at__isnull=False)
            ),
            models.Index(
                fields=["destination", "-finished_at"],
                name="submission_reported",
                condition=models.Q(reported__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.attempt} of {self.batch}"

    @property
    def choice(self) -> Choice:
        """The providers that its rows were sent with."""
        return Choice.loaded(self.waterfall)

    @property
    def minutes_out(self) -> int:
        return int((timezone.now() - self.created_at).total_seconds() // 60)


class StrayResult(models.Model):
    """An item that came back in a run although we had not sent it there: kept, never applied."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="strays")
    item_id = models.CharField(max_length=200)
    body = models.JSONField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "item_id"], name="stray_once")]

    def __str__(self) -> str:
        return f"stray item {self.item_id}"
