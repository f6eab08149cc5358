"""Rows that need a person."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from jobs.models.row import UNSETTLED, Batch, Row, RowState

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from jobs.models.review import LetterEvent
    from jobs.models.submission import Submission


class Charge(models.TextChoices):
    """Whether Clay may already have charged for the rows."""

    NO = "no"
    POSSIBLY = "possibly"
    YES = "yes"


def worst(*charges: str) -> Charge:
    """Of several charges the one that costs the most."""
    order = list(Charge)
    return max(map(Charge, charges), key=order.index)


class LetterState(models.TextChoices):
    OPEN = "open"
    APPROVED = "approved"
    RETRYING = "retrying"
    RESOLVED = "resolved"
    DISCARDED = "discarded"


NEEDS_A_PERSON = (LetterState.OPEN, LetterState.APPROVED)
"""States in which a letter has its rows."""


class DeadLetterQuerySet(models.QuerySet["DeadLetter"]):
    def shown(self) -> "DeadLetterQuerySet":
        """All but those of jobs that somebody deleted."""
        from jobs.models.job import Job

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
        from jobs.models.review import LetterEvent

        return LetterEvent.objects.create(letter=self, kind=kind, text=text[:1000], by=by, **more)

    def is_another(self, **now: Any) -> None:
        """It is not what anybody saw, or approved, any more: an approval ends, and sets frozen before do not
        mean it. `now` are fields that changed with it.
        """
        mine = DeadLetter.objects.filter(pk=self.pk)
        mine.update(version=models.F("version") + 1, **now)
        ended = {"state": LetterState.OPEN, "approved_by": None, "approved_at": None}
        mine.filter(state=LetterState.APPROVED).update(**ended)

    def recount(self, why: str = "All its rows came home") -> None:
        """Rows of it came home, or went: so many are left. With none left, or under way, it is resolved."""
        mine = DeadLetter.objects.filter(pk=self.pk)
        if left := self.rows.count():
            mine.waiting().update(size=left)
            return
        if Row.objects.filter(retry_of=self, state__in=UNSETTLED).exists():
            mine.waiting().update(state=LetterState.RETRYING)
            return
        if mine.filter(state=LetterState.DISCARDED).exists():
            self._came_home_late()
            return
        over = {"state": LetterState.RESOLVED, "resolved_at": timezone.now()}
        if mine.exclude(state=LetterState.RESOLVED).update(**over):
            aside = Row.objects.filter(retry_of=self, state=RowState.DISCARDED).exists()
            self.note("resolved", "What was not discarded came home" if aside else why)

    def _came_home_late(self) -> None:
        """Rows of it that were discarded have their results all the same."""
        aside = Row.objects.filter(retry_of=self, state=RowState.DISCARDED).count()
        if aside:
            self.note("late", f"Late results came: {aside:,} of its rows are still discarded")
            return
        DeadLetter.objects.filter(pk=self.pk).update(state=LetterState.RESOLVED)
        self.note("resolved", "Late results came: all its rows are home, though they were discarded")

    def lineage(self) -> "list[DeadLetter]":
        """The letter, and those that its rows were in before, the latest first."""
        found, parent = [self], self.parent
        while parent is not None and len(found) < 50:
            found.append(parent)
            parent = parent.parent
        return found

    def attempts_made(self) -> "list[Submission]":
        """Every attempt to send rows that are, or were, in it; the first first."""
        from jobs.models.review import LetterEvent
        from jobs.models.submission import Submission

        family = self.lineage()
        told = LetterEvent.objects.filter(letter__in=family, batch__isnull=False)
        batches = Batch.with_parts(
            {*told.values_list("batch", flat=True), *(each.batch_id for each in family)}
        )
        rows = set(self.row_ids())
        sent = Submission.objects.filter(batch__in=batches).select_related("batch", "destination")
        return [each for each in sent.order_by("pk") if rows & set(each.row_ids)]

    def row_ids(self) -> list[int]:
        """Ids of its rows; of those it had last, where they have left it."""
        if here := list(self.rows.order_by("number").values_list("pk", flat=True)):
            return here
        last = self.events.exclude(rows=[]).order_by("-pk").first()
        return list(last.rows) if last else []

    def rows_had(self) -> models.QuerySet[Row]:
        """The same as rows."""
        return Row.objects.filter(pk__in=self.row_ids()).order_by("number")
