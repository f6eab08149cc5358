"""What a filter shows, as CSV: its letters, or the rows in them. Streamed, a few queries for each piece."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from clayops.base.csv_text import CsvText
from clayops.pages.frame.rights import maker_of_letters, needs
from clayops.pages.frame.web import Request
from clayops.people.rights import SEE_PERSONAL_DATA
from jobs.models import NEEDS_A_PERSON, DeadLetter, Job, LetterEvent, Row
from jobs.models.deadletter import DeadLetterQuerySet
from jobs.review.filters import Filter

LETTERS_AT_ONCE = 1000
ROWS_AT_ONCE = 1000
"""Rows in a piece, and at most those of one more letter."""
OF_LETTERS = ["letter_id", "state", "cause", "http_status", "charge", "rows", "retry_costs_up_to", "attempts"]
OF_LETTERS += ["destination", "job_id", "job", "batch", "assigned_to", "approved_by", "created_at"]
OF_LETTERS += ["last_failed_at", "resolved_at", "note_on_the_cause"]
OF_ROWS = ["letter_id", "letter_state", "job_id", "job", "row", "line", "row_id", "row_state"]
OF_ROWS += ["cause", "charge", "proof"]


@require_safe
def letters(request: HttpRequest) -> StreamingHttpResponse:
    """A line for each letter, the newest first."""
    return _file("dead-letters", _letter_lines(Filter.of(request.GET).letters()))


@require_safe
@needs(SEE_PERSONAL_DATA, maker_of_letters)
def rows(request: Request) -> StreamingHttpResponse:
    """A line for each row that is in one of the letters, or was when it was sent again, or discarded."""
    return _file("dead-letter-rows", _row_lines(Filter.of(request.GET).letters()))


def _file(name: str, parts: Iterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    named = f"{name}-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = content_disposition_header(True, named) or "attachment"
    response["X-Accel-Buffering"] = "no"  # nginx: do not gather what is streamed
    return response


def _pieces(found: DeadLetterQuerySet, size: int) -> Iterator[list[DeadLetter]]:
    """By key, so that a slow download keeps neither a transaction nor a cursor open."""
    found = found.with_places().select_related("approved_by").order_by("-pk")
    rest = found
    while piece := list(rest[:size]):
        yield piece
        rest = found.filter(pk__lt=piece[-1].pk)


# -- letters ------------------------------------------------------------------------------------------
def _letter_lines(found: DeadLetterQuerySet) -> Iterator[bytes]:
    file = CsvText(OF_LETTERS)
    for piece in _pieces(found, LETTERS_AT_ONCE):
        for letter in piece:
            file.add(_letter_cells(letter))
        yield file.taken()
    yield file.taken()


def _letter_cells(letter: DeadLetter) -> list[str]:
    job, has_rows = letter.job, letter.state in NEEDS_A_PERSON
    return [
        str(letter.pk),
        letter.state,
        letter.cause,
        str(letter.group.http_status or ""),
        letter.charge,
        str(letter.size),
        f"{letter.credits:.2f}" if has_rows else "",
        str(letter.attempts),
        str(job.destination),
        str(job.pk),
        job.name,
        str(letter.batch.number),
        str(letter.assigned_to or ""),
        str(letter.approved_by or ""),
        _moment(letter.created_at),
        _moment(letter.seen_at),
        _moment(letter.resolved_at),
        letter.group.note,
    ]


def _moment(at: datetime | None) -> str:
    """ISO 8601 in `TIME_ZONE`, with its offset."""
    return timezone.localtime(at).isoformat(timespec="seconds") if at else ""


# -- rows ---------------------------------------------------------------------------------------------
def _row_lines(found: DeadLetterQuerySet) -> Iterator[bytes]:
    """The inputs as Clay would get them now, edited ones included, each in a column of its own."""
    inputs = _inputs(found)
    file = CsvText([*OF_ROWS, *(f"input:{name}" for name in inputs)])
    for piece in _pieces(found, LETTERS_AT_ONCE):
        for some in _cut(piece):
            for letter, row in _rows_of(some):
                told = letter.job.inputs_of(row)
                file.add([*_row_cells(letter, row), *(told.get(name, "") for name in inputs)])
            yield file.taken()
    yield file.taken()


def _inputs(found: DeadLetterQuerySet) -> list[str]:
    """Those of all jobs that have such letters, in the order in which destinations name them."""
    jobs = Job.objects.filter(pk__in=found.order_by().values("job")).select_related("destination")
    names: dict[str, None] = {}
    for job in jobs.order_by("destination_id", "pk").iterator(chunk_size=200):
        used = {**job.constants, **job.mapping}
        names |= dict.fromkeys(name for name in job.destination.input_names if name in used)
        names |= dict.fromkeys(used)
    return list(names)


def _cut(letters: list[DeadLetter]) -> Iterator[list[DeadLetter]]:
    """Stretches with about so many rows together."""
    some: list[DeadLetter] = []
    count = 0
    for letter in letters:
        some.append(letter)
        count += letter.size
        if count >= ROWS_AT_ONCE:
            yield some
            some, count = [], 0
    if some:
        yield some


def _rows_of(letters: list[DeadLetter]) -> Iterator[tuple[DeadLetter, Row]]:
    """Letter by letter, as `DeadLetter.row_ids` says it, in at most three queries."""
    here: dict[int, list[Row]] = {}
    for row in Row.objects.filter(letter__in=letters).order_by("letter", "number"):
        here.setdefault(row.letter_id or 0, []).append(row)
    had = _had(letter.pk for letter in letters if letter.pk not in here)
    gone = Row.objects.in_bulk({pk for ids in had.values() for pk in ids})
    for letter in letters:
        left = [gone[pk] for pk in had.get(letter.pk, []) if pk in gone]
        for row in here.get(letter.pk) or sorted(left, key=lambda row: row.number):
            yield letter, row


def _had(letters: Iterable[int]) -> dict[int, list[int]]:
    """Ids of the rows that letters had last."""
    told = LetterEvent.objects.filter(letter__in=list(letters)).exclude(rows=[]).order_by("pk")
    return dict(told.values_list("letter", "rows"))


def _row_cells(letter: DeadLetter, row: Row) -> list[str]:
    return [
        str(letter.pk),
        letter.state,
        str(letter.job_id),
        letter.job.name,
        str(row.number),
        str(row.line),
        str(row.pk),
        row.state,
        letter.cause,
        letter.charge,
        row.proof,
    ]
