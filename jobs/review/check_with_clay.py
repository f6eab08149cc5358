"""Ask Clay again about the rows of a letter: their runs, and their table where it may be queried. Free."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from clayops.base.wording import plural
from clayops.clay import PENDING, Cell, ClayError
from clayops.clay.tables import MAX_FIELDS, MAX_ROWS
from jobs.models import (
    NEEDS_A_PERSON,
    Charge,
    DeadLetter,
    Destination,
    EventKind,
    Job,
    NotPossible,
    Proof,
    Row,
    RowState,
    worst,
)
from jobs.results import output_columns, polling
from jobs.review.history import attempts_made
from jobs.sending import workspace
from jobs.sending.dead_lettering import recount

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from jobs.models import BulkAction

Record = dict[str, Cell]


@dataclass
class _Reported:
    """What Clay knows of the letter's rows."""

    runs: int = 0
    """Runs that it was asked about, and answered."""
    problem: str = ""
    looked: int = 0
    """Rows that were looked up in the table."""
    there: int = 0
    """Of them those that the table has."""
    working: int = 0
    """Of these those that are not done."""


def check(letter: DeadLetter, by: "User | None", bulk: "BulkAction | None" = None) -> str:
    """Ask, and bring home what is there. Returns what came of it, in a sentence.

    Raises `NotPossible` where there is nothing to ask about. Harmless when repeated.
    """
    if letter.state not in NEEDS_A_PERSON:
        raise NotPossible("It has no rows to ask about: look at its state.")
    if workspace.seconds_to_wait():
        raise NotPossible("Clay asked us to slow down. Check again in a moment.")
    before, told = letter.rows.count(), _Reported()
    runs = [each for each in attempts_made(letter) if each.run_id]
    by_table = letter.job.destination.reads_cells and letter.job.destination.table_id
    if not runs and not by_table:
        raise NotPossible(
            "Clay gave no run id for it, and its table cannot be queried: there is nothing to ask about. "
            "Look into the table at Clay; a row’s id is on its page."
        )
    told.runs = sum(map(polling.poll, runs))
    if told.runs < len(runs):
        told.problem = f"Clay did not answer about {len(runs) - told.runs:,} of {len(runs):,} runs"
    if by_table:
        _look_up(letter, told)
    left = letter.rows.count()
    text = _words(told, before - left, left)
    letter.note(EventKind.CHECKED, f"Checked with Clay: {text}", by, bulk=bulk, charge=letter.charge)
    return text


def _words(told: _Reported, home: int, left: int) -> str:
    said = [f"{home:,} of {home + left:,} rows are enriched now"] if home else ["no row came home"]
    if told.looked:
        said.append(f"the table has {told.there:,} of {told.looked:,} rows")
    if told.working:
        said.append(f"{told.working:,} are still being worked on: check again later")
    if told.runs:
        said.append(f"Clay answered about {plural(told.runs, 'run,runs')}")
    if told.problem:
        said.append(told.problem)
    return "; ".join(said)


# -- the table ------------------------------------------------------------------------------------
def _look_up(letter: DeadLetter, told: _Reported) -> None:
    rows = list(_as_sent(letter))
    there = letter.job.destination
    for start in range(0, len(rows), MAX_ROWS):
        ids = rows[start : start + MAX_ROWS]
        try:
            records = _records(there, letter.job, ids)
        except ClayError as error:
            told.problem = f"the table could not be read: {error}"
            return
        told.looked += len(ids)
        told.there += len(records)
        told.working += sum(_is_pending(record, there) for record in records.values())
        _take(letter, {pk: record for pk, record in records.items() if not _is_pending(record, there)})


def _as_sent(letter: DeadLetter) -> QuerySet[Row, int]:
    """Ids of its rows, but for those that were edited since they were sent: the table has what they were."""
    last = max((each.created_at for each in attempts_made(letter)), default=None)
    same = Q(edited_at=None) | Q(edited_at__lt=last) if last else Q()
    return letter.rows.filter(same).values_list("pk", flat=True)


def _records(there: Destination, job: Job, ids: list[int]) -> dict[int, Record]:
    """What the table has of these rows: by the outputs that results had, or by its providers' columns."""
    columns = list(there.cell_columns)
    wanted = list(dict.fromkeys([*columns, *job.outputs]))[:MAX_FIELDS]
    names, clay = [str(pk) for pk in ids], workspace.clay()
    try:
        found = clay.cells(there.table_id, there.row_id_input, names, wanted)
    except ClayError as error:
        if error.status not in {400, 404, 422} or wanted == columns:
            raise
        found = clay.cells(there.table_id, there.row_id_input, names, columns)  # not each output is a column
    ours = {str(pk): pk for pk in ids}
    told = [(record.get(there.row_id_input), record) for record in found]
    return {ours[str(cell.value)]: record for cell, record in told if cell and str(cell.value) in ours}


def _is_pending(record: Record, there: Destination) -> bool:
    return any(cell.status in PENDING for name, cell in record.items() if name != there.row_id_input)


def _raise_charge(letter: DeadLetter, cost: Charge) -> None:
    """More may have been charged than anybody knew: an approval that was given before ends with it."""
    charge = DeadLetter.objects.values_list("charge", flat=True).get(pk=letter.pk)
    if worst(charge, cost) != charge:
        letter.is_another(charge=cost)


def _take(letter: DeadLetter, records: dict[int, Record]) -> None:
    """Rows with something in them are enriched; of the others we know now that Clay ran them."""
    there, found, empty = letter.job.destination, {}, []
    for pk, record in records.items():
        values = {
            name: cell.value
            for name, cell in record.items()
            if name != there.row_id_input
            and cell.status == "success"
            and cell.value not in (None, "", [], {})
        }
        if values:
            found[pk] = values
        else:
            empty.append(pk)
    with transaction.atomic():
        Job.objects.locked().get(pk=letter.job_id)
        rows = Row.objects.filter(letter=letter, state=RowState.DEAD)
        for row in rows.filter(pk__in=found):
            row.state, row.proof, row.result = RowState.ENRICHED, Proof.SENT, found[row.pk]
            row.letter, row.error, row.enriched_at = None, "", timezone.now()
            row.save(update_fields=["state", "proof", "result", "letter", "error", "enriched_at"])
        if empty:
            rows.filter(pk__in=empty).update(proof=Proof.SENT)
            _raise_charge(letter, Charge.YES if there.charges_misses else Charge.POSSIBLY)
        if found:
            output_columns.learn(letter.job_id, found.values())
        letter.refresh_from_db()
        recount(letter)
        letter.refresh_from_db()
