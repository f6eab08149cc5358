"""Results come to their rows: applied once, however often they come, and nothing of them is lost."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import sha256

from django.db import DatabaseError, transaction
from django.utils import timezone

from clayops.clay import ResultItem
from jobs.credits import costs
from jobs.models import (
    Batch,
    Charge,
    DeadLetter,
    EventKind,
    Outcome,
    Proof,
    Row,
    RowState,
    RunState,
    StrayResult,
    Submission,
)
from jobs.results import cells, output_columns, provider_attempts, provider_outcomes
from jobs.sending import completion, outcomes, tracking
from jobs.sending.dead_lettering import recount
from providers import recording
from providers.models import Arrival
from providers.terms import Attempt

logger = logging.getLogger(__name__)


@dataclass
class _Sorted:
    """The items of a finished run, sorted by what they mean for the rows that were sent in it."""

    complete: dict[int, ResultItem] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    """Why each row that is not complete needs a person."""
    missed: set[int] = field(default_factory=set)
    """Those of them that Clay itself says failed; of the others nobody knows what they cost."""
    strays: list[ResultItem] = field(default_factory=list)
    set_aside: set[int] = field(default_factory=set)
    """Rows that are complete, but not what was sent any more."""


def _sort(submission: Submission, items: Iterable[ResultItem]) -> _Sorted:
    """Of duplicates the first `complete` counts; a status we do not know is a failure that says so."""
    ours = {str(pk): pk for pk in submission.row_ids}
    found = _Sorted()
    for item in items:
        pk = ours.get(item.id)
        if pk is None:
            found.strays.append(item)
        elif item.status == "complete":
            found.complete.setdefault(pk, item)
        elif item.status == "failed":
            found.failed.setdefault(pk, item.error or "Clay says the row failed, but not why")
            found.missed.add(pk)
        else:
            found.failed.setdefault(pk, f"Clay answered a status we do not know for this row: {item.status}")
    for pk in found.complete:
        found.failed.pop(pk, None)
        found.missed.discard(pk)
    for pk in submission.row_ids:
        if pk not in found.complete and pk not in found.failed:
            found.failed[pk] = "Clay's finished run did not return this row"
    return found


def apply(submission: Submission, items: Iterable[ResultItem]) -> None:
    """Bring a finished run's results to its rows. Twice changes nothing more."""
    found = _sort(submission, items)
    with transaction.atomic():
        outcomes.lock_job(submission)
        _set_aside(submission, found)
        for item in found.strays:
            key = item.id[:200] or f"no id: {sha256(repr(item.raw).encode()).hexdigest()[:32]}"
            StrayResult.objects.get_or_create(submission=submission, item_id=key, defaults={"body": item.raw})
        reported = _reported(submission, found.complete)
        usable = {pk: item for pk, item in found.complete.items() if pk not in found.set_aside}
        fresh = _enrich(submission, usable, reported)
        _bury_failed(submission, found)
        open_run = Submission.objects.filter(
            pk=submission.pk, run_state__in=[RunState.OUT, RunState.GIVEN_UP]
        )
        is_news = open_run.update(
            run_state=RunState.FINISHED,
            run_finished=len(found.complete) + len(found.failed),
            finished_at=timezone.now(),
            trouble="",
            trouble_since=None,
            spent=costs.of_run(submission, reported, found.missed),
            reported=len(reported),
        )
        looks = bool(is_news) and cells.look_soon(submission)
        outcomes.finish_batch(submission.batch_id)
        _learn_outputs(submission, found.complete.values())
        nothing_more = bool(is_news) and not looks
        arrival = _note_providers(submission, fresh, submission.choice.claims if nothing_more else {})
    submission.refresh_from_db()
    costs.settle(submission)
    provider_outcomes.remember(arrival)
    completion.finish_if_settled(submission.batch.job)
    tracking.track(submission)


def _set_aside(submission: Submission, found: _Sorted) -> None:
    """What comes of a row that was edited since is no result of what it is now: kept, not used."""
    edited = Row.objects.filter(pk__in=found.complete, edited_at__gt=submission.created_at)
    for row in edited.exclude(state=RowState.ENRICHED).select_related("letter", "retry_of"):
        found.strays.append(found.complete[row.pk])
        found.set_aside.add(row.pk)
        if letter := row.letter or row.retry_of:
            text = f"A late result came for row {row.number:,} as it was before it was edited: kept, not used"
            if not letter.events.filter(text=text).exists():
                letter.note(EventKind.LATE, text)


def _reported(submission: Submission, complete: dict[int, ResultItem]) -> dict[int, Decimal]:
    """What rows cost, where their results tell."""
    output = submission.destination.credits_output
    told = {pk: costs.reported_credits(item.result or {}, output) for pk, item in complete.items()}
    return {pk: credits for pk, credits in told.items() if credits is not None}


def _enrich(
    submission: Submission, complete: dict[int, ResultItem], reported: dict[int, Decimal]
) -> dict[int, ResultItem]:
    """Give rows their results, whatever became of them meanwhile; returns those that were news."""
    rows = Row.objects.select_related("letter", "retry_of")
    rows = rows.filter(pk__in=complete).exclude(state=RowState.ENRICHED)
    fresh, batches = {}, set()
    letters: dict[int, DeadLetter] = {}
    for row in rows:
        letters |= {letter.pk: letter for letter in (row.letter, row.retry_of) if letter}
        if row.batch_id != submission.batch_id:
            batches.add(row.batch_id)
        row.state, row.proof, row.result = RowState.ENRICHED, Proof.SENT, complete[row.pk].result or {}
        row.letter, row.error, row.enriched_at = None, "", timezone.now()
        row.credits = reported.get(row.pk)
        fresh[row.pk] = complete[row.pk]
    Row.objects.bulk_update(
        rows, ["state", "proof", "result", "letter", "error", "enriched_at", "credits"], batch_size=100
    )
    for letter in letters.values():
        recount(letter)
    for batch in Batch.objects.filter(pk__in=[pk for pk in batches if pk]):
        outcomes.finish_batch(batch.pk)
    return fresh


def _note_providers(
    submission: Submission, fresh: dict[int, ResultItem], settled: Mapping[str, int]
) -> Arrival | None:
    """What the results tell about providers; whatever may be wrong with that, the results are kept."""
    try:
        with transaction.atomic():
            return recording.note(_attempts(submission, fresh), settled=settled)
    except (DatabaseError, ValueError):
        logger.exception("run %s: what it tells about providers could not be kept", submission.run_id)
        return None


def _attempts(submission: Submission, fresh: dict[int, ResultItem]) -> list[Attempt]:
    """What the results that were news tell about providers, row by row as they were sent."""
    how, choice = provider_attempts.Reading.of(submission.destination), submission.choice
    sent_at = submission.created_at.timestamp()
    items = [(place, fresh[pk]) for place, pk in enumerate(submission.row_ids) if pk in fresh]
    return [
        replace(attempt, sent_at=sent_at)
        for place, item in items
        for attempt in provider_attempts.reported(item.result or {}, how, choice, place).attempts
    ]


def _bury_failed(submission: Submission, found: _Sorted) -> None:
    """One dead letter for each cause; rows that are no longer in flight here are left as they are."""
    if submission.batch.submissions.filter(pk__gt=submission.pk).exclude(outcome=Outcome.REFUSED).exists():
        return  # the batch went out again since: these rows are that submission's
    free = set() if submission.destination.charges_misses else found.missed
    causes: dict[tuple[str, Charge], list[int]] = defaultdict(list)
    for pk, cause in found.failed.items():
        causes[cause, Charge.NO if pk in free else Charge.POSSIBLY].append(pk)
    rows = Row.objects.filter(batch=submission.batch_id, state=RowState.IN_FLIGHT)
    for (cause, charge), ids in causes.items():
        outcomes.bury(submission, rows.filter(pk__in=ids), cause, charge)


def _learn_outputs(submission: Submission, items: Iterable[ResultItem]) -> None:
    """Names of outputs that are new to the job."""
    output_columns.learn(submission.batch.job_id, (item.result or {} for item in items))
