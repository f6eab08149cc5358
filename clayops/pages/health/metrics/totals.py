"""How things stand, counted when Prometheus asks. What cannot be asked is missing, and `clayops_up` says so.

No label has a name of a person or file, or anything out of a row.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping

from django.db import Error as DatabaseError
from django.db.models import Count, Exists, Min, OuterRef
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from redis import RedisError
from rq import Queue

from budget import credits as budget
from clayops.base import process_health, redis
from clayops.pages.health.metrics import rows
from jobs.models import (
    Batch,
    DeadLetter,
    Destination,
    Job,
    JobState,
    LetterState,
    Row,
    RowState,
    Submission,
)
from providers.health import Health
from providers.models import Provider, State
from providers.windows import Window

logger = logging.getLogger(__name__)

Part = Callable[[], Iterable[Metric]]


class Standing:
    """A collector of prometheus_client's."""

    def collect(self) -> Iterator[Metric]:
        """Everything, from the database and from Redis."""
        up = GaugeMetricFamily(
            "clayops_up", "Whether it could be asked for what is told here.", labels=["part"]
        )
        for part, sources in (("database", DATABASE), ("redis", REDIS)):
            found = _asked(part, sources)
            up.add_metric([part], found is not None)
            yield from found or []
        yield up


def _asked(part: str, sources: Iterable[Part]) -> list[Metric] | None:
    """All that `sources` tell; None where one of them cannot be asked."""
    try:
        return [metric for source in sources for metric in source()]
    except (DatabaseError, RedisError) as error:
        logger.warning("The metrics leave out what the %s tells: %s", part, type(error).__name__)
        return None


def _gauge(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, text, labels=[label])
    for value, number in values.items():
        gauge.add_metric([value], number)
    return gauge


# -- from the database ----------------------------------------------------------------------------
def _rows() -> Iterator[Metric]:
    yield _gauge("clayops_rows", "Rows stored, by state.", "state", rows.by_state())


def _jobs() -> Iterator[Metric]:
    """As the pages show them: a running job whose destination is on hold is `held`."""
    counted = Job.objects.shown().order_by().values_list("state").annotate(n=Count("pk"))
    found = {str(state): 0 for state in JobState} | dict(counted)
    waiting = Row.objects.filter(job=OuterRef("pk"), state=RowState.WAITING)
    running = Job.objects.shown().filter(state=JobState.RUNNING).exclude(destination__hold="")
    held = running.filter(Exists(waiting)).count()
    found[JobState.HELD], found[JobState.RUNNING] = held, found[JobState.RUNNING] - held
    yield _gauge("clayops_jobs", "Jobs, by state.", "state", found)


def _credits() -> Iterator[Metric]:
    day = budget.today()
    for name, amount in (("spent", day.spent), ("reserved", day.reserved), ("limit", day.limit)):
        text = f"Credits of today: {name}."
        yield GaugeMetricFamily(f"clayops_credits_{name}", text, value=float(amount))


def _runs() -> Iterator[Metric]:
    out, stuck = Submission.objects.out().count(), Submission.objects.troubled().count()
    yield GaugeMetricFamily("clayops_runs_in_flight", "Runs at Clay whose results are not home.", value=out)
    yield GaugeMetricFamily("clayops_runs_stuck", "Those of them that need a person.", value=stuck)


def _letters() -> Iterator[Metric]:
    count = DeadLetter.objects.shown().filter(state=LetterState.OPEN).count()
    yield GaugeMetricFamily("clayops_dead_letters_open", "Dead letters that nobody has seen to.", value=count)


def _lanes() -> Iterator[Metric]:
    """Each destination, also where nothing waits: a line that comes and goes cannot be watched."""
    now = timezone.now()
    due = Batch.objects.due(now).order_by().filter(job__state=JobState.RUNNING, job__deleted_at=None)
    oldest = dict(due.values_list("job__destination").annotate(since=Min("not_before")))
    lanes = list(Destination.objects.open().values_list("pk", "name", "hold"))
    waits = {name: (now - oldest.get(pk, now)).total_seconds() for pk, name, _ in lanes}
    held = {name: float(bool(hold)) for _, name, hold in lanes}
    text = "How long its oldest batch that could leave has been waiting."
    yield _gauge("clayops_lane_wait_seconds", text, "destination", waits)
    text = "1 where it is on hold, and nothing leaves."
    yield _gauge("clayops_lane_held", text, "destination", held)


def _providers() -> Iterator[Metric]:
    """By the copies of their windows in the database, which are as new as those in Redis.

    Without names that only results have: one may be anything, and there may be many.
    """
    found = [Health(row, Window.of(row)) for row in Provider.objects.filter(is_new=False)]
    for what, rates in (
        ("success", {each.name: each.success_rate for each in found}),
        ("hit", {each.name: each.hit_rate for each in found}),
    ):
        known = {name: rate for name, rate in rates.items() if rate is not None}
        text = f"The {what} rate of the last 100 outcomes, from 0 to 1."
        yield _gauge(f"clayops_provider_{what}_rate", text, "provider", known)
    states = GaugeMetricFamily(
        "clayops_provider_state", "1 for the state that it is in.", labels=["provider", "state"]
    )
    for each in found:
        for state in State:
            states.add_metric([each.name, state], each.state == state)
    yield states


# -- from Redis -----------------------------------------------------------------------------------
def _workers() -> Iterator[Metric]:
    found = process_health.ask(redis.quick())
    alive = {queue: getattr(found, queue) for queue in process_health.QUEUES}
    yield _gauge("clayops_workers_alive", "Workers that listen to a queue.", "queue", alive)
    signs = {
        "scheduler": ("Since the scheduler's last sign of life.", found.scheduler_seconds_ago),
        "tick": ("Since the last tick, which the worker of results does.", found.ticked_seconds_ago),
        "watch": ("Since the last round of the watch over alerts.", found.watched_seconds_ago),
    }
    for name, (text, ago) in signs.items():
        if ago is not None:
            yield GaugeMetricFamily(f"clayops_{name}_silent_seconds", text, value=ago)


def _queues() -> Iterator[Metric]:
    waiting = {queue: Queue(queue, connection=redis.quick()).count for queue in process_health.QUEUES}
    yield _gauge("clayops_queue_jobs", "Messages that wait for a worker.", "queue", waiting)


DATABASE: list[Part] = [_rows, _jobs, _credits, _runs, _letters, _lanes, _providers]
REDIS: list[Part] = [_workers, _queues]
