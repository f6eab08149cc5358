"""The ledger: every reservation and what became of it, filtered, with sums, and as CSV."""

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from budget.models import Entry
from clayops.pages.budget.ledger.chips import chips_of
from clayops.pages.budget.ledger.csv_download import csv_lines, filename
from clayops.pages.budget.ledger.filters import LedgerForm
from clayops.pages.budget.ledger.lines import lines_of, sums_of
from clayops.pages.frame.web import Request, page_of

SIZE = 50


@require_safe
def ledger(request: Request) -> HttpResponse:
    """Its lines, filtered, newest first, with their sums."""
    form = LedgerForm(request.GET)
    page = page_of(request, form.shown().select_related("person"), "-reserved_at", SIZE, unique=False)
    context = {
        "form": form,
        "chips": chips_of(form),
        "page": page,
        "lines": lines_of(page.items, form.destinations),
        "sums": sums_of(form.matching()),
        "ticking": form.asks_for_unknown,
        "may_decide": request.user.has_perm("budget.change_limit"),
        "empty": not page.items and not form.narrows and not Entry.objects.exists(),
    }
    return render(request, "budget/ledger/ledger.html", context, status=200 if form.is_valid() else 422)


@require_safe
def download(request: Request) -> HttpResponseBase:
    """The same lines as CSV, streamed; a filter that makes no sense is said on the page."""
    form = LedgerForm(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('budget-ledger')}?{form.query}")
    parts = csv_lines(form.shown(), form.destinations)
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, filename(form.cleaned_data)) or ""
    response["X-Accel-Buffering"] = "no"  # nginx: do not gather what is streamed
    return response
