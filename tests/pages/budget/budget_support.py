"""Credits that were reserved and spent, for the budget's pages to show."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from budget import credits
from budget.models import Basis
from budget.terms import Purpose


def reserved(
    amount: str | int,
    *,
    destination: int | None = 1,
    job: int | None = 1,
    person: int | None = None,
    rows: int = 50,
    label: str = "leads.csv, batch 1",
    at: datetime | None = None,
) -> str:
    """Reserve so many credits, now or at another moment; the holder."""
    at = at or timezone.now()
    holder = f"batch:{destination}:{job}:{person}:{at.isoformat()}:{amount}:{label}"
    scopes = [credits.destination_scope(destination)] if destination else []
    credits.reserve(holder, Decimal(amount), scopes, Purpose(destination, job, person, rows, label), now=at)
    return holder


def spent(amount: str | int, basis: Basis = Basis.ESTIMATED, *, of: str | int = 0, **purpose: object) -> str:
    """Reserve and spend so many credits, `of` more that were estimated."""
    holder = reserved(of or amount, **purpose)  # type: ignore[arg-type]
    credits.settle(holder, Decimal(amount), basis)
    return holder


def midday() -> datetime:
    """Noon of today in `TIME_ZONE`."""
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)


def days_ago(days: int) -> datetime:
    return midday() - timedelta(days=days)
