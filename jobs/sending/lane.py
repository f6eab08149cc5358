"""One lane: one batch at a time to one destination, at its pace, fair between its jobs."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q
from django.utils import timezone

from budget import credits as budget
from clayops.base import disk
from jobs.models import (
    Batch,
    BatchState,
    ClayCircuit,
    Destination,
    Hold,
    Job,
    JobState,
    RowState,
    Submission,
)
from jobs.sending import attempt, completion, workspace
from jobs.sending.load import Load, LostRace
from providers import choosing

logger = logging.getLogger(__name__)

LAST_SECONDS = 15.0
"""So long before midnight a lane without credits waits for the new day, rather than for the next tick."""
FULL_SECONDS = 5.0
"""So long a lane waits for a disk that is full before it looks again."""
NEEDS_A_PERSON = (Hold.KEY_REJECTED, Hold.WEBHOOK_FULL, Hold.PAUSED)


@dataclass
class Lane:
    """Drives one destination for as long as its lease is held."""

    destination_id: int
    lease: str
    """The token of the lease: submissions carry it."""

    def step(self) -> float | None:
        """Send at most one batch. Returns seconds until the next step, None when there is nothing to do."""
        if disk.is_full():  # what comes of a batch could not be written down
            logger.warning("The disk is full: the lane of destination %s waits", self.destination_id)
            return FULL_SECONDS
        destination = Destination.objects.get(pk=self.destination_id)
        now = timezone.now()
        if destination.hold in NEEDS_A_PERSON:
            return None
        if wait := workspace.seconds_to_wait():
            return wait
        if (early := (destination.next_send_at - now).total_seconds()) > 0:
            return early
        batch = next_batch(destination, now)
        if batch is None:
            return _until_next(destination, now)
        return self._send(destination, batch, now)

    def _send(self, destination: Destination, batch: Batch, now: datetime) -> float | None:
        rows = batch.rows.filter(state=RowState.WAITING).count()
        if not rows:  # late results brought every row home, or the job was cancelled
            Batch.objects.filter(pk=batch.pk, state=BatchState.WAITING).update(state=BatchState.FINISHED)
            completion.finish_if_settled(batch.job)
            return 0.0
        circuit = ClayCircuit.load()
        if not circuit.may_send(now):
            destination.put_on_hold(Hold.CLAY_DOWN, f"Clay does not answer properly: {circuit.reason}")
            return max((circuit.probe_at - now).total_seconds(), 0.1) if circuit.probe_at else 1.0
        load = Load(destination, batch, rows)
        if not load.choose_providers():
            return _until_the_day_turns(None)
        load.fit()
        if not load.reserve():
            choosing.give_back(load.choice)
            return _until_the_day_turns(load.resets_at)
        submission = self._claim(load)
        if submission is None:
            return 0.1
        attempt.make(submission, destination)
        return 0.0

    def _claim(self, load: Load) -> Submission | None:
        """Write the submission before a byte leaves. None where another process was faster."""
        try:
            with transaction.atomic():
                return load.write(self.lease)
        except LostRace:
            load.give_up()
            return None


def next_batch(destination: Destination, now: datetime) -> Batch | None:
    """The oldest batch that is due, of the first-ranked job that has waited longest."""
    due = Batch.objects.due(now).filter(job=OuterRef("pk"))
    jobs = Job.objects.sendable().filter(Exists(due), destination=destination)
    job = jobs.order_by("-priority", F("last_sent_at").asc(nulls_first=True), "pk").first()
    if job is None:
        return None
    batch = job.batches.due(now).first()
    if batch is not None:
        batch.job = job
    return batch


def _until_the_day_turns(at: datetime | None) -> float | None:
    """Seconds until then, where that is worth waiting for; None where the lane rests meanwhile."""
    left = (at - timezone.now()).total_seconds() if at else LAST_SECONDS
    return max(left, 0.01) if left < LAST_SECONDS else None


def _until_next(destination: Destination, now: datetime) -> float | None:
    """Seconds until a batch's backoff is over; None where no batch waits."""
    waiting = Batch.objects.to_send().filter(job__destination=destination, job__state=JobState.RUNNING)
    soonest = waiting.aggregate(at=Min("not_before"))["at"]
    return None if soonest is None else max((soonest - now).total_seconds(), 0.05)


def with_work() -> list[int]:
    """Destinations whose lane has something to do: batches to send, or a dead sender's to clear up."""
    jobs = Job.objects.sendable().filter(
        Exists(Batch.objects.to_send().filter(job=OuterRef("pk"))), destination=OuterRef("pk")
    )
    to_send = Destination.objects.exclude(hold__in=NEEDS_A_PERSON).filter(Exists(jobs))
    to_clear = Destination.objects.filter(
        Exists(Submission.objects.open().filter(destination=OuterRef("pk")))
    )
    return list(to_send.order_by().union(to_clear.order_by()).values_list("pk", flat=True))


def ready_now() -> bool:
    """Whether a lane has batches that may leave now, or in a moment: then the next slice should follow."""
    ready = Q(hold="")
    if _until_the_day_turns(budget.today().resets_at) is not None:
        ready |= Q(hold=Hold.BUDGET)
    return Destination.objects.filter(ready, pk__in=with_work()).exists()
