"""Ways into the ledger from the pages that show its sums."""

from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

NONE = "none"
"""Stands in a filter of the ledger for lines that do not know their destination, job or person."""


def ledger(day: date, **only: object) -> str:
    """The address of the day's lines in the ledger, only those with these values."""
    values = {name: str(value) for name, value in only.items()}
    return f"{reverse('budget-ledger')}?{urlencode({'day': day.isoformat(), **values})}"
