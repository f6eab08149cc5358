"""Runs that are out at Clay: the list, and what a person does about those that take too long."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clayops.base.wording import plural
from clayops.pages.frame.rights import maker_of_run, needs
from clayops.pages.frame.web import Request, back, page_of, tomorrow_morning
from clayops.people.rights import STEER_RUNS
from jobs import steering
from jobs.models import Destination, Row, RowState, RunState, Submission, Trouble
from jobs.results import usual_durations

RUNS = 50
AGES = {
    "": "all",
    "usual": "as usual",
    "late": "late",
    "trouble": "in trouble",
    "stuck": "stuck",
    "gone": "results gone",
    "odd": "unknown status",
    "home": "home in the last hour",
    "just": "home in the last minute",
}
ALWAYS = ("", "late", "stuck")
HOME = {"home": timedelta(hours=1), "just": timedelta(minutes=1)}
WAITS = [("30m", "30 minutes"), ("2h", "2 hours"), ("tomorrow", "until tomorrow, 09:00")]


def _run(pk: int) -> Submission:
    return get_object_or_404(Submission.objects.select_related("batch__job", "destination"), pk=pk)


def _back(request: Request, run: Submission) -> HttpResponse:
    return back(request, run.batch.job.get_absolute_url())


# -- the list -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Filter:
    """Which runs: of what age, of which destination; all that are out where nothing is said."""

    age: str = ""
    destination: int | None = None

    @classmethod
    def of(cls, query: Any) -> "Filter":
        there = query.get("destination", "")
        age = query.get("age", "")
        return cls(age if age in AGES else "", int(there) if there.isdecimal() and len(there) < 18 else None)

    def runs(self, late: Q, now: datetime) -> QuerySet[Submission]:
        found = Submission.objects.select_related("batch__job", "destination")
        if self.destination is not None:
            found = found.filter(destination=self.destination)
        return found.filter(_of_age(self.age, late, now))

    def there(self) -> Destination | None:
        return Destination.objects.filter(pk=self.destination or 0).first()

    @property
    def query(self) -> str:
        told = {"age": self.age, "destination": self.destination}
        return urlencode({name: value for name, value in told.items() if value})


def _of_age(age: str, late: Q, now: datetime) -> Q:
    out = Q(run_state=RunState.OUT)
    match age:
        case "":
            return out
        case "home" | "just":
            return Q(run_state=RunState.FINISHED, finished_at__gt=now - HOME[age])
        case "usual":
            return out & Q(trouble="") & ~late
        case "late":
            return late
        case "trouble":
            return out & ~Q(trouble="")
    return out & Q(trouble=age)


@dataclass(frozen=True)
class Line:
    run: Submission
    is_late: bool


def _context(request: HttpRequest) -> dict[str, Any]:
    now, chosen = timezone.now(), Filter.of(request.GET)
    late = usual_durations.runs_late(now)
    page = page_of(request, chosen.runs(late, now).order_by(), "id", RUNS)
    those = set(Submission.objects.filter(late).values_list("pk", flat=True))
    always = {*ALWAYS, chosen.age}
    shown = always | (AGES.keys() - {"just"})  # the dashboard alone leads there
    counts = {age: Submission.objects.filter(_of_age(age, late, now)).count() for age in AGES if age in shown}
    return {
        "page": page,
        "lines": [Line(run, run.pk in those) for run in page.items],
        "chosen": chosen,
        "ages": [(age, word, counts[age]) for age, word in AGES.items() if counts.get(age) or age in always],
        "there": chosen.there(),
        "in_trouble": chosen.age in {*Trouble.values, "trouble"},
    }


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    return render(request, "runs/runs.html", _context(request))


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The list alone."""
    return render(request, "runs/partials/list.html", _context(request))


# -- one run ------------------------------------------------------------------------------------------
@require_POST
@needs(STEER_RUNS, maker_of_run)
def check(request: Request, pk: int) -> HttpResponse:
    run = _run(pk)
    if steering.runs.check_now(run, request.user):
        messages.info(request, "Clay is asked now; what it answers shows here within seconds.")
    else:
        messages.info(request, "The run has come home already.")
    return _back(request, run)


class WaitForm(forms.Form):
    """How long no alert is wanted."""

    until = forms.ChoiceField(choices=WAITS, initial="30m", widget=forms.RadioSelect)


def _until(choice: str, now: datetime) -> datetime:
    if choice == "tomorrow":
        return tomorrow_morning(now)
    return now + {"30m": timedelta(minutes=30), "2h": timedelta(hours=2)}[choice]


@require_http_methods(["GET", "HEAD", "POST"])
@needs(STEER_RUNS, maker_of_run)
def wait(request: Request, pk: int) -> HttpResponse:
    """Ask for how long; then raise no alert before."""
    run = _run(pk)
    form = WaitForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        until = _until(form.cleaned_data["until"], timezone.now())
        if steering.runs.wait_longer(run, request.user, until):
            messages.success(request, f"No alert for it before {timezone.localtime(until):%-d %b %H:%M}.")
        else:
            run.refresh_from_db()
            is_home = run.run_state != RunState.OUT
            why = "has come home already" if is_home else "is not stuck: there is nothing to wait for"
            messages.info(request, f"The run {why}.")
        return _back(request, run)
    context = {"run": run, "form": form, "count": 1, "action": reverse("run-wait", args=[pk])}
    return render(request, "runs/wait.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(STEER_RUNS, maker_of_run)
def give_up(request: Request, pk: int) -> HttpResponse:
    """Ask, saying what it comes to: the next result may be seconds away. Then do it."""
    run = _run(pk)
    if request.method != "POST":
        rows = Row.objects.filter(pk__in=run.row_ids, state=RowState.IN_FLIGHT).count()
        context = {"run": run, "is_out": run.run_state == RunState.OUT, "rows": rows}
        return render(request, "runs/give_up.html", context | {"out_for": timezone.now() - run.created_at})
    if steering.runs.give_up(run, request.user):
        messages.success(request, "Its rows are in the dead letters. Results that come late are still taken.")
    else:
        messages.info(request, "The run has come home already.")
    return _back(request, run)


# -- all that a filter shows --------------------------------------------------------------------------
VERBS: dict[str, tuple[str, str]] = {
    "check": ("Check all now", "asked about"),
    "wait": ("Wait longer for all", "waited for"),
    "give-up": ("Move all to dead letters", "moved to dead letters"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(STEER_RUNS)
def all_runs(request: Request, verb: str) -> HttpResponse:
    """Ask, saying what it comes to; then do it with those that were shown, and no younger ones."""
    if verb not in VERBS:
        raise Http404
    now = timezone.now()
    given = request.POST if request.method == "POST" else request.GET
    chosen = Filter.of(given)
    matching = chosen.runs(usual_durations.runs_late(now), now).exclude(trouble="")
    if verb == "wait":
        matching = matching.filter(trouble=Trouble.STUCK)
    form = WaitForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and (verb != "wait" or form.is_valid()):
        shown = matching.filter(trouble_since__lte=_asked(given.get("asked", "")) or now)
        done = sum(map(_does(verb, request, form), list(shown)))
        messages.success(request, f"{plural(done, 'run,runs')} {VERBS[verb][1]}.")
        return redirect(f"{reverse('runs')}?{chosen.query}")
    context = {
        "verb": verb,
        "label": VERBS[verb][0],
        "chosen": chosen,
        "there": chosen.there(),
        "form": form,
        "count": matching.count(),
        "sums": matching.aggregate(rows=Sum("batch__size"), credits=Sum("credits")),
        "asked": now.isoformat(),
    }
    return render(request, "runs/all_runs.html", context, status=422 if form.errors else 200)


def _asked(text: str) -> datetime | None:
    """When the page was made that asked; None for nonsense."""
    try:
        at = parse_datetime(text)
        return at.astimezone(UTC) if at else None
    except (ValueError, OverflowError):
        return None


def _does(verb: str, request: Request, form: WaitForm) -> Callable[[Submission], bool]:
    if verb == "wait":
        until = _until(form.cleaned_data["until"], timezone.now())
        return lambda run: steering.runs.wait_longer(run, request.user, until)
    if verb == "check":
        return lambda run: steering.runs.check_now(run, request.user)
    return lambda run: steering.runs.give_up(run, request.user)
