"""One line of the ledger: what it was for, how its amount came about, what people decided about it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from budget.models import Basis, Correction, Entry, EntryState
from budget.models.ledger import EntryQuerySet
from clayops.base.wording import num, plural
from clayops.pages.budget.ledger.explained import Cost, cost_of
from clayops.pages.budget.ledger.filters import LedgerForm
from clayops.pages.budget.ledger.forms import DecideForm
from clayops.pages.budget.ledger.lines import lines_of
from clayops.pages.frame.web import Request
from jobs.models import Outcome, RunState, Submission


@dataclass(frozen=True)
class Step:
    """Something that happened to it; `tone` is a class of components.css."""

    at: datetime
    text: str
    tone: str = ""


@require_safe
def line(request: Request, pk: int) -> HttpResponse:
    """One reservation, its batch, and its history; the filter of the ledger comes along in the address."""
    found = get_object_or_404(Entry.objects.select_related("person"), pk=pk)
    return shown(request, found, DecideForm(found))


def shown(request: Request, entry: Entry, form: DecideForm, status: int = 200) -> HttpResponse:
    """The line's page, with the form as it is."""
    wanted = LedgerForm(request.GET)
    told = lines_of([entry], wanted.destinations)[0]
    submission = None if told.job_deleted else _submission(entry)
    cost = cost_of(entry, submission)
    query = wanted.suffix
    around = wanted.shown() if query and wanted.is_valid() else Entry.objects.of(entry.day).counted()
    context = {
        "line": told,
        "entry": entry,
        "cost": cost,
        "submission": submission,
        "letters": submission.letters.all() if submission else [],
        "corrections": entry.corrections.select_related("by"),
        "steps": _steps(entry, submission),
        "came_later": _came_later(entry, submission, cost),
        "form": form,
        "may_decide": request.user.has_perm("budget.change_limit"),
        "query": query,
        "back": query or f"?day={entry.day}",
        **_neighbours(entry, around),
    }
    return render(request, "budget/ledger/line.html", context, status=status)


def _submission(entry: Entry) -> Submission | None:
    found = Submission.objects.filter(holder=entry.holder)
    return found.select_related("batch__job", "destination").prefetch_related("letters").first()


def _neighbours(entry: Entry, around: EntryQuerySet) -> dict[str, Any]:
    """The keys of the next newer and the next older line among `around`; None where there is none."""
    at, pk = entry.reserved_at, entry.pk
    newer = around.filter(Q(reserved_at__gt=at) | Q(pk__gt=pk), reserved_at__gte=at)
    older = around.filter(Q(reserved_at__lt=at) | Q(pk__lt=pk), reserved_at__lte=at)
    return {
        "newer": newer.order_by("reserved_at", "pk").values_list("pk", flat=True).first(),
        "older": older.order_by("-reserved_at", "-pk").values_list("pk", flat=True).first(),
    }


def _came_later(entry: Entry, submission: Submission | None, cost: Cost) -> Decimal | None:
    """What its results told after a person had decided otherwise; None where nothing did."""
    if not submission or entry.basis != Basis.DECIDED or submission.run_state != RunState.FINISHED:
        return None
    return submission.spent if submission.spent != entry.spent else None


def _steps(entry: Entry, submission: Submission | None) -> list[Step]:
    """What happened, the first first."""
    rows = f" for {plural(entry.rows, 'row,rows')}" if entry.rows else ""
    steps = [Step(entry.reserved_at, f"{num(entry.credits)} credits reserved{rows}", "info")]
    if submission:
        steps += _of_submission(submission)
    if entry.closed_at:
        steps.append(Step(entry.closed_at, *_closing(entry)))
    steps += [_decided(each) for each in entry.corrections.select_related("by").order_by("pk")]
    return sorted(steps, key=lambda step: step.at)


def _decided(correction: Correction) -> Step:
    """A person's decision, or what a late result told."""
    old, new = f"{num(correction.old)} credits", f"{num(correction.new)} credits"
    what = f"{new} spent, as counted" if correction.old == correction.new else f"{new} spent instead of {old}"
    if correction.by:
        return Step(correction.at, f"{correction.by} decided: {what}. “{correction.note}”", "info")
    return Step(
        correction.at, f"Corrected: {what}{f'. “{correction.note}”' if correction.note else ''}", "good"
    )


def _of_submission(submission: Submission) -> list[Step]:
    steps = [Step(submission.created_at, f"Attempt {submission.attempt} to send the batch began")]
    if submission.closed_at:
        words, tone = {
            Outcome.ACCEPTED: ("Clay accepted the batch", "good"),
            Outcome.REFUSED: ("Not taken by Clay: surely not charged", "warn"),
            Outcome.UNKNOWN: ("Nobody knows whether Clay took the batch", "bad"),
        }[Outcome(submission.outcome)]
        steps.append(Step(submission.closed_at, words, tone))
    if submission.finished_at:
        gave_up = submission.run_state == RunState.GIVEN_UP
        words = "Nobody waited for its results any longer" if gave_up else "Its results came home"
        steps.append(Step(submission.finished_at, words, "bad" if gave_up else "good"))
    return steps


def _closing(entry: Entry) -> tuple[str, str]:
    if entry.state == EntryState.RELEASED:
        return f"All {num(entry.credits)} credits given back: they count for nothing", ""
    first = entry.corrections.order_by("pk").first()
    spent, basis = (first.old, first.old_basis) if first else (entry.spent, entry.basis)
    if basis == Basis.UNKNOWN:
        return f"{num(spent)} credits counted as spent, as Clay may have charged them", "warn"
    return f"Settled: {num(spent)} credits spent", "good"
