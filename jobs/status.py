"""The state of everything as one JSON document. Other programs rely on its shape (docs/architecture.md)."""

from decimal import Decimal
from typing import Any

from budget import credits as budget
from clayops.base import process_health
from jobs.alerting import for_person
from jobs.models import DeadLetter, Job, LetterState, Submission, look_up
from providers import health as providers

RECENT = 200


def number(value: Decimal | float) -> int | float:
    """A number of credits for JSON: whole where it is whole."""
    return int(value) if value == int(value) else float(value)


def status() -> dict[str, Any]:
    """What `manage.py status --json` prints. Jobs: the last 200, and all that are not finished."""
    return {
        "jobs": [job_status(job) for job in _jobs()],
        "budget": _budget(),
        "providers": [_provider(health) for health in providers.all_health()],
        "dead_letters": [letter_status(letter) for letter in open_letters()],
        "stuck": [
            _stuck(run) for run in Submission.objects.troubled().select_related("batch", "destination")
        ],
        "workers": {"alive": process_health.workers().alive},
        "alerts": [{"kind": alert.kind, "text": alert.text} for alert in for_person.current()],
    }


def _jobs() -> list[Job]:
    jobs = Job.objects.shown().select_related("destination")
    recent = jobs.filter(pk__in=list(Job.objects.shown().values_list("pk", flat=True)[:RECENT]))
    return look_up(recent | jobs.unfinished(), each_row=True)


def job_status(job: Job) -> dict[str, Any]:
    """One job, all seven row states present."""
    return {
        "id": job.pk,
        "name": job.name,
        "destination": job.destination.name,
        "state": job.shown_state.value,
        "hold": job.hold or None,
        "total": job.row_count,
        "rows": {state.value: count for state, count in job.counts.items()},
    }


def _budget() -> dict[str, Any]:
    day = budget.today()
    return {
        "day": day.day.isoformat(),
        "limit": number(day.limit),
        "spent": number(day.spent),
        "reserved": number(day.reserved),
        "breaker": day.breaker,
        "reason": day.reason or None,
    }


def _provider(health: "providers.Health") -> dict[str, Any]:
    return {
        "name": health.name,
        "requests": health.requests,
        "success_rate": health.success_rate,
        "hit_rate": health.hit_rate,
        "state": str(health.state),
    }


def open_letters() -> list[DeadLetter]:
    """Letters that are not resolved or discarded, newest first."""
    closed = [LetterState.RESOLVED, LetterState.DISCARDED]
    return list(DeadLetter.objects.shown().exclude(state__in=closed))


def letter_status(letter: DeadLetter) -> dict[str, Any]:
    """One dead letter."""
    return {
        "id": letter.pk,
        "job": letter.job_id,
        "cause": letter.cause,
        "charge": letter.charge,
        "rows": letter.size,
        "state": letter.state,
    }


def _stuck(run: Submission) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "job": run.batch.job_id,
        "destination": run.destination.name,
        "rows": len(run.row_ids),
        "minutes": run.minutes_out,
    }
