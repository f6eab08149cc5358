"""What table cells tell about providers: one column a provider, asked for when a run has come home.

Only Clay's Enterprise plans show cells, so a destination switches it on. A row is found by our id, which it
carries as an input. Clay's cells know no "was not asked": an empty one counts as `empty` only where the
provider was in the row's waterfall and nobody before it had found anything.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from clayops.base import queues, redis, workers
from clayops.clay import PENDING, Cell, ClayError, KeyRejected, TooFast
from jobs.models import Hold, Row, Submission
from jobs.results import provider_attempts, provider_outcomes
from jobs.results.provider_attempts import Reading
from jobs.sending import workspace
from providers import choosing, recording
from providers.names import folded
from providers.terms import Attempt, Outcome

logger = logging.getLogger(__name__)

FIRST_LOOK = timedelta(seconds=1)
BACKOFF = 2.0
LONGEST = 300.0
"""Seconds between two looks, at most."""
MOST_LOOKS = 12
"""Then what is still pending is not waited for: after about `CELLS_KNOWN_AFTER`."""
PER_ROUND = 50
SLICE_SECONDS = 30.0
LEASE_SECONDS = 15
QUEUED, QUEUED_SECONDS = "clayops:cells:queued", 60


def look_soon(submission: Submission) -> bool:
    """Have the cells of its rows looked at, where they are read; within the transaction of its results."""
    destination = submission.destination
    if not (destination.reads_cells and destination.cell_columns and destination.table_id):
        return False
    Submission.objects.filter(pk=submission.pk).update(cells_at=timezone.now() + FIRST_LOOK)
    return True


def start_due() -> None:
    """Have a worker look at the cells that are due; not the one that brings results home."""
    if not Submission.objects.filter(cells_at__lte=timezone.now()).exists():
        return
    if redis.client().set(QUEUED, "1", nx=True, ex=QUEUED_SECONDS):
        queues.soon("work", "jobs.tasks.look_at_cells")


def collect(seconds: float = SLICE_SECONDS) -> int:
    """Look at the cells that are due, for a bounded slice. Returns how many answers came."""
    redis.client().delete(QUEUED)
    with redis.lease("clayops:lease:cells", LEASE_SECONDS) as mine:
        return _collect(time.monotonic() + seconds) if mine else 0


def _collect(until: float) -> int:
    due = Submission.objects.filter(cells_at__lte=timezone.now()).order_by("cells_at")
    looked = 0
    for submission in due.select_related("destination")[:PER_ROUND]:
        if time.monotonic() > until or workers.stopping() or workspace.seconds_to_wait():
            break
        try:
            looked += look(submission)
        except Exception:  # one that cannot be taken must not keep the others waiting
            logger.exception("run %s: its cells could not be taken", submission.run_id)
            _look_again(submission)
    return looked


def look(submission: Submission) -> bool:
    """Ask Clay about the cells of one run's rows now. False where it did not tell."""
    destination = submission.destination
    if not (destination.reads_cells and destination.cell_columns):
        _look_no_more(submission)  # switched off meanwhile
        return False
    ids, columns = [str(pk) for pk in submission.row_ids], list(destination.cell_columns)
    try:
        records = workspace.clay().cells(destination.table_id, destination.row_id_input, ids, columns)
    except ClayError as error:
        _no_answer(submission, error)
        return False
    _say(submission, "")
    found = _sort(records, destination.row_id_input, ids, columns)
    if found.waits and submission.cells_asked + 1 < MOST_LOOKS:
        _look_again(submission)
    else:
        _take(submission, found)
    return True


def _no_answer(submission: Submission, error: ClayError) -> None:
    if isinstance(error, TooFast):
        workspace.wait(error.retry_after or 1.0)
        return
    if isinstance(error, KeyRejected) and error.status == 401:
        submission.destination.put_on_hold(Hold.KEY_REJECTED, str(error))
    _say(submission, str(error))
    if (error.status or 0) in {400, 403, 404, 422} or submission.cells_asked + 1 >= MOST_LOOKS:
        _look_no_more(submission)
    else:
        _look_again(submission)


def _look_no_more(submission: Submission) -> None:
    """Nothing more will be told of its providers."""
    Submission.objects.filter(pk=submission.pk).update(cells_at=None)
    choosing.lost(submission.choice)


def _say(submission: Submission, problem: str) -> None:
    """Keep at the destination what stands in the way of its cells, or that nothing does."""
    destination = submission.destination
    if destination.cells_error != problem[:500]:
        destination.cells_error = problem[:500]
        destination.save(update_fields=["cells_error"])


def _look_again(submission: Submission) -> None:
    seconds = min(BACKOFF ** (submission.cells_asked + 1), LONGEST)
    Submission.objects.filter(pk=submission.pk).update(
        cells_asked=submission.cells_asked + 1, cells_at=timezone.now() + timedelta(seconds=seconds)
    )


@dataclass(frozen=True)
class _Found:
    """Cells by our row's id; the newest where Clay returns a record twice."""

    rows: dict[str, dict[str, Cell]] = field(default_factory=dict)
    waits: bool = False
    """Whether something is not final: a cell, or a row that is not there yet."""


def _sort(records: list[dict[str, Cell]], row_id: str, ids: list[str], columns: list[str]) -> _Found:
    rows = {}
    for record in records:
        cell = record.get(row_id)
        name = "" if cell is None or isinstance(cell.value, bool) else str(cell.value)
        if name in ids:
            rows[name] = record
    cells = [record[column] for record in rows.values() for column in columns if column in record]
    pending = any(cell.status in PENDING for cell in cells)
    return _Found(rows, waits=pending or len(rows) < len(ids))


def _take(submission: Submission, found: _Found) -> None:
    """Count what the cells tell and the results did not; once."""
    with transaction.atomic():
        mine = Submission.objects.filter(pk=submission.pk, cells_at__isnull=False)
        if not mine.update(cells_at=None, cells_asked=submission.cells_asked + 1):
            return
        arrival = recording.note(_attempts(submission, found), settled=submission.choice.claims)
    provider_outcomes.remember(arrival)


def _attempts(submission: Submission, found: _Found) -> list[Attempt]:
    there, choice = submission.destination, submission.choice
    how, columns = Reading.of(there), there.cell_columns
    results = dict(Row.objects.filter(pk__in=submission.row_ids).values_list("pk", "result"))
    sent_at = submission.created_at.timestamp()
    attempts = []
    for place, pk in enumerate(submission.row_ids):
        if cells := found.rows.get(str(pk)):
            result = results.get(pk)
            by_result = provider_attempts.reported(
                result if isinstance(result, dict) else {}, how, choice, place
            ).attempts
            record = _Record(cells, columns, by_result if result is not None else [], result is not None)
            told = record.attempts(choice.lists(place)[0] or how.waterfall)
            whole = [provider_attempts.finished(each, how, choice, place) for each in told]
            attempts += [replace(each, sent_at=sent_at) for each in whole]
    return attempts


@dataclass(frozen=True)
class _Record:
    """One row's cells, with what its result told already."""

    cells: Mapping[str, Cell]
    columns: Mapping[str, str]
    by_result: Sequence[Attempt]
    ran_through: bool
    """Whether it has a result: else nobody knows how far it came."""

    def attempts(self, waterfall: Sequence[str]) -> list[Attempt]:
        """What the cells tell beyond the result, in the waterfall's order.

        An empty one tells something where the row came as far as that provider: somebody behind it ran, or
        all before it are known to have found nothing.
        """
        asked = list(map(folded, waterfall))
        known = {folded(each.provider): each.outcome for each in self.by_result}
        ran, blank = self._sorted()
        behind = max((at for at, name in enumerate(asked) if name in known or name in ran), default=-1)
        attempts: list[Attempt] = []
        came_here, is_found = self.ran_through, False
        for at, name in enumerate([*asked, *sorted((ran.keys() | blank.keys()) - set(asked))]):
            here = [] if name in known else ran.get(name, [])
            was_asked = not asked or (at < len(asked) and (came_here or at < behind))
            if name in blank and name not in known and not here and was_asked and not is_found:
                here = [blank[name]]
            attempts += here
            outcomes = {known[name]} if name in known else {each.outcome for each in here}
            is_found = is_found or Outcome.SUCCESS in outcomes
            came_here = came_here and bool(outcomes)
        return attempts

    def _sorted(self) -> tuple[dict[str, list[Attempt]], dict[str, Attempt]]:
        """By the provider's folded name: what its columns did, and who has empty cells."""
        ran: dict[str, list[Attempt]] = {}
        blank = {}
        for column, provider in self.columns.items():
            cell = self.cells.get(column)
            outcome = outcome_of(cell) if cell else None
            if cell is None or outcome is None:
                continue
            if cell.status == "empty":
                blank[folded(provider)] = Attempt(provider, outcome)
            else:
                error = provider_attempts.message(cell.error) if outcome == Outcome.ERROR else ""
                ran.setdefault(folded(provider), []).append(Attempt(provider, outcome, error=error))
        return ran, blank


def outcome_of(cell: Cell) -> Outcome | None:
    """What a cell says that its column did; None where it is not final, or says nothing we know."""
    if cell.status == "success":
        return Outcome.SUCCESS if cell.value not in (None, "", [], {}) else Outcome.EMPTY
    return {"error": Outcome.ERROR, "empty": Outcome.EMPTY}.get(cell.status)
