"""Where sending has stopped for lack of credits: open breakers, held against the room there is now."""

from decimal import Decimal

from django.utils import timezone

from budget import limits
from budget.models import Breaker
from budget.terms import day_of
from jobs.credits import forecast


def holding() -> dict[str, Breaker]:
    """The open breakers that still refuse, by scope; as many questions to the database as for one."""
    opened = list(Breaker.objects.filter(state=Breaker.State.OPEN).order_by("scope"))
    if not opened:
        return {}
    day = day_of(timezone.now())
    found, used = limits.in_force([stop.scope for stop in opened], day), forecast.used_today()
    still = {}
    for stop in opened:
        amount = found[stop.scope].amount
        limit = forecast.ENDLESS if amount is None else amount
        if stop.holds(day, limit, limit - sum(used[stop.scope], Decimal(0))):
            still[stop.scope] = stop
    return still
