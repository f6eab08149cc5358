"""What is decided about a draft: columns to inputs, constants, clean-ups, what is left out."""

from typing import Any

from django.utils import timezone

from jobs.mapping.cleanups import CLEANUPS
from jobs.models import Finding, Job, JobState, NotPossible


def decide(job: Job, **decisions: Any) -> None:
    """Change decisions of a draft: fields of the job. Raises `NotPossible`, and then changes nothing.

    Findings that do not hold any more afterwards are marked so: see `jobs.intake.draft.set_up`.
    """
    _refuse_odd(job, decisions)
    if not decisions:
        return
    for name in ("mapping", "constants", "cleanups"):
        if name in decisions:
            given = decisions[name]
            decisions[name] = {key: given[key] for key in job.destination.input_names if key in given}
    changed = Job(**{field.attname: getattr(job, field.attname) for field in job._meta.concrete_fields})
    for name, value in decisions.items():
        setattr(changed, name, value)
    if changed.check_key != job.check_key:
        decisions["checked"] = ""
    if any(getattr(job, name) != value for name, value in decisions.items()):
        decisions["touched_at"] = timezone.now()
    if not job.stored.filter(state=JobState.DRAFT).update(**decisions):
        raise NotPossible("The job has been started: its mapping is fixed.")
    for name, value in decisions.items():
        setattr(job, name, value)
    job.__dict__.pop("plan", None)


def _refuse_odd(job: Job, decisions: dict[str, Any]) -> None:
    given = {name for part in ("mapping", "constants", "cleanups") for name in decisions.get(part, {})}
    if unknown := given - set(job.destination.input_names):
        raise NotPossible(f"{job.destination} has no input {', '.join(sorted(unknown))}.")
    if any(not 0 <= index < len(job.columns) for index in decisions.get("mapping", {}).values()):
        raise NotPossible("The file has no such column.")
    if any(set(names) - set(CLEANUPS) for names in decisions.get("cleanups", {}).values()):
        raise NotPossible(f"There is no such clean-up; there are {', '.join(CLEANUPS)}.")
    if set(decisions.get("leave_out", [])) - set(Finding.values):
        raise NotPossible(f"Only these can be left out: {', '.join(Finding.values)}.")
    if not 0 <= decisions.get("reuse_days", 0) <= 3650:
        raise NotPossible("Look back from 0 to 3,650 days.")
