"""Deciding what Clay charged where nobody knows it."""

from django.contrib import messages
from django.db import transaction
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from budget import credits
from budget.models import Basis, Entry, EntryState
from budget.steering.corrections import may_be_decided
from clayops.base.wording import num, plural
from clayops.pages.budget.ledger import one_line
from clayops.pages.budget.ledger.filters import LedgerForm
from clayops.pages.budget.ledger.forms import DecideAllForm, DecideForm, ticked
from clayops.pages.frame.rights import needs
from clayops.pages.frame.web import Request, safe_next, takes_post
from clayops.people.rights import CHANGE_LIMIT
from jobs.sending import wake


@takes_post(lambda pk: reverse("budget-line", args=[pk]))
@needs(CHANGE_LIMIT)
def decide(request: Request, pk: int) -> HttpResponse:
    """Say what one line cost; may be said again, and otherwise."""
    entry = get_object_or_404(Entry.objects.select_related("person"), pk=pk)
    back = redirect(f"{reverse('budget-line', args=[pk])}{LedgerForm(request.GET).suffix}")
    if not may_be_decided(entry):  # a late result told it meanwhile, or it never was unknown
        messages.info(request, "Nothing was changed: what this cost is known by now.")
        return back
    form = DecideForm(entry, request.POST)
    if not form.is_valid():
        return one_line.shown(request, entry, form, status=422)
    try:
        changed = credits.decide(entry, form.amount(entry), request.user, form.cleaned_data["note"])
    except ValueError as problem:
        form.add_error(
            "amount_charged" if form.cleaned_data["charged"] == "some" else "charged", str(problem)
        )
        return one_line.shown(request, entry, form, status=422)
    if changed:
        wake.wake()
        messages.success(
            request, f"Decided: {num(entry.spent)} of {num(entry.credits)} credits were charged."
        )
    else:
        messages.info(request, "Nothing was changed: it was decided so already, or changed meanwhile.")
    return back


@require_http_methods(["GET", "HEAD", "POST"])
@needs(CHANGE_LIMIT)
def decide_many(request: Request) -> HttpResponse:
    """Say the same of all lines that are ticked (`line`, or `shown` with keys and commas), once confirmed."""
    given = request.POST if request.method == "POST" else request.GET
    asked = ticked([*given.getlist("line"), *given.get("shown", "").split(",")])
    found = asked.filter(state=EntryState.SETTLED, basis=Basis.UNKNOWN).order_by("-reserved_at", "-pk")
    after = safe_next(request, f"{reverse('budget-ledger')}?basis={Basis.UNKNOWN}")
    if not found:
        messages.info(request, _nothing(asked.count()))
        return redirect(after)
    form = DecideAllForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        _decide_all(request, form, list(found))
        return redirect(after)
    context = {
        "form": form,
        "found": found,
        "credits": found.aggregate(sum=Sum("credits"))["sum"],
        "left_out": asked.count() - len(found),
        "next": after,
    }
    return render(request, "budget/ledger/decide.html", context, status=422 if form.errors else 200)


def _nothing(asked: int) -> str:
    if not asked:
        return "Tick the lines first that you want to decide."
    return "Nothing was changed: what became of these lines is decided or known by now."


def _decide_all(request: Request, form: DecideAllForm, found: list[Entry]) -> None:
    """All of them or, where something breaks on the way, none."""
    with transaction.atomic():
        note = form.cleaned_data["note"]
        done = [each for each in found if credits.decide(each, form.amount(each), request.user, note)]
    wake.wake()
    charged = sum(each.spent or 0 for each in done)
    total = num(sum(each.credits for each in done))
    lines = plural(len(done), "line,lines")
    messages.success(request, f"Decided for {lines}: {num(charged)} of {total} credits were charged.")
