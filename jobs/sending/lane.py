"""One lane: one batch at a time to one destination, at its pace, fair between its jobs."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from uuid import uuid4

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q
from django.utils import timezone
from redis import RedisError

from budget import credits as budget
from budget.terms import WORKSPACE
from clayops.base import queues, redis
from jobs.credits import costs, open_breakers
from jobs.models import (
    Batch,
    BatchState,
    ClayCircuit,
    Destination,
    Hold,
    Job,
    JobState,
    Proof,
    Row,
    RowState,
    Submission,
)
from jobs.results import cells
from jobs.sending import attempt, workspace
from providers import choosing
from providers.waterfall import PROBE_ROWS, Choice

logger = logging.getLogger(__name__)

LAST_SECONDS = 15.0
"""So long before midnight a lane without credits waits for the new day, rather than for the next tick."""
NEEDS_A_PERSON = (Hold.KEY_REJECTED, Hold.WEBHOOK_FULL, Hold.PAUSED)


WOKEN = "clayops:lanes:woken"


class _LostRace(Exception):
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
        return self.destination.cost_of(self.rows)

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
        self.choice = choosing.choose(self.destination.steps, patience=cells.patience(self.destination))
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
        if self.batch.cut(rows):
            self.rows = rows

    def give_up(self) -> None:
        """It does not go now: its credits and its probes are for others."""
        budget.release(self.holder)
        choosing.give_back(self.choice)

    def write(self, lease: str) -> Submission:
        """Take the turn and the batch, and write the submission; inside a transaction. Raises `_LostRace`."""
        now = timezone.now()
        if not self.destination.take_turn(now):
            raise _LostRace
        if not Job.objects.filter(pk=self.batch.job_id, state=JobState.RUNNING).update(last_sent_at=now):
            raise _LostRace
        waiting = Batch.objects.filter(pk=self.batch.pk, state=BatchState.WAITING)
        if not waiting.update(state=BatchState.SENDING, attempts=F("attempts") + 1):
            raise _LostRace
        rows = Row.objects.filter(batch=self.batch, state=RowState.WAITING)
        known = dict(rows.order_by("number").values_list("pk", "proof"))
        if len(known) != self.rows:
            raise _LostRace  # a late result took a row home in between
        if not budget.hold(self.holder):
            raise _LostRace  # we stood still for so long that the credits were given back
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


@dataclass
class Lane:
    """Drives one destination for as long as its lease is held."""

    destination_id: int
    lease: str
    """The token of the lease: submissions carry it."""

    def step(self) -> float | None:
        """Send at most one batch. Returns seconds until the next step, None when there is nothing to do."""
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
            batch.job.finish_if_settled()
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
        except _LostRace:
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


def wake() -> None:
    """Let lanes that are held try again at once: a limit was raised, a breaker closed, credits came back.

    Runners that are under way forget which lanes were resting; one is started where there is none.
    """
    from jobs import tasks

    transaction.on_commit(lift_budget_holds)
    transaction.on_commit(_wake_runners)
    queues.soon("lanes", tasks.run_lanes)


def lift_budget_holds() -> None:
    """Where credits are no longer refused nothing is held for them, also where nothing is left to send."""
    held = list(Destination.objects.filter(hold=Hold.BUDGET))
    stopped = open_breakers.holding() if held else {}
    for destination in held:
        if not {WORKSPACE, destination.scope} & stopped.keys():
            destination.lift_hold(Hold.BUDGET)


def _wake_runners() -> None:
    try:
        redis.client().incr(WOKEN)
    except RedisError as error:
        logger.warning("Redis is away: held lanes go on with a later tick (%s)", error)


def times_woken() -> str:
    """Changes with every `wake`. Raises RedisError."""
    return str(redis.client().get(WOKEN))
