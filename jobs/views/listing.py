"""All jobs."""

from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clayops.web import page_of
from jobs.models import Destination, Job, JobState

SIZE = 25


@dataclass(frozen=True)
class Filter:
    """A choice above the list, in the address as `?state=`."""

    value: str
    word: str
    states: tuple[JobState, ...]
    count: int = 0


FILTERS = [
    Filter("", "All", tuple(JobState)),
    Filter("underway", "Under way", (JobState.READY, JobState.RUNNING, JobState.PAUSED)),
    Filter("draft", "Drafts", (JobState.DRAFT,)),
    Filter("done", "Done", (JobState.DONE,)),
    Filter("cancelled", "Cancelled", (JobState.CANCELLED,)),
]


def _context(request: HttpRequest) -> dict[str, object]:
    wanted = request.GET.get("state", "")
    chosen = next((each for each in FILTERS if each.value == wanted), FILTERS[0])
    by_state = dict(Job.objects.order_by().values_list("state").annotate(n=Count("pk")))
    found = Job.objects.select_related("destination", "created_by")
    if chosen.value:
        found = found.filter(state__in=chosen.states)
    counted = [
        Filter(each.value, each.word, each.states, sum(by_state.get(state, 0) for state in each.states))
        for each in FILTERS
    ]
    return {
        "page": page_of(request, found, "-id", SIZE),
        "filters": counted,
        "chosen": chosen,
        "total": sum(by_state.values()),
        "query": request.GET.urlencode(),
        "has_destination": Destination.objects.exists(),
    }


def jobs(request: HttpRequest) -> HttpResponse:
    return render(request, "jobs/jobs.html", _context(request))


def live(request: HttpRequest) -> HttpResponse:
    """The list alone, for the same address."""
    return render(request, "jobs/partials/list.html", _context(request))
