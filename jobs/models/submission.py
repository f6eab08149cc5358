"""One attempt to send a batch, and the run at Clay that came of it."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from clayops.base import queues
from providers.waterfall import Choice

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Outcome(models.TextChoices):
    """How an attempt ended; empty while its bytes may be under way."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class RunState(models.TextChoices):
    OUT = "out", "in flight"
    FINISHED = "finished"
    GIVEN_UP = "given_up", "given up"


class Trouble(models.TextChoices):
    """Why a run needs a person."""

    STUCK = "stuck"
    GONE = "gone", "results gone"
    ODD = "odd", "unknown status"


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

    # -- what people do with a run in trouble -----------------------------------------------------
    def check_now(self, by: "User | None" = None) -> bool:
        """Ask Clay at once; False where there is nothing to ask about any more."""
        from jobs import tasks

        due = Submission.objects.filter(pk=self.pk).exclude(run_state__in=["", RunState.FINISHED])
        if not due.update(next_poll_at=timezone.now()):
            return False
        self.batch.job.note("check", f"Run {self.run_id}: asked Clay again", by)
        queues.soon("results", tasks.collect)
        return True

    def wait_longer(self, by: "User | None" = None, until: datetime | None = None) -> bool:
        """Raise no alert before then (its whole time-out once more, where nothing is said). False where it is
        not out any more, or in a trouble that no waiting mends.
        """
        from jobs.sending import tracking

        later = until or timezone.now() + self.destination.timeout
        out = Submission.objects.out().filter(pk=self.pk, trouble__in=["", Trouble.STUCK])
        if not out.update(timeout_at=later, trouble="", trouble_since=None, message=""):
            return False
        self.batch.job.note(
            "wait", f"Run {self.run_id}: waits until {timezone.localtime(later):%-d %b %H:%M}", by
        )
        self.refresh_from_db()
        tracking.track(self)
        return True

    def give_up(self, by: "User | None" = None) -> bool:
        """Move the rows still in flight to a dead letter, charge `possibly`; a late result is still taken.

        False where it is not out any more.
        """
        from jobs.sending import outcomes

        return outcomes.give_up(self, by)

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
