"""Runs in trouble: one alert each, or one for a destination where they are many."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.utils import timezone

from clayops.templatetags.look import duration
from jobs.alerting.alert import Action, Alert
from jobs.models import AlertRecord, Destination, Submission, Trouble

ALONE = 3
"""So many runs of a destination in the same trouble are told one by one; more of them together, and then
until one is left: an alert that comes and goes with each run helps nobody."""
MOST = 2000
TEXTS = {
    Trouble.STUCK: "Run stuck for {out}",
    Trouble.GONE: "Run gone: Clay does not know it any more",
    Trouble.ODD: "Run ended in a way we do not know",
}
MANY = {
    Trouble.STUCK: "{count} runs are stuck at {there}",
    Trouble.GONE: "{count} runs are gone at {there}: Clay does not know them any more",
    Trouble.ODD: "{count} runs ended in a way we do not know at {there}",
}


def alerts() -> Iterator[Alert]:
    found: dict[tuple[Destination, Trouble], list[Submission]] = defaultdict(list)
    for run in Submission.objects.troubled().select_related("batch__job", "destination")[:MOST]:
        found[run.destination, Trouble(run.trouble)].append(run)
    together = AlertRecord.objects.open().filter(kind__in=Trouble.values, key__contains=":of:")
    grouped = set(together.values_list("key", flat=True)) if found else set()
    for (there, trouble), runs in found.items():
        many = f"{trouble}:of:{there.pk}" in grouped
        if len(runs) > (1 if many else ALONE):
            yield _many(there, trouble, runs)
        else:
            yield from map(_one, runs)


def _one(run: Submission) -> Alert:
    rows, now, there = len(run.row_ids), timezone.now(), run.destination
    detail = (
        f"{rows} rows of {run.batch.job.name} at {there}, table {there.table_id or 'not known'}"
        f" · run {run.run_id}"
        f" · {run.credits.normalize():f} credits at stake"
        f" · Clay last said {run.run_finished} of {rows} done"
    )
    if run.trouble != Trouble.STUCK and run.message:
        detail += f" · {run.message}"
    check = Action("Check now", "run-check", run.pk)
    wait = Action("Wait longer …", "run-wait", run.pk, is_link=True, in_dialog=True)
    bury = Action("Move to dead letters", "run-give-up", run.pk)
    return Alert(
        run.trouble,
        "bad",
        TEXTS[Trouble(run.trouble)].format(out=_span(run.created_at, now)),
        detail,
        run.trouble_since,
        [check, *([wait] if run.trouble == Trouble.STUCK else []), bury],
        about=str(run.pk),
    )


def _many(there: Destination, trouble: Trouble, runs: Sequence[Submission]) -> Alert:
    rows = sum(len(run.row_ids) for run in runs)
    credits = sum(run.credits for run in runs)
    oldest = _span(min(run.created_at for run in runs), timezone.now())
    query = urlencode({"destination": there.pk, "age": trouble.value})
    detail = f"{rows:,} rows · {credits.normalize():f} credits at stake · the oldest is out for {oldest}"  # type: ignore[union-attr]
    every = Action("See them", "runs", is_link=True, query=query, name=f"See the runs of {there}")
    text = MANY[trouble].format(count=len(runs), there=there)
    since = min(run.trouble_since or run.created_at for run in runs)
    count = len(runs)
    about = f"of:{there.pk}"
    return Alert(trouble.value, "bad", text, detail, since, [every], about=about, count=count, weight=count)


def _span(since: datetime, now: datetime) -> str:
    return duration(now - since)
