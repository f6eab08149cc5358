"""Bulk actions: what one would do, how far it is, what came of it; Stop."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from budget import credits as budget
from clayops.pages.frame.web import Request, page_of, safe_next, takes_post
from jobs.models import BulkAction, BulkState, ItemOutcome, NotPossible
from jobs.review import rights
from jobs.review.bulk import actions as acts
from jobs.review.bulk import stop as bulk_stop
from jobs.review.bulk.preview import needs_note, preview

SIZE = 50


def _load(pk: int) -> BulkAction:
    related = ("by", "assignee", "first", "stopped_by")
    return get_object_or_404(BulkAction.objects.select_related(*related), pk=pk)


@require_safe
def bulks(request: HttpRequest) -> HttpResponse:
    """All of them, the newest first."""
    page = page_of(request, BulkAction.objects.shown().select_related("by"), "-id", SIZE)
    return render(request, "deadletters/bulk/bulks.html", {"page": page})


@require_safe
def bulk(request: Request, pk: int) -> HttpResponse:
    """What it would do, where nobody confirmed it yet; what it does, or did, otherwise."""
    found = _load(pk)
    if found.state == BulkState.ASKED:
        return render(request, "deadletters/bulk/confirm.html", _asked(request, found))
    return render(request, "deadletters/bulk/bulk.html", _context(request, found))


@require_safe
def live(request: Request, pk: int) -> HttpResponse:
    """The part that changes."""
    return render(request, "deadletters/bulk/partials/progress.html", _context(request, _load(pk)))


def _asked(request: Request, found: BulkAction, problem: str = "", note: str = "") -> dict[str, Any]:
    seen = preview(found)
    return {
        "bulk": found,
        "seen": seen,
        "day": budget.today(),
        "needs_note": needs_note(found, seen),
        "may_not": _why_not_confirm(request, found),
        "problem": problem,
        "back": safe_next(request, f"{reverse('deadletters')}?{found.query}"),
        "note": note,
    }


def _why_not_confirm(request: Request, found: BulkAction) -> str:
    """What was frozen is theirs who asked for it; empty where this person may go on."""
    if found.by_id != request.user.pk:
        return "Somebody else asked for this. Ask for it yourself, on the page Dead letters."
    return rights.why_not(request.user, found.verb)


def _why_not_stop(request: Request, found: BulkAction) -> str:
    """Whoever may do the verb may stop it, and so may who began it."""
    return "" if found.by_id == request.user.pk else rights.why_not(request.user, found.verb)


def _context(request: Request, found: BulkAction) -> dict[str, Any]:
    counts = found.counts()
    outcome = request.GET.get("outcome", "")
    items = found.items.select_related("letter__job", "letter__group")
    items = items.filter(outcome=outcome) if outcome in ItemOutcome.values else items
    return {
        "bulk": found,
        "counts": counts,
        "may_not_stop": _why_not_stop(request, found),
        "over": found.letters - counts[""],
        "chosen": outcome,
        "page": page_of(request, items.order_by(), "id", SIZE),
    }


@takes_post(lambda pk: reverse("bulk", args=[pk]))
def confirm(request: Request, pk: int) -> HttpResponse:
    """Go, as shown. Whoever asked confirms: what was frozen is theirs."""
    found = _load(pk)
    if why := _why_not_confirm(request, found):
        raise PermissionDenied(why)
    note = request.POST.get("note", "")
    try:
        acts.confirm(found, note, one_first=bool(request.POST.get("one_first")))
    except NotPossible as problem:
        context = _asked(request, found, str(problem), note)
        return render(request, "deadletters/bulk/confirm.html", context, status=422)
    return redirect(found)


@takes_post(lambda pk: reverse("bulk", args=[pk]))
def stop(request: Request, pk: int) -> HttpResponse:
    """Leave those whose turn has not come."""
    found = _load(pk)
    if why := _why_not_stop(request, found):
        raise PermissionDenied(why)
    if bulk_stop.stop(found, request.user):
        messages.success(request, "Stopped: letters whose turn had not come stay as they were.")
    else:
        messages.info(request, "It has ended already.")
    return redirect(found)
