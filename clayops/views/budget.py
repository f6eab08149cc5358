"""Today's credits and the limit."""

from dataclasses import dataclass
from decimal import Decimal

from django.contrib import messages
from django.db.models import Exists, OuterRef, Subquery, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from budget import credits
from budget.models import Entry, LimitChange
from budget.terms import day_of
from clayops.forms import LimitForm
from clayops.templatetags.look import num
from clayops.web import Request, back
from jobs.models import Submission

CHANGES = 20


@dataclass(frozen=True)
class Line:
    """What a destination used today, in credits."""

    destination: str
    spent: Decimal
    reserved: Decimal


@require_http_methods(["GET", "HEAD", "POST"])
def budget(request: Request) -> HttpResponse:
    """See the day and change the limit: any signed-in person may, and it is on record who did."""
    form = LimitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        limit = form.cleaned_data["credits"]
        credits.set_limit(limit, by=request.user, note=form.cleaned_data["note"])
        messages.success(request, f"The limit is {num(limit)} credits a day from now on.")
        return redirect("budget")
    changes = LimitChange.objects.filter(scope="").select_related("by").order_by("-id")[:CHANGES]
    context = {"form": form, "changes": changes, "lines": _by_destination()}
    return render(request, "budget/budget.html", context, status=422 if form.errors else 200)


def _by_destination() -> list[Line]:
    """Today's credits per destination: its submissions name their reservations.

    Those of deleted jobs are gone, the ledger's entries are not: the rest of what was spent is theirs.
    """
    holders = Entry.objects.of(day_of(timezone.now())).counted().filter(holder=OuterRef("holder"))
    sums = (
        Submission.objects.order_by()
        .filter(Exists(holders))
        .annotate(
            spent=Subquery(holders.values("spent")[:1]), open=Subquery(holders.open().values("credits")[:1])
        )
        .values_list("destination__name")
        .annotate(total=Sum("spent"), out=Sum("open"))
        .order_by("destination__name")
    )
    lines = [Line(name, spent or Decimal(0), out or Decimal(0)) for name, spent, out in sums]
    rest = credits.today().spent - sum(line.spent for line in lines)
    return [*lines, Line("deleted jobs", rest, Decimal(0))] if rest > 0 else lines


@require_POST
def close_breaker(request: Request) -> HttpResponse:
    """Let the lanes ask for credits again; where there still are none it opens at once."""
    credits.close_breaker(by=request.user)
    messages.info(request, "Sending goes on; it stops again where credits are still missing.")
    return back(request, "/budget")
