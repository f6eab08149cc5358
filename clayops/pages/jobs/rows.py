"""The rows of a job: searched, filtered, and one by one."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from clayops.base import text_search
from clayops.pages.frame.web import page_of
from clayops.pages.jobs.job import context_of, load
from jobs import export
from jobs.intake.check import left_out
from jobs.models import (
    UNSETTLED,
    DeadLetter,
    Finding,
    Job,
    JobState,
    LetterEvent,
    Row,
    RowState,
    Submission,
)
from jobs.review.history import lineage
from jobs.review.inputs import inputs_of

ROWS = 50


@dataclass(frozen=True)
class RowLine:
    """A row as the list shows it: short in its line, everything in its details."""

    row: Row
    inputs: list[tuple[str, str]]
    others: list[tuple[str, str]]
    outputs: list[tuple[str, str]]
    uploaded: dict[str, str]
    """Of inputs that a person edited: what the upload had."""


def _all_columns(job: Job, row: Row) -> list[tuple[str, str]]:
    """The uploaded line: every column, also those that a ragged line lacks or has too many."""
    names, width = job.column_names, max(len(job.columns), len(row.cells))
    names += [f"Column {place}" for place in range(len(names) + 1, width + 1)]
    return list(zip(names, [*row.cells, *[""] * (width - len(row.cells))], strict=True))


def _outputs(row: Row) -> list[tuple[str, Any]]:
    return list(row.result.items()) if isinstance(row.result, dict) else []


def line_of(job: Job, row: Row) -> RowLine:
    mapped = set(job.mapping.values())
    others = [pair for index, pair in enumerate(_all_columns(job, row)) if index not in mapped and pair[1]]
    outputs = [(name, export.text(value)) for name, value in _outputs(row)]
    return RowLine(row, list(job.inputs_of(row).items()), others, outputs, _uploaded(job, row))


def _uploaded(job: Job, row: Row) -> dict[str, str]:
    """Of inputs that a person edited: what the upload had."""
    return {each.name: each.original for each in inputs_of(job, row) if each.is_edited}


def _letters(row: Row, carried: list[Submission]) -> QuerySet[DeadLetter]:
    """Those that it is in, was sent again from, or was in before, as their history tells."""
    batches = {row.batch_id, *(each.batch_id for each in carried)}
    told = LetterEvent.objects.filter(letter__job=row.job_id, batch__in=batches)
    had = {letter for letter, rows in told.values_list("letter", "rows") if row.pk in rows}
    for latest in (row.letter, row.retry_of):
        had |= {each.pk for each in lineage(latest)} if latest else set()
    return DeadLetter.objects.filter(pk__in=had)


@require_safe
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Rows: all, of one state (`?state=`), left out for one reason (`?why=`), with a text (`?q=`)."""
    found = load(pk)
    if found.state == JobState.DRAFT:
        return redirect("job-setup", pk)
    state, why = request.GET.get("state", ""), request.GET.get("why", "")
    term = text_search.term_of(request.GET.get("q", ""))
    matching = found.rows.select_related("batch")
    if why in Finding.values:
        state, matching = RowState.SKIPPED, matching.filter(left_out.because_of(Finding(why)))
    elif state in RowState.values:
        matching = matching.filter(state=state)
    if term:
        matching = matching.filter(cells__has_cell=term)
    page = page_of(request, matching, "number", ROWS)
    shown = {
        "page": page,
        "lines": [line_of(found, row) for row in page.items],
        "chosen": state if state in RowState.values else "",
        "why": Finding(why) if why in Finding.values else "",
        "q": term,
    }
    return render(request, "jobs/rows.html", context_of(found, "rows") | shown)


@require_safe
def row(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Everything about one row: what was sent, what came back, how it is known, what happened to it."""
    found = load(pk)
    one = found.rows.select_related("batch", "letter", "retry_of").filter(number=number).first()
    if one is None:
        raise Http404
    around = found.rows.filter(number__in=[number - 1, number + 1]).values_list("number", flat=True)
    carried = Submission.objects.carrying(one)
    context = {
        "job": found,
        "row": one,
        "inputs": list(found.inputs_of(one).items()),
        "uploaded": _uploaded(found, one),
        "columns": _all_columns(found, one),
        "outputs": _outputs(one),
        "unsettled": one.state in UNSETTLED,
        "odd_result": None if isinstance(one.result, dict | None) else export.text(one.result),
        "source": one.reused_row(),
        "attempts": carried,
        "letters": _letters(one, carried),
        "previous": number - 1 if number - 1 in around else None,
        "following": number + 1 if number + 1 in around else None,
    }
    return render(request, "jobs/row.html", context)
