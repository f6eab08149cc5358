"""The first page: credits, what is out, what is under way, what failed, who works. Each number leads on."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Sum, TextField
from django.db.models.functions import Cast, Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from budget.terms import day_of
from clayops.base import process_health
from clayops.pages.frame import provider_cards
from clayops.pages.frame.ledger_links import ledger
from jobs import models as jobs
from jobs.models import DeadLetter, Destination, Job, Submission, look_up
from jobs.results import usual_durations

MINUTES = 60
MOST_JOBS = 3
MOST_CAUSES = 4
MOST_PROVIDERS = 5
"""So many of each fit a screen of 1280 × 800 below three alerts; the others are a click away."""


@dataclass(frozen=True)
class Out:
    """Runs at Clay, by how long they have been out, and the rows in them."""

    fresh: int
    late: int
    stuck: int
    rows: int

    @property
    def runs(self) -> int:
        return self.fresh + self.late + self.stuck


@dataclass(frozen=True)
class Column:
    """One minute of the chart, in percent of its height."""

    x: str
    y: str
    height: str


@dataclass(frozen=True)
class Pace:
    """Rows that came back, by minute."""

    columns: list[Column]
    most: int
    now: int
    total: int


def out(now: datetime) -> Out:
    """Late ones take longer than usual at their destination; stuck ones are in any trouble."""
    runs = Submission.objects.out()
    stuck = runs.exclude(trouble="").count()
    late = Submission.objects.filter(usual_durations.runs_late(now)).count()
    counted = runs.aggregate(rows=Sum("batch__size"), runs=Count("pk"))
    return Out(max(counted["runs"] - stuck - late, 0), late, stuck, counted["rows"] or 0)


def pace(now: datetime) -> Pace:
    """The last hour, by minutes that end now; the database adds up seconds, as runs may be many thousands."""
    since = now - timedelta(minutes=MINUTES)
    second = Substr(Cast("finished_at", TextField()), 1, len("2026-11-25 23:41:17"))
    by_second = Submission.objects.home_since(since).order_by().values_list(second)
    minutes = [0] * MINUTES
    for at, rows in by_second.annotate(n=Sum("run_finished")):
        ago = (datetime.fromisoformat(at).replace(tzinfo=UTC) - since).total_seconds()
        minutes[min(max(int(ago // 60), 0), MINUTES - 1)] += rows
    most = max(minutes)
    return Pace(
        [_column(index, rows, most) for index, rows in enumerate(minutes)], most, minutes[-1], sum(minutes)
    )


def _column(index: int, rows: int, most: int) -> Column:
    height = max(rows / most * 100, 2) if rows else 0
    return Column(f"{index / MINUTES * 100:.2f}%", f"{100 - height:.1f}%", f"{height:.1f}%")


@dataclass(frozen=True)
class Cause:
    """Open letters that failed alike."""

    pk: int
    title: str
    charge: str
    letters: int
    rows: int


def causes() -> list[Cause]:
    """Open letters by cause and charge, the most rows first."""
    waiting = DeadLetter.objects.shown().waiting().order_by()
    counted = waiting.values("group", "charge").annotate(letters=Count("pk"), n=Sum("size"))
    found = list(counted.order_by("-n", "group").values_list("group", "charge", "letters", "n"))
    groups = jobs.Cause.objects.in_bulk([pk for pk, *_ in found])
    return [Cause(pk, groups[pk].text, *rest) for pk, *rest in found]


def _context() -> dict[str, object]:
    now = timezone.now()
    under_way = Job.objects.unfinished().select_related("destination", "created_by")
    groups, (cards, more_cards) = causes(), provider_cards.worst(MOST_PROVIDERS)
    return {
        "out": out(now),
        "pace": pace(now),
        "jobs": look_up(under_way[:MOST_JOBS]),
        "more_jobs": max(under_way.count() - MOST_JOBS, 0),
        "causes": groups[:MOST_CAUSES],
        "more_causes": max(len(groups) - MOST_CAUSES, 0),
        "letters": sum(group.letters for group in groups),
        "letter_rows": sum(group.rows for group in groups),
        "providers": cards,
        "more_providers": more_cards,
        "workers": process_health.workers(),
        "queued": process_health.queued(),
        "spent_url": ledger(day_of(now), state="settled"),
        "reserved_url": ledger(day_of(now), state="reserved"),
        "nothing_yet": not Job.objects.shown().exists(),
        "has_destination": Destination.objects.exists(),
    }


def dashboard(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboard/dashboard.html", _context())


def live(request: HttpRequest) -> HttpResponse:
    """The dashboard's live part alone."""
    return render(request, "dashboard/partials/live.html", _context())


def chrome(request: HttpRequest) -> HttpResponse:
    """What every page refreshes: alerts, credits, counts of the navigation."""
    return render(request, "frame/chrome.html")
