"""What the check of a draft found, what each means, and what is left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from clayops.pages.frame.rights import maker_of_job, needs
from clayops.pages.frame.web import Request
from clayops.pages.upload.reading import whole
from clayops.people.rights import SEE_PERSONAL_DATA
from jobs.intake.check import findings as found
from jobs.models import Finding, Job
from jobs.models.states import UNSENDABLE

MOST_DAYS = 3650
TITLES = {
    Finding.UNREADABLE: "Lines that cannot be read",
    Finding.TOO_LARGE: "Too large for Clay",
    Finding.MISSING: "A required input is blank",
    Finding.INVALID_EMAIL: "Not an e-mail address",
    Finding.INVALID_DOMAIN: "Not a domain",
    Finding.FREE_MAIL: "Free-mail domain",
    Finding.DUPLICATE: "Twice in the file",
    Finding.ENRICHED_BEFORE: "Enriched before",
    Finding.WAITING_ELSEWHERE: "Waiting in another job",
}
MEANINGS = {
    Finding.UNREADABLE: "They can only be left out. To send them too, mend the file and upload it again.",
    Finding.TOO_LARGE: "Clay takes 100 KB at once: they can only be left out, or shortened in the file.",
    Finding.MISSING: "Clay has nothing to look up for them, and may charge all the same.",
    Finding.INVALID_EMAIL: "A lookup is unlikely to find anything, and may cost all the same.",
    Finding.INVALID_DOMAIN: "A lookup is unlikely to find anything, and may cost all the same.",
    Finding.FREE_MAIL: "gmail.com and its like belong to no company: a company lookup finds nothing of use.",
    Finding.DUPLICATE: "The same inputs as in an earlier row, upper case and blanks aside. Each is paid for.",
    Finding.ENRICHED_BEFORE: "This destination has enriched the same inputs already.",
    Finding.WAITING_ELSEWHERE: "The same inputs are in a job that is under way. Both are paid for.",
}
SEND, LEAVE, REUSE = "send", "leave", "reuse"


@dataclass(frozen=True)
class Line:
    """One kind of finding."""

    kind: Finding
    count: int
    examples: list[dict[str, Any]]
    is_left_out: bool

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    @property
    def meaning(self) -> str:
        return MEANINGS[self.kind]

    @property
    def must(self) -> bool:
        """Whether Start waits for it to be left out."""
        return self.kind in UNSENDABLE

    @property
    def is_before(self) -> bool:
        return self.kind is Finding.ENRICHED_BEFORE


@dataclass(frozen=True)
class Findings:
    """What the panel shows."""

    lines: list[Line]
    rows: int
    """Rows that have any finding."""
    earlier: str
    """What becomes of rows that were enriched before: `SEND`, `LEAVE` or `REUSE`."""
    days_error: str
    looks_back: bool
    """Whether the destination has other jobs to look back at."""

    @property
    def can_leave_all(self) -> bool:
        return len(self.lines) > 1 and any(not self._is_decided(line) for line in self.lines)

    def _is_decided(self, line: Line) -> bool:
        return line.is_left_out or (line.is_before and self.earlier == REUSE)


def panel(job: Job, errors: dict[str, str]) -> Findings:
    kinds = [kind for kind in Finding if kind in job.findings]
    others = Job.objects.shown().filter(destination=job.destination_id, started_at__isnull=False)
    return Findings(
        [
            Line(kind, job.findings[kind]["count"], job.findings[kind]["examples"], kind in job.leave_out)
            for kind in kinds
        ],
        sum(job.finding_masks.values()),
        _earlier(job),
        errors.get("reuse_days", ""),
        others.exclude(pk=job.pk).exists(),
    )


def _earlier(job: Job) -> str:
    if Finding.ENRICHED_BEFORE in job.leave_out:
        return LEAVE
    return REUSE if job.reuse_results else SEND


def decisions(job: Job, data: QueryDict) -> tuple[dict[str, Any], dict[str, str]]:
    """Fields of a draft that the form sets; only the findings that its page showed are decided by it."""
    shown = set(data.getlist("shown")) & set(Finding.values)
    ticked = shown if "leave_all" in data else shown & set(data.getlist("leave_out"))
    earlier = data.get("earlier", "")
    decided: dict[str, Any] = {}
    if "leave_all" in data and _earlier(job) != REUSE and Finding.ENRICHED_BEFORE in shown:
        earlier = LEAVE
    if earlier in {SEND, LEAVE, REUSE}:
        decided["reuse_results"] = earlier == REUSE
        shown = shown | {Finding.ENRICHED_BEFORE.value}
        ticked = ticked - {Finding.ENRICHED_BEFORE.value}
        ticked |= {Finding.ENRICHED_BEFORE.value} if earlier == LEAVE else set()
    kept = (set(job.leave_out) - shown) | ticked
    decided["leave_out"] = [kind.value for kind in Finding if kind in kept]
    days = whole(data.get("reuse_days", str(job.reuse_days)), MOST_DAYS)
    if days is None:
        return decided, {"reuse_days": f"A number of days from 0 to {MOST_DAYS:,}."}
    return decided | {"reuse_days": days}, {}


@require_safe
@needs(SEE_PERSONAL_DATA, maker_of_job)
def download(request: Request, pk: int, kind: str) -> HttpResponseBase:
    """The rows that have one finding, as CSV with line and reason; streamed."""
    job = get_object_or_404(Job.objects.shown().select_related("destination"), pk=pk)
    if kind not in Finding.values:
        raise Http404
    lines = found.csv_lines(job, kind)
    try:
        first = next(lines)
    except (found.Stale, OSError, UnicodeError):
        messages.error(request, "What was found is not at hand any more: the file is being checked again.")
        return redirect("job", pk)
    name = f"{PurePath(job.name).stem}-{kind.replace('_', '-')}.csv"
    return StreamingHttpResponse(
        _together(first, lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, name) or "attachment"},
    )


def _together(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
