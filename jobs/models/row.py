"""Rows of an upload and the batches they travel in."""

from collections.abc import Collection
from datetime import datetime

from django.db import models
from django.db.models import Count
from django.utils import timezone

from jobs.models.place import Rival
from jobs.models.states import BatchState, JobState, Proof, RowState


class BatchQuerySet(models.QuerySet["Batch"]):
    def to_send(self) -> "BatchQuerySet":
        """Batches that wait for their turn; of a trial only its own."""
        within = models.Q(job__trial_batches=0) | models.Q(number__lte=models.F("job__trial_batches"))
        return self.filter(within | models.Q(in_trial=True), state=BatchState.WAITING)

    def due(self, now: datetime) -> "BatchQuerySet":
        """Those whose backoff is over, oldest first."""
        return self.to_send().filter(not_before__lte=now).order_by("number")

    def rivals(self, destinations: Collection[int]) -> dict[int, list[Rival]]:
        """Jobs that may send now and have batches left, by destination, in one query."""
        found: dict[int, list[Rival]] = {pk: [] for pk in destinations}
        waiting = self.order_by().filter(
            state=BatchState.WAITING, job__state=JobState.RUNNING, job__destination__in=destinations
        )
        counted = waiting.values_list("job__destination", "job", "job__name", "job__priority")
        for destination, pk, name, priority, batches in counted.annotate(n=Count("pk")).order_by("job"):
            found[destination].append(Rival(pk, name, priority, batches))
        return found


class Batch(models.Model):
    """Up to `batch_size` rows of one job that are sent together, in at most 100 KB."""

    job = models.ForeignKey("jobs.Job", models.CASCADE, related_name="batches")
    number = models.PositiveIntegerField()
    """1, 2, 3 … within the job."""
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.WAITING)
    size = models.PositiveSmallIntegerField()
    attempts = models.PositiveSmallIntegerField(default=0)
    """Attempts used up; an answer such as 429 uses none."""
    not_before = models.DateTimeField(default=timezone.now)
    in_trial = models.BooleanField(default=False)
    """It goes with the trial, whatever its number: cut off a batch of it, or a retry meanwhile."""
    is_retry = models.BooleanField(default=False)
    """A person sent its rows again, out of dead letters."""
    cut_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="cuts")
    """The batch that it was cut off."""

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="batch_number_once")]
        indexes = [models.Index(fields=["job", "state", "number"])]

    def __str__(self) -> str:
        return f"batch {self.number} of job {self.job_id}"

    @property
    def whole(self) -> "Batch":
        """The batch that it was cut off, and that one, and so on; itself where it was not."""
        return self.cut_of.whole if self.cut_of else self

    @staticmethod
    def with_parts(batches: set[int]) -> set[int]:
        """Keys of them, of what was cut off them, and so on."""
        found, new = set(batches), set(batches)
        while new:
            new = set(Batch.objects.filter(cut_of__in=new).values_list("pk", flat=True)) - found
            found |= new
        return found


class RowQuerySet(models.QuerySet["Row"]):
    def by_state(self) -> "models.QuerySet[Row, tuple[int, str, int]]":
        """How many rows each job has in each state: `(job, state, rows)`, in one query."""
        return self.order_by().values_list("job", "state").annotate(n=Count("pk"))


class Row(models.Model):
    """One data line of the upload. Its id is what Clay gets as the item's id."""

    job = models.ForeignKey("jobs.Job", models.CASCADE, related_name="rows")
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, related_name="rows")
    number = models.PositiveIntegerField()
    """1, 2, 3 … within the upload, unreadable lines included."""
    line = models.PositiveIntegerField()
    """The line of the file that it starts on."""
    state = models.CharField(max_length=10, choices=RowState.choices, default=RowState.WAITING)
    proof = models.CharField(max_length=10, choices=Proof.choices, default=Proof.NOT_SENT)
    cells = models.JSONField()
    """The line's cells, in the order of the columns."""
    key = models.BigIntegerField(null=True)
    """Shared by rows whose inputs are alike (see `jobs.mapping.plan`); null where all inputs are blank."""
    result = models.JSONField(null=True)
    enriched_at = models.DateTimeField(null=True)
    credits = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    """What its result says it cost; null where it does not say."""
    reused_from = models.ForeignKey(
        "self", models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    """The row of an earlier job whose result this one took, at no cost; it may be gone since."""
    error = models.CharField(max_length=1000, blank=True)
    letter = models.ForeignKey("jobs.DeadLetter", models.SET_NULL, null=True, related_name="rows")
    retry_of = models.ForeignKey(
        "jobs.DeadLetter", models.SET_NULL, null=True, db_index=False, related_name="retried_rows"
    )
    """The letter that a person last sent it again from."""
    edits = models.JSONField(null=True)
    """`{input: text}` that a person put in place of the upload's; null for none."""
    edited_at = models.DateTimeField(null=True)
    """When somebody last did: what comes of an earlier attempt is of what the row was before."""

    objects = RowQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="row_number_once")]
        indexes = [
            models.Index(fields=["job", "state", "number"]),
            models.Index(fields=["key"], name="row_key", condition=models.Q(key__isnull=False)),
            models.Index(
                fields=["retry_of"], name="row_retry_of", condition=models.Q(retry_of__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"row {self.number} of job {self.job_id}"

    def reused_row(self) -> "Row | None":
        """The row whose result it took; None for none, and for one that is gone or of a deleted job."""
        if self.reused_from_id is None:
            return None
        shown = Row.objects.filter(pk=self.reused_from_id, job__deleted_at=None)
        return shown.select_related("job").first()
