"""A batch on its way to becoming a submission: providers chosen, cut to what fits, credits reserved."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from budget import credits as budget
from jobs.credits import costs
from jobs.models import Batch, BatchState, Destination, Hold, Job, JobState, Proof, Row, RowState, Submission
from jobs.sending import attempt
from providers import choosing
from providers.waterfall import PROBE_ROWS, Choice


class LostRace(Exception):
    """Somebody else took the turn or the batch; what this transaction wrote is taken back."""


@dataclass
class Load:
    """A batch on its way to becoming a submission."""

    destination: Destination
    batch: Batch
    rows: int
    choice: Choice = field(default_factory=Choice)
    resets_at: datetime | None = None
    """When the day turns that had no credits left for it."""

    @cached_property
    def holder(self) -> str:
        """The reservation's name: this load's own, so that nobody else gives it back."""
        return f"batch:{self.batch.pk}:{uuid4().hex[:12]}"

    @property
    def credits(self) -> Decimal:
        return self.price * self.rows

    @cached_property
    def price(self) -> Decimal:
        """Credits a row, also where another destination that leads there counts with more."""
        return self.destination.price_in_force

    def reserve(self) -> bool:
        """Reserve the credits, or put the lane on hold."""
        purpose = costs.purpose_of(self.batch, self.rows)
        try:
            budget.reserve(self.holder, self.credits, [self.destination.scope], purpose)
        except budget.Refused as refused:
            self.destination.put_on_hold(Hold.BUDGET, refused.reason)
            self.resets_at = refused.resets_at
            return False
        return True

    def choose_providers(self) -> bool:
        """Leave failing providers out; with none left, hold the lane. With only probes left a few rows go."""
        if not self.destination.steers:
            return True
        self.choice = choosing.choose(self.destination.steps, patience=self.destination.patience)
        if not self.choice.use:
            whys = "; ".join(f"{name}: {why}" for name, why in self.choice.why.items())
            self.destination.put_on_hold(Hold.NO_PROVIDER, f"All providers are left out. {whys}")
            return False
        if self.choice.only_probes and self.rows > PROBE_ROWS:
            self._cut(PROBE_ROWS)
        return True

    def fit(self) -> None:
        """Cut off what Clay would not take at once: the waterfall may have grown, or an edited row."""
        if not self.destination.steers and not self.batch.is_retry:
            return
        waiting = self.batch.rows.filter(state=RowState.WAITING).select_related("job").order_by("number")
        rows = list(waiting)[: self.rows]
        while len(rows) > 1 and attempt.is_too_large(attempt.items_of(rows, self.destination, self.choice)):
            rows = rows[: len(rows) // 2]
        if len(rows) < self.rows:
            self._cut(len(rows))

    def _cut(self, rows: int) -> None:
        if cut(self.batch, rows):
            self.rows = rows

    def give_up(self) -> None:
        """It does not go now: its credits and its probes are for others."""
        budget.release(self.holder)
        choosing.give_back(self.choice)

    def write(self, lease: str) -> Submission:
        """Take the turn and the batch, and write the submission; inside a transaction. Raises `LostRace`."""
        now = timezone.now()
        if not self.destination.take_turn(now):
            raise LostRace
        if not Job.objects.filter(pk=self.batch.job_id, state=JobState.RUNNING).update(last_sent_at=now):
            raise LostRace
        waiting = Batch.objects.filter(pk=self.batch.pk, state=BatchState.WAITING)
        if not waiting.update(state=BatchState.SENDING, attempts=F("attempts") + 1):
            raise LostRace
        rows = Row.objects.filter(batch=self.batch, state=RowState.WAITING)
        known = dict(rows.order_by("number").values_list("pk", "proof"))
        if len(known) != self.rows:
            raise LostRace  # a late result took a row home in between
        if not budget.hold(self.holder):
            raise LostRace  # we stood still for so long that the credits were given back
        rows.update(state=RowState.SENDING, proof=Proof.MAYBE)
        self.batch.refresh_from_db(fields=["attempts", "state"])
        return Submission.objects.create(
            destination=self.destination,
            batch=self.batch,
            attempt=self.batch.attempts,
            runner=lease,
            row_ids=list(known),
            proofs=_sent_before(known),
            holder=self.holder,
            credits=self.credits,
            waterfall=self.choice.dumped(),
            created_at=now,
        )


def _sent_before(proofs: dict[int, str]) -> dict[str, list[int]]:
    """Rows that were, or may have been, sent before, by what is known of them."""
    found: dict[str, list[int]] = {}
    for pk, proof in proofs.items():
        if proof != Proof.NOT_SENT:
            found.setdefault(proof, []).append(pk)
    return found


def cut(batch: Batch, rows: int) -> bool:
    """Keep its first waiting rows, and put the others into a batch of their own at the job's end.

    False where it is no longer waiting, or has no more rows than that.
    """
    with transaction.atomic():
        job = Job.objects.locked().get(pk=batch.job_id)
        if not Batch.objects.filter(pk=batch.pk, state=BatchState.WAITING).exists():
            return False
        waiting = batch.rows.filter(state=RowState.WAITING).order_by("number")
        others = list(waiting.values_list("pk", flat=True)[rows:])
        if not others:
            return False
        last = Batch.objects.filter(job=batch.job_id).order_by("-number").values_list("number", flat=True)
        rest = Batch.objects.create(
            job_id=batch.job_id,
            number=last[0] + 1,
            size=len(others),
            attempts=batch.attempts,
            not_before=batch.not_before,
            in_trial=batch.in_trial or batch.number <= job.trial_batches,
            is_retry=batch.is_retry,
            cut_of=batch,
        )
        Row.objects.filter(pk__in=others).update(batch=rest)
        Batch.objects.filter(pk=batch.pk).update(size=F("size") - len(others))
        batch.refresh_from_db(fields=["size"])
    return True
