"""The ledger as CSV, a page of lines at a time."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone

from budget.models import EntryState
from budget.models.ledger import EntryQuerySet
from clayops.base.csv_text import CsvText
from clayops.pages.budget.ledger.lines import name_of

AT_ONCE = 2000
COLUMNS = [
    "reserved_at",
    "closed_at",
    "day",
    "state",
    "destination",
    "job_id",
    "label",
    "person",
    "rows",
    "estimated",
    "reserved",
    "spent",
    "basis",
    "holder",
]
_FIELDS = ["pk", "reserved_at", "closed_at", "day", "state", "destination", "job", "label"]
_FIELDS += ["person__username", "rows", "credits", "spent", "basis", "holder"]


def csv_lines(found: EntryQuerySet, destinations: Mapping[int, str]) -> Iterator[bytes]:
    """UTF-8 with BOM, CRLF, newest first; `reserved` and `spent` add up to the sums on the page.

    A query for each piece, so that a slow download keeps neither a transaction nor a cursor open.
    """
    file = CsvText(COLUMNS)
    for page in _pages(found):
        for line in page:
            file.add(_cells(line, destinations))
        yield file.taken()
    yield file.taken()


def _pages(found: EntryQuerySet) -> Iterator[list[dict[str, Any]]]:
    lines = found.order_by("-reserved_at", "-pk").values(*_FIELDS)
    rest = lines
    while page := list(rest[:AT_ONCE]):
        yield page
        at, pk = page[-1]["reserved_at"], page[-1]["pk"]
        rest = lines.filter(Q(reserved_at__lt=at) | Q(pk__lt=pk), reserved_at__lte=at)


def _cells(line: dict[str, Any], destinations: Mapping[int, str]) -> list[str]:
    reserved = line["credits"] if line["state"] == EntryState.RESERVED else Decimal(0)
    return [
        _moment(line["reserved_at"]),
        _moment(line["closed_at"]),
        line["day"].isoformat(),
        line["state"],
        name_of(line["destination"], destinations),
        str(line["job"] or ""),
        line["label"],
        line["person__username"] or "",
        str(line["rows"]),
        f"{line['credits']:.2f}",
        f"{reserved:.2f}",
        "" if line["spent"] is None else f"{line['spent']:.2f}",
        line["basis"],
        line["holder"],
    ]


def _moment(at: datetime | None) -> str:
    """ISO 8601 in `TIME_ZONE`, with its offset."""
    return timezone.localtime(at).isoformat(timespec="seconds") if at else ""


def filename(given: Mapping[str, Any]) -> str:
    """It tells the days of the filter: `ledger-2026-11-24.csv`, `ledger-2026-11-01-to-2026-11-24.csv`."""
    day: date | None = given["day"]
    if day:
        hour = "" if given["hour"] is None else f"-hour-{given['hour']}"
        return f"ledger-{day}{hour}.csv"
    days = [f"{word}{given[name]}" for name, word in (("from", ""), ("to", "to-")) if given[name]]
    if given["from"] and not given["to"]:
        days = [f"from-{given['from']}"]
    return f"ledger-{'-'.join(days) or 'all-days'}.csv"
