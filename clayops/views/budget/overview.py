"""The budget page: where today stands, and any other day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, Subquery, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from budget import credits
from budget.models import Entry
from budget.terms import day_of
from clayops.views.budget import limit
from clayops.web import Request
from jobs.models import Submission


@dataclass(frozen=True)
class Line:
    """What a destination used today, in credits."""

    destination: str
    spent: Decimal
    reserved: Decimal


@require_safe
def budget(request: Request) -> HttpResponse:
    """Today."""
    context = {"lines": _by_destination(), **limit.panel(request)}
    return render(request, "budget/budget.html", context)


@require_safe
def live(request: Request) -> HttpResponse:
    """What changes of the page by itself, alone."""
    raise Http404


@require_safe
def day(request: Request, day: date) -> HttpResponse:
    """A day that is over, or today, down to its parts."""
    raise Http404


def _by_destination() -> list[Line]:
    """Today's credits per destination: its submissions name their reservations.

    Those of deleted jobs are gone, the ledger's entries are not: the rest of what was spent is theirs.
    """
    holders = Entry.objects.of(day_of(timezone.now())).counted().filter(holder=OuterRef("holder"))
    sums = (
        Submission.objects.order_by()
        .filter(Exists(holders))
        .annotate(
            out=Subquery(holders.values("spent")[:1]), open=Subquery(holders.open().values("credits")[:1])
        )
        .values_list("destination__name")
        .annotate(total=Sum("out"), held=Sum("open"))
        .order_by("destination__name")
    )
    lines = [Line(name, spent or Decimal(0), out or Decimal(0)) for name, spent, out in sums]
    rest = credits.today().spent - sum(line.spent for line in lines)
    return [*lines, Line("deleted jobs", rest, Decimal(0))] if rest > 0 else lines
