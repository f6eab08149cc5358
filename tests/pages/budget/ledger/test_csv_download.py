"""The ledger as CSV: the lines of the page, safe in a spreadsheet, in little memory."""

import csv
import io
import tracemalloc
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from budget import credits
from budget.credits import Basis
from budget.models import Entry, EntryState
from budget.terms import day_of
from clayops.pages.budget.ledger import csv_download
from jobs.models import Destination
from tests.pages.budget.ledger.test_ledger import NOON, pages, settle, take


def rows_of(client: Client, **given: object) -> list[dict[str, str]]:
    answer = client.get(f"/budget/ledger.csv?{urlencode(given)}")
    text = answer.getvalue().decode("utf-8-sig")
    assert "\r\n" in text
    return list(csv.DictReader(io.StringIO(text)))


def name_of(client: Client, query: str) -> str:
    header: str = client.get(f"/budget/ledger.csv{query}")["Content-Disposition"]
    return header.removeprefix('attachment; filename="').removesuffix('"')


@pytest.mark.parametrize(
    "given", [{}, {"basis": "unknown"}, {"q": "batch 7", "day": "2026-11-20"}, {"released": "on"}]
)
def test_it_has_the_lines_and_the_sums_of_the_page(
    client: Client, monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    monkeypatch.setattr(csv_download, "AT_ONCE", 7)
    for n in range(60):
        take(f"h{n}", "2", NOON + timedelta(seconds=n // 5), label=f"leads.csv, batch {n % 9}")
        if n % 4 == 0:
            settle(f"h{n}", "1.50", Basis.UNKNOWN if n % 8 else Basis.REPORTED)
        elif n % 4 == 1:
            credits.release(f"h{n}")
    shown = list(pages(client, **given))
    found = rows_of(client, **given)
    assert [row["holder"] for row in found] == [line.entry.holder for page in shown for line in page["lines"]]
    sums = client.get("/budget/ledger", given).context["sums"]
    assert sum(Decimal(row["spent"] or 0) for row in found) == sums.spent
    assert sum(Decimal(row["reserved"]) for row in found) == sums.reserved


def test_a_line_says_all_that_is_known(client: Client, ana: User, people: Destination) -> None:
    take("batch:1:a", "100", destination=people.pk, job=17, person=ana.pk)
    credits.settle("batch:1:a", Decimal("92.3"), Basis.PARTLY, now=NOON + timedelta(minutes=2))
    assert rows_of(client) == [
        {
            "reserved_at": "2026-11-20T12:00:00+00:00",
            "closed_at": "2026-11-20T12:02:00+00:00",
            "day": "2026-11-20",
            "state": "settled",
            "destination": "People",
            "job_id": "17",
            "label": "leads.csv, batch 1",
            "person": "ana",
            "rows": "50",
            "estimated": "100.00",
            "reserved": "0.00",
            "spent": "92.30",
            "basis": "partly",
            "holder": "batch:1:a",
        }
    ]


def test_times_have_their_offset(client: Client, settings: LazySettings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    take("a")
    assert rows_of(client)[0]["reserved_at"] == "2026-11-20T13:00:00+01:00"


def test_an_open_line_has_no_end_and_nothing_spent(client: Client) -> None:
    take("a", "7654.5")
    (row,) = rows_of(client)
    assert (row["closed_at"], row["spent"], row["reserved"]) == ("", "", "7654.50")


def test_no_cell_runs_as_a_formula(client: Client) -> None:
    take("=cmd", label='=HYPERLINK("http://x","y").csv, batch 1', destination=None)
    (row,) = rows_of(client)
    assert (row["label"][:2], row["holder"][:2]) == ("'=", "'=")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "ledger-all-days.csv"),
        ("?day=2026-11-20", "ledger-2026-11-20.csv"),
        ("?day=2026-11-20&hour=9", "ledger-2026-11-20-hour-9.csv"),
        ("?from=2026-11-01&to=2026-11-20", "ledger-2026-11-01-to-2026-11-20.csv"),
        ("?from=2026-11-01", "ledger-from-2026-11-01.csv"),
        ("?to=2026-11-20", "ledger-to-2026-11-20.csv"),
    ],
)
def test_the_file_s_name_tells_the_days(client: Client, query: str, name: str) -> None:
    assert name_of(client, query) == name


def test_a_filter_that_makes_no_sense_is_said_on_the_page(client: Client) -> None:
    answer = client.get("/budget/ledger.csv?day=yesterday&state=settled")
    assert answer["Location"] == "/budget/ledger?day=yesterday&state=settled"


@pytest.mark.long
def test_memory_stays_flat(client: Client) -> None:
    known: dict[str, Any] = {"state": EntryState.SETTLED, "spent": 2, "credits": 2, "scopes": [""]}
    known |= {"day": day_of(NOON), "label": "leads.csv, batch 1"}
    Entry.objects.bulk_create(
        (Entry(holder=f"h{n}", reserved_at=NOON + timedelta(seconds=n), **known) for n in range(20_000)),
        batch_size=1000,
    )
    parts: Any = client.get("/budget/ledger.csv?day=2026-11-20")
    tracemalloc.start()
    size = sum(len(part) for part in parts.streaming_content)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 1_500_000
    assert most < 6_000_000
