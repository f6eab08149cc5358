"""One job: how it is going, its rows, its batches, its history, its export."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from clayops import looks
from clayops.web import page_of
from jobs import export as exports
from jobs.models import Batch, Hold, Job, JobState, Row, RowState, Submission

ROWS = 50
BATCHES = 25
EVENTS = 50
NEWEST = 8
UNFINISHED = {JobState.READY, JobState.RUNNING, JobState.PAUSED}
STOP_POLLING = 286
"""The status that ends htmx's polling (htmx.org, hx-trigger: "Polling")."""
LIFTABLE = {Hold.KEY_REJECTED, Hold.WEBHOOK_FULL, Hold.NO_PROVIDER, Hold.CLAY_DOWN}


@dataclass(frozen=True)
class StateCount:
    """One tile of the legend."""

    state: RowState
    look: looks.Look
    count: int


@dataclass(frozen=True)
class RowLine:
    """A row as the list shows it: short in its line, everything in its details."""

    row: Row
    inputs: list[tuple[str, str]]
    others: list[tuple[str, str]]
    outputs: list[tuple[str, str]]


@dataclass(frozen=True)
class Sent:
    """A batch and the latest attempt to send it."""

    batch: Batch
    attempt: Submission


def _load(pk: int) -> Job:
    return get_object_or_404(Job.objects.select_related("destination", "created_by"), pk=pk)


def _context(job: Job, tab: str) -> dict[str, Any]:
    return {
        "job": job,
        "tab": tab,
        "running": job.state in UNFINISHED,
        "states": [StateCount(state, looks.look("row", state), job.counts[state]) for state in RowState],
        "liftable": job.hold in LIFTABLE,
        "open_letters": job.letters.filter(state="open").count(),
    }


def _overview(job: Job) -> dict[str, Any]:
    recent = job.batches.filter(submissions__isnull=False).prefetch_related("submissions").order_by("-number")
    return _context(job, "overview") | {
        "recent": [Sent(batch, list(batch.submissions.all())[-1]) for batch in recent.distinct()[:NEWEST]],
        "events": job.events.select_related("by")[:NEWEST],
    }


@require_safe
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """The overview; a draft's page is its setup."""
    found = _load(pk)
    if found.state == JobState.DRAFT:
        return redirect("job-setup", pk)
    return render(request, "jobs/job.html", _overview(found))


@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of the overview, or (`?part=head`) of the other tabs. Its polling ends with the job."""
    found = _load(pk)
    head = request.GET.get("part") == "head"
    tab = request.GET.get("tab", "rows") if head else "overview"
    context = _context(found, tab) if head else _overview(found)
    chosen = request.GET.get("state", "")
    template = "jobs/partials/head.html" if head else "jobs/partials/live.html"
    status = 200 if found.state in UNFINISHED else STOP_POLLING
    return render(request, template, context | {"chosen": chosen}, status=status)


def _pairs(names: list[str], values: list[Any]) -> list[tuple[str, str]]:
    return [(name, exports.text(value)) for name, value in zip(names, values, strict=False)]


def line_of(job: Job, row: Row) -> RowLine:
    names = [name or f"Column {index + 1}" for index, name in enumerate(job.columns)]
    mapped = {index: name for name, index in job.mapping.items() if index < len(row.cells)}
    others = [(names[i], cell) for i, cell in enumerate(row.cells[: len(names)]) if i not in mapped and cell]
    inputs = [(name, row.cells[index]) for name, index in job.mapping.items() if index < len(row.cells)]
    result = row.result if isinstance(row.result, dict) else {}
    return RowLine(row, inputs, others, _pairs(list(result), list(result.values())))


@require_safe
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Rows, all or of one state (`?state=`)."""
    found = _load(pk)
    if found.state == JobState.DRAFT:
        return redirect("job-setup", pk)
    state = request.GET.get("state", "")
    chosen = state if state in RowState.values else ""
    matching = found.rows.select_related("batch", "letter")
    page = page_of(request, matching.filter(state=chosen) if chosen else matching, "number", ROWS)
    lines = [line_of(found, row) for row in page.items]
    context = _context(found, "rows") | {"page": page, "lines": lines, "chosen": chosen}
    return render(request, "jobs/rows.html", context)


@require_safe
def batches(request: HttpRequest, pk: int) -> HttpResponse:
    """Batches, each with every attempt to send it."""
    found = _load(pk)
    page = page_of(request, found.batches.prefetch_related("submissions"), "number", BATCHES)
    return render(request, "jobs/batches.html", _context(found, "batches") | {"page": page})


@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that happened to the job, newest first."""
    found = _load(pk)
    page = page_of(request, found.events.select_related("by"), "-id", EVENTS)
    return render(request, "jobs/history.html", _context(found, "history") | {"page": page})


@require_safe
def export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The upload's columns plus Clay's, as they are now; streamed."""
    found = _load(pk)
    if found.state == JobState.DRAFT:
        return redirect("job-setup", pk)
    response = StreamingHttpResponse(exports.csv_lines(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        content_disposition_header(True, exports.filename(found)) or "attachment"
    )
    response["X-Accel-Buffering"] = "no"  # nginx: do not gather what is streamed
    return response
