"""All jobs: searched, filtered and sorted, all of it in the address."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.db.models import CharField, Count, F, QuerySet, Value
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clayops.base.text_search import in_any, term_of
from clayops.pages.frame.web import page_of
from jobs.models import ENDED, UNFINISHED, Destination, Job, JobState, look_up

SIZE = 25
SHELL = "shell"
"""Stands for nobody in `?by=`: jobs that a command made."""


@dataclass(frozen=True)
class Filter:
    """A choice above the list, in the address as `?state=`."""

    value: str
    word: str
    states: tuple[JobState, ...]
    count: int = 0
    address: str = ""


FILTERS = [
    Filter("", "All", tuple(JobState)),
    Filter("underway", "Under way", UNFINISHED),
    Filter("draft", "Drafts", (JobState.DRAFT,)),
    Filter("done", "Done", ENDED[:1]),
    Filter("cancelled", "Cancelled", ENDED[1:]),
]
SORTS = {
    "-id": "Newest first",
    "id": "Oldest first",
    "name": "Name, A to Z",
    "-name": "Name, Z to A",
    "-rows": "Most rows first",
    "rows": "Fewest rows first",
    "-active": "Last active first",
    "active": "Longest quiet first",
    "who": "Uploaded by, A to Z",
    "-who": "Uploaded by, Z to A",
}
FIELDS = {"name": "sort_name", "rows": "row_count", "active": "active_at", "who": "sort_who"}


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; nonsense in it is as if it were not there."""

    state: Filter
    sort: str
    term: str
    to: Destination | None
    by: User | str | None

    @classmethod
    def of(cls, request: HttpRequest) -> "Wanted":
        given = request.GET.get
        by = given("by", "")
        return cls(
            state=next((each for each in FILTERS if each.value == given("state", "")), FILTERS[0]),
            sort=given("sort", "") if given("sort", "") in SORTS else "-id",
            term=term_of(given("q", "")),
            to=_named(Destination.objects.all(), given("to", "")),
            by=SHELL if by == SHELL else _named(User.objects.all(), by),
        )

    @property
    def narrows(self) -> bool:
        """Whether something besides the state leaves jobs out."""
        return bool(self.term or self.to or self.by)

    @property
    def by_value(self) -> str:
        return str(self.by.pk) if isinstance(self.by, User) else self.by or ""

    def jobs(self) -> "QuerySet[Job]":
        """All that match, whatever their state."""
        found = Job.objects.shown()
        if self.term:
            names = ("name", "file_name", "destination__name", "created_by__username")
            found = found.filter(in_any(self.term, *names))
        if self.to:
            found = found.filter(destination=self.to)
        if self.by:
            found = found.filter(created_by=self.by if isinstance(self.by, User) else None)
        return found

    def __str__(self) -> str:
        """In words: `that matcheses “leads”, to People, uploaded by ana`."""
        words = [f"that matches “{self.term}”"] if self.term else []
        words += [f"to {self.to}"] if self.to else []
        words += [f"uploaded {'from the shell' if self.by == SHELL else f'by {self.by}'}"] if self.by else []
        return ", ".join(words)


def _named(found: Any, pk: str) -> Any:
    """The one whose key the address names, or None."""
    known = pk.isascii() and pk.isdigit() and len(pk) < 19
    return found.filter(pk=int(pk)).first() if known else None


def _sorted(found: "QuerySet[Job]") -> "QuerySet[Job]":
    """With what can be sorted by, none of it null."""
    return found.annotate(
        sort_name=Lower("name"),
        sort_who=Lower(Coalesce("created_by__username", Value(""), output_field=CharField())),
        active_at=Coalesce(F("finished_at"), F("last_sent_at"), F("started_at"), F("created_at")),
    )


def _address(request: HttpRequest, **changes: str) -> str:
    """This list with something else chosen, from its first page on."""
    query = request.GET.copy()
    for name in ("after", "before", *changes):
        query.pop(name, None)
    for name, value in changes.items():
        if value:
            query[name] = value
    return f"?{query.urlencode()}" if query else "/jobs"


def _filters(request: HttpRequest, found: "QuerySet[Job]") -> list[Filter]:
    by_state = dict(found.order_by().values_list("state").annotate(n=Count("pk")))
    return [
        replace(
            each,
            count=sum(by_state.get(state, 0) for state in each.states),
            address=_address(request, state=each.value),
        )
        for each in FILTERS
    ]


def _context(request: HttpRequest) -> dict[str, Any]:
    wanted = Wanted.of(request)
    matching = wanted.jobs()
    found = _sorted(matching.select_related("destination", "created_by"))
    if wanted.state.value:
        found = found.filter(state__in=wanted.state.states)
    name = wanted.sort.lstrip("-")
    order = wanted.sort.replace(name, FIELDS.get(name, name))
    page = page_of(request, found, order, SIZE, unique=name == "id")
    look_up(page.items)
    filters = _filters(request, matching)
    return {
        "page": page,
        "filters": filters,
        "chosen": wanted.state,
        "wanted": wanted,
        "sorts": SORTS,
        "heads": {key: _address(request, sort=_turned(wanted.sort, key)) for key in ("name", "rows", "id")},
        "total": filters[0].count or Job.objects.shown().count(),
        "query": request.GET.urlencode(),
        "has_destination": Destination.objects.exists(),
    }


def _turned(sort: str, key: str) -> str:
    """What a click on a column's head sorts by: the other way round where it is the one already."""
    first = key if key == "name" else f"-{key}"
    return first if sort != first else (key if first.startswith("-") else f"-{key}")


def jobs(request: HttpRequest) -> HttpResponse:
    """The page; what can be chosen stands outside of what refreshes by itself."""
    uploaders = User.objects.filter(pk__in=Job.objects.shown().values("created_by")).order_by("username")
    choices = {"destinations": Destination.objects.all(), "uploaders": uploaders}
    return render(request, "jobs/jobs.html", _context(request) | choices)


def live(request: HttpRequest) -> HttpResponse:
    """The list alone, for the same address."""
    return render(request, "jobs/partials/list.html", _context(request))
