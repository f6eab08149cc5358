"""What needs a person now, said on every page and in `status --json`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from budget import credits as budget
from clayops import health
from jobs.models import ClayCircuit, Destination, Hold, Job, JobState, RowState, Submission, Trouble


@dataclass(frozen=True)
class Action:
    """A button: what it says, and where it posts to."""

    label: str
    url_name: str
    pk: int | None = None


@dataclass(frozen=True)
class Alert:
    """One thing that is wrong. `text` says what, `detail` what is at stake and what to do."""

    kind: str
    level: str
    text: str
    detail: str = ""
    since: datetime | None = None
    actions: list[Action] = field(default_factory=list)


def current() -> list[Alert]:
    """All alerts, the worst first."""
    found = [*_workers(), *_runs(), *_holds(), *_breaker(), *_circuit(), *_intakes()]
    return sorted(found, key=lambda alert: alert.level != "bad")


def _workers() -> Iterator[Alert]:
    state = health.workers()
    if not state.redis:
        yield Alert("redis", "bad", "Redis is away", "Nothing is sent until it is back; nothing is lost.")
        return
    for queue in state.missing:
        yield Alert(
            "worker",
            "bad",
            f"No worker is running for {queue}",
            f"Start one with: manage.py rqworker {queue}",
        )
    if not state.scheduler_alive:
        detail = "Stuck runs go unseen until it is back. Start it with: manage.py rqcron clayops.cron"
        yield Alert("scheduler", "bad", "The scheduler has stopped", detail)


_TROUBLE = {
    Trouble.STUCK: "Run stuck for {out}",
    Trouble.GONE: "Run gone: Clay does not know it any more",
    Trouble.ODD: "Run ended in a way we do not know",
}


def _runs() -> Iterator[Alert]:
    for run in Submission.objects.troubled().select_related("batch__job", "destination")[:20]:
        rows = len(run.row_ids)
        detail = (
            f"{rows} rows of {run.batch.job.name} at {run.destination}"
            f" · {run.credits.normalize():f} credits at stake"
            f" · Clay last said {run.run_finished} of {rows} done"
        )
        if run.trouble != Trouble.STUCK and run.message:
            detail += f" · {run.message}"
        yield Alert(
            run.trouble,
            "bad",
            _TROUBLE[Trouble(run.trouble)].format(out=_how_long(run)),
            detail,
            run.trouble_since,
            [
                Action("Check now", "run-check", run.pk),
                Action("Wait longer", "run-wait", run.pk),
                Action("Move to dead letters", "run-give-up", run.pk),
            ],
        )


def _how_long(run: Submission) -> str:
    if run.minutes_out:
        return f"{run.minutes_out} min"
    return f"{(timezone.now() - run.created_at).total_seconds():.0f} s"


def _holds() -> Iterator[Alert]:
    needing = (Hold.KEY_REJECTED, Hold.WEBHOOK_FULL, Hold.NO_PROVIDER)
    waiting = Count("jobs__rows", filter=Q(jobs__rows__state=RowState.WAITING))
    for destination in Destination.objects.filter(hold__in=needing).annotate(waiting=waiting):
        text = {
            Hold.KEY_REJECTED: f"Clay rejects the API key at {destination}",
            Hold.WEBHOOK_FULL: f"The webhook of {destination} is full",
            Hold.NO_PROVIDER: f"No provider is left for {destination}",
        }[Hold(destination.hold)]
        count: int = destination.waiting  # type: ignore[attr-defined]  # annotated
        detail = f"{count:,} rows wait · {destination.hold_reason}"
        again = Action("Check again", "hold-lift", destination.pk)
        yield Alert(destination.hold, "bad", text, detail, destination.hold_since, [again])


def _intakes() -> Iterator[Alert]:
    for job in Job.objects.filter(state=JobState.READY).exclude(ingest_error=""):
        detail = f"{job.ingest_error} · Tried again every minute; cancel the job to give it up"
        yield Alert("intake", "bad", f"The rows of {job.name} cannot be stored", detail, job.started_at)


def _breaker() -> Iterator[Alert]:
    day = budget.today()
    if day.breaker == "open":
        again = [Action("Check again", "breaker-close")]
        yield Alert(
            "budget", "bad", "The credit breaker is open: sending has stopped", day.reason, day.since, again
        )
    elif day.warning:
        text = f"{day.spent + day.reserved:,.0f} of {day.limit:,.0f} credits are used or reserved"
        yield Alert("budget_warning", "warn", text, "Sending stops at the limit.")


def _circuit() -> Iterator[Alert]:
    circuit = ClayCircuit.load()
    if circuit.open_since:
        detail = f"Sending waits; one batch tries again from time to time · {circuit.reason}"
        yield Alert(
            "clay_down",
            "bad",
            f"Clay does not answer properly at {settings.CLAY_API_URL}",
            detail,
            circuit.open_since,
        )
