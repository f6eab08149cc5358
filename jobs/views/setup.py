"""A draft: what the file is, which column is which input, what it costs, Start."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from clayops.web import Request
from jobs import intake
from jobs.forms import field_of, mapping_from
from jobs.models import Job, JobState
from jobs.models.job import NotPossible

SAMPLES = 3
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with BOM",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
    "iso-8859-1": "Latin-1",
    "mac-roman": "Mac Roman",
    "shift_jis": "Shift-JIS",
}
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


@dataclass(frozen=True)
class InputLine:
    """One input of the destination and the column it takes."""

    name: str
    required: bool
    field: str
    column: int | None
    samples: list[str]

    @property
    def missing(self) -> bool:
        return self.required and self.column is None


@dataclass(frozen=True)
class Column:
    """A column of the file and the inputs that take it."""

    index: int
    name: str
    inputs: list[str]


def _draft(pk: int) -> Job:
    return get_object_or_404(Job.objects.select_related("destination", "created_by"), pk=pk)


def _preview(job: Job) -> list[intake.PreviewRow]:
    try:
        return intake.preview(job)
    except OSError:  # the file is gone; the page says so
        return []


def _input_lines(job: Job, rows: list[intake.PreviewRow]) -> list[InputLine]:
    lines = []
    for given in job.destination.inputs:
        column = job.mapping.get(given["name"])
        samples = [] if column is None else _samples(rows, column)
        lines.append(
            InputLine(given["name"], given["required"], field_of(job, given["name"]), column, samples)
        )
    return lines


def _samples(rows: list[intake.PreviewRow], column: int) -> list[str]:
    """The first cells of a column that have something in them."""
    cells = (row.cells[column] for row in rows if not row.problem and column < len(row.cells))
    return [cell for cell in cells if cell.strip()][:SAMPLES]


def _columns(job: Job) -> list[Column]:
    takers: dict[int, list[str]] = {}
    for name, index in job.mapping.items():
        takers.setdefault(index, []).append(name)
    return [
        Column(index, name or f"Column {index + 1}", takers.get(index, []))
        for index, name in enumerate(job.columns)
    ]


def _show(request: Request, job: Job) -> HttpResponse:
    rows = _preview(job)
    context = {
        "job": job,
        "inputs": _input_lines(job, rows),
        "columns": _columns(job),
        "rows": rows,
        "encoding": ENCODINGS.get(job.encoding.lower(), job.encoding),
        "delimiter": DELIMITERS.get(job.delimiter, job.delimiter),
        "blocked": _blocked(job),
    }
    return render(request, "jobs/partials/setup_form.html" if request.htmx else "jobs/setup.html", context)


def _blocked(job: Job) -> str:
    """Why Start would be refused, in a few words (the job itself decides)."""
    return job.blocked


def _save(request: Request, job: Job) -> None:
    """Take the mapping the form sent, where it sent one. Raises `NotPossible`."""
    mapping = mapping_from(job, request.POST)
    if mapping is not None:
        left_out = ["unreadable"] if "leave_out" in request.POST else []
        intake.set_up(job, mapping=mapping, leave_out=left_out)


@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: Request, pk: int) -> HttpResponse:
    """See the draft; a POST saves its mapping."""
    job = _draft(pk)
    if job.state != JobState.DRAFT:
        return redirect("job", pk)
    if request.method != "POST":
        return _show(request, job)
    try:
        _save(request, job)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("job-setup", pk)
    if request.htmx:
        return _show(request, job)
    kept = "keep" in request.POST
    messages.success(request, f"{job.name} is kept as a draft." if kept else "The mapping is saved.")
    return redirect("jobs") if kept else redirect("job-setup", pk)


@require_POST
def start(request: Request, pk: int) -> HttpResponse:
    """Save what the form says, then start. Twice is harmless."""
    job = _draft(pk)
    if job.state != JobState.DRAFT:
        return redirect("job", pk)
    try:
        _save(request, job)
        job.start(request.user)
    except NotPossible as problem:
        messages.error(request, f"Not started. {problem}")
        return redirect("job-setup", pk)
    messages.success(request, f"Started: {job.sendable_rows:,} rows go to {job.destination}.")
    return redirect("job", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: Request, pk: int) -> HttpResponse:
    """Ask, then throw the draft and its file away."""
    job = _draft(pk)
    if request.method != "POST":
        return (
            render(request, "jobs/discard.html", {"job": job})
            if job.state == JobState.DRAFT
            else redirect("job", pk)
        )
    try:
        job.delete_draft(request.user)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("job", pk)
    messages.success(request, f"The draft of {job.name} and its file are gone.")
    return redirect("jobs")
