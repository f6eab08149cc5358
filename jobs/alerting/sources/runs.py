"""Runs in trouble: one alert each, or one for a destination where they are many."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial, reduce
from operator import or_
from urllib.parse import urlencode

from django.db.models import Count, Min, Q, Sum
from django.utils import timezone

from clayops.base.wording import duration, plural
from clayops.people.rights import STEER_RUNS
from jobs.alerting.alert import Action, Alert
from jobs.models import AlertRecord, Destination, Submission, Trouble

ALONE = 3
"""So many runs of a destination in the same trouble are told one by one; more of them together, and then
until one is left: an alert that comes and goes with each run helps nobody."""
TEXTS = {
    Trouble.STUCK: "Run stuck: out for {out}",
    Trouble.GONE: "Run gone: Clay does not know it any more",
    Trouble.ODD: "Run ended in a way we do not know",
}
MANY = {
    Trouble.STUCK: "{count} runs are stuck at {there}",
    Trouble.GONE: "{count} runs are gone at {there}: Clay does not know them any more",
    Trouble.ODD: "{count} runs ended in a way we do not know at {there}",
}

FOR_ALL = {
    "check": "Check all now …",
    "wait": "Wait longer for all …",
    "give-up": "Move all to dead letters …",
}


@dataclass(frozen=True)
class Group:
    """The runs of one destination in the same trouble, counted by the database: they may be thousands."""

    destination: int
    trouble: Trouble
    runs: int
    rows: int
    credits: Decimal
    oldest: datetime
    """When the one that is out for longest was sent."""
    since: datetime | None

    @property
    def key(self) -> str:
        return _together(self.trouble, self.destination)


def _about(destination: int) -> str:
    return f"of:{destination}"


def _together(trouble: str, destination: int) -> str:
    """The key of the alert that tells of many runs."""
    return f"{trouble}:{_about(destination)}"


def alerts() -> Iterator[Alert]:
    if not (groups := _groups()):
        return
    known = set(AlertRecord.objects.open().filter(kind__in=Trouble.values).values_list("key", flat=True))
    alone = [group for group in groups if group.runs <= (1 if group.key in known else ALONE)]
    many = [group for group in groups if group not in alone]
    places = Destination.objects.in_bulk({group.destination for group in many})
    told = _told_alone(known) if many else {}
    for group in many:
        yield _many(group, places[group.destination], told.get((group.destination, group.trouble), []))
    if alone:
        those = reduce(or_, (Q(destination=each.destination, trouble=each.trouble) for each in alone))
        for run in Submission.objects.troubled().filter(those).select_related("batch__job", "destination"):
            yield _one(run, known)


def _groups() -> list[Group]:
    found = Submission.objects.troubled().order_by().values_list("destination", "trouble")
    counted = found.annotate(
        Count("pk"), Sum("batch__size"), Sum("credits"), Min("created_at"), Min("trouble_since")
    )
    return [
        Group(there, Trouble(trouble), runs, rows, credits, oldest, since)
        for there, trouble, runs, rows, credits, oldest, since in counted.order_by("destination", "trouble")
    ]


def _told_alone(known: set[str]) -> dict[tuple[int, Trouble], list[str]]:
    """Alerts of single runs on record, by destination and trouble."""
    of_run = {int(key.partition(":")[2]): key for key in known if key.partition(":")[2].isdecimal()}
    found: dict[tuple[int, Trouble], list[str]] = defaultdict(list)
    for pk, there in Submission.objects.filter(pk__in=of_run).order_by("pk").values_list("pk", "destination"):
        found[there, Trouble(of_run[pk].partition(":")[0])].append(of_run[pk])
    return found


def _one(run: Submission, known: set[str]) -> Alert:
    rows, there, job = len(run.row_ids), run.destination, run.batch.job
    detail = (
        f"{plural(rows, 'row,rows')} of {job.name} at {there}, table {there.table_id or 'not known'}"
        f" · run {run.run_id} · {run.credits.normalize():f} credits at stake · {_last_said(run, rows)}"
    )
    if run.trouble != Trouble.STUCK and run.message:
        detail += f" · {run.message}"
    steered = partial(Action, pk=run.pk, permission=STEER_RUNS, made_by=job.created_by_id)
    check = steered("Check now", "run-check")
    wait = steered("Wait longer …", "run-wait", is_link=True, in_dialog=True)
    bury = steered("Move to dead letters …", "run-give-up", is_link=True, in_dialog=True)
    see = Action("See the job", "job", job.pk, is_link=True, name=f"See the job {job.name}")
    together = _together(run.trouble, there.pk)
    return Alert(
        run.trouble,
        "bad",
        TEXTS[Trouble(run.trouble)].format(out=_span(run.created_at)),
        detail,
        run.trouble_since,
        [check, *([wait] if run.trouble == Trouble.STUCK else []), bury, see],
        about=str(run.pk),
        weight=1,
        replaces=(together,) if together in known else (),
    )


def _last_said(run: Submission, rows: int) -> str:
    if run.answered_at is None:
        return "Clay has not said anything of it yet"
    return f"Clay last said {_span(run.answered_at)} ago: {run.run_finished} of {rows} done"


def _many(group: Group, there: Destination, told: Sequence[str]) -> Alert:
    query = urlencode({"age": group.trouble.value, "destination": there.pk})
    detail = (
        f"{plural(group.rows, 'row,rows')} · {group.credits.normalize():f} credits at stake"
        f" · the oldest is out for {_span(group.oldest)}"
    )
    see = Action("See them", "runs", is_link=True, query=query, name=f"See the runs of {there}")
    every = [
        Action(label, "runs-all", verb, is_link=True, in_dialog=True, query=query, permission=STEER_RUNS)
        for verb, label in FOR_ALL.items()
        if verb != "wait" or group.trouble == Trouble.STUCK
    ]
    return Alert(
        group.trouble.value,
        "bad",
        MANY[group.trouble].format(count=group.runs, there=there),
        detail,
        group.since or group.oldest,
        [*every, see],
        about=_about(group.destination),
        count=group.runs,
        weight=group.runs,
        replaces=tuple(told),
    )


def _span(since: datetime) -> str:
    return duration(timezone.now() - since)
