"""Rows that need a person, and what those that failed alike have in common."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from clayops.base.wording import alike
from jobs.models.job import Job
from jobs.models.row import Row
from jobs.models.states import NEEDS_A_PERSON, Charge, LetterState

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from jobs.models.review import LetterEvent


class Cause(models.Model):
    """A message without its particulars, with Clay's HTTP status, at one destination. Letters are grouped
    by it; its note stays when its letters are gone, and is there when it comes again.
    """

    NOTE_LENGTH = 2000

    destination = models.ForeignKey("jobs.Destination", models.CASCADE, related_name="causes")
    text = models.CharField(max_length=300)
    http_status = models.PositiveSmallIntegerField(default=0)
    """What Clay answered; 0 where no answer came, or the failure was in a result."""
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)
    """What its owner knows of it."""
    note_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    noted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["destination", "text", "http_status"], name="cause_once")
        ]

    def __str__(self) -> str:
        return self.text

    @staticmethod
    def of(destination_id: int, message: str, http_status: int | None) -> "Cause":
        """The group that a letter with this message belongs to; made where it is the first."""
        status = http_status or 0
        text = alike(message, keep=str(status or ""))
        told: dict[str, Any] = {"destination_id": destination_id, "text": text, "http_status": status}
        return Cause.objects.get_or_create(**told)[0]

    def write_note(self, text: str, by: "User | None") -> bool:
        """Keep what somebody knows of it, instead of what was there; False where that was the same."""
        text = text.replace("\0", "").strip()[: self.NOTE_LENGTH]
        noted = {"note": text, "note_by": by, "noted_at": timezone.now()}
        changed = Cause.objects.filter(pk=self.pk).exclude(note=text).update(**noted)
        self.refresh_from_db()
        return bool(changed)


class DeadLetterQuerySet(models.QuerySet["DeadLetter"]):
    def shown(self) -> "DeadLetterQuerySet":
        """All but those of jobs that somebody deleted."""
        return self.exclude(
            job__in=Job.objects.filter(deleted_at__isnull=False)
        )  # few: no join with all jobs

    def waiting(self) -> "DeadLetterQuerySet":
        """Those that need a person."""
        return self.filter(state__in=NEEDS_A_PERSON)

    def with_places(self) -> "DeadLetterQuerySet":
        """With their jobs, destinations, batches and causes at hand."""
        return self.select_related("job__destination", "batch", "group", "assigned_to")


class DeadLetter(models.Model):
    """The rows of one batch that failed for one cause. What people do with it: `jobs.review.verbs`."""

    job = models.ForeignKey("jobs.Job", models.CASCADE, related_name="letters")
    batch = models.ForeignKey("jobs.Batch", models.CASCADE, related_name="letters")
    """The one that failed last."""
    submission = models.ForeignKey("jobs.Submission", models.SET_NULL, null=True, related_name="letters")
    group = models.ForeignKey("jobs.Cause", models.PROTECT, related_name="letters")
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="parts")
    """The letter that its rows were in before some of them were treated apart, or failed otherwise."""
    state = models.CharField(max_length=10, choices=LetterState.choices, default=LetterState.OPEN)
    cause = models.CharField(max_length=1000)
    charge = models.CharField(max_length=10, choices=Charge.choices)
    size = models.PositiveIntegerField(default=0)
    """Its rows; once they have left it for a retry, for the bin or for home, how many it had."""
    attempts = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    """One more whenever it is not what somebody saw any more: it failed anew, was edited or restored."""
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_price = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    """Credits a row when it was approved: at a higher price it was not, however many rows are left of it."""
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="letters"
    )
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    """When it failed last."""
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = DeadLetterQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "-id"]),
            models.Index(fields=["group", "state"], name="letter_group"),
            models.Index(fields=["state", "job", "charge"], name="letter_counts"),
            models.Index(fields=["state", "-size", "-id"], name="letter_size"),
            models.Index(fields=["state", "-seen_at", "-id"], name="letter_seen"),
        ]
        permissions = [
            ("approve_deadletter", "Can sign off what a retry may cost"),
            ("retry_deadletter", "Can send dead letters again"),
            ("discard_deadletter", "Can discard and restore dead letters"),
            ("edit_rows", "Can edit rows of dead letters"),
        ]

    def __str__(self) -> str:
        return f"letter {self.pk}: {self.cause}"

    def get_absolute_url(self) -> str:
        return reverse("deadletter", args=[self.pk])

    @property
    def needs_approval(self) -> bool:
        """Whether somebody has to sign off what sending it again may cost."""
        return self.charge != Charge.NO and (self.state == LetterState.OPEN or self.is_dearer)

    @property
    def is_dearer(self) -> bool:
        """Whether a row costs more now than when it was approved."""
        approved = self.approved_price if self.state == LetterState.APPROVED else None
        return approved is not None and self.job.destination.credits_per_row > approved

    @property
    def credits(self) -> Decimal:
        """What a retry costs at most, as its destination's price is now."""
        return self.job.destination.cost_of(self.size)

    def note(self, kind: str, text: str, by: "User | None" = None, **more: Any) -> "LetterEvent":
        """Write one line of its history."""
        return self.events.create(kind=kind, text=text[:1000], by=by, **more)

    def is_another(self, **now: Any) -> None:
        """It is not what anybody saw, or approved, any more: an approval ends, and sets frozen before do not
        mean it. `now` are fields that changed with it.
        """
        mine = DeadLetter.objects.filter(pk=self.pk)
        mine.update(version=models.F("version") + 1, **now)
        ended = {"state": LetterState.OPEN, "approved_by": None, "approved_at": None}
        mine.filter(state=LetterState.APPROVED).update(**ended)

    def row_ids(self) -> list[int]:
        """Ids of its rows; of those it had last, where they have left it."""
        if here := list(self.rows.order_by("number").values_list("pk", flat=True)):
            return here
        last = self.events.exclude(rows=[]).order_by("-pk").first()
        return list(last.rows) if last else []

    def rows_had(self) -> models.QuerySet[Row]:
        """The same as rows."""
        return Row.objects.filter(pk__in=self.row_ids()).order_by("number")
