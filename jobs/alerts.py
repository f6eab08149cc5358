"""What needs a person now, said on every page and in `status --json`."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from budget import breaker
from budget import credits as budget
from budget.models import Breaker, LimitRequest
from budget.terms import WORKSPACE, day_of, shown
from clayops import health
from jobs import scopes, stops
from jobs.models import ClayCircuit, Destination, Hold, Job, JobState, RowState, Submission, Trouble
from jobs.providing import used
from providers.health import Health
from providers.health import of as health_of
from providers.models import Provider
from providers.recording import percent

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

CHANGE_LIMIT = "budget.change_limit"
MOST_REQUESTS = MOST_STOPS = 5
MOST_NAMED = 3
TOP_UP = "Sending has stopped. Top up in Clay, then press Check again; at midnight it tries by itself."


@dataclass(frozen=True)
class Action:
    """A button that posts, or with `is_link` a link: what it says, and where it leads."""

    label: str
    url_name: str
    pk: int | None = None
    is_link: bool = False
    query: str = ""
    name: str = ""
    """What it is called where the label alone says too little: "Grant 500 to ana"."""
    permission: str = ""
    """Only for who has this permission."""
    unless: str = ""
    """Only for who has not."""

    @property
    def url(self) -> str:
        address = reverse(self.url_name, args=[] if self.pk is None else [self.pk])
        return f"{address}?{self.query}" if self.query else address

    def is_for(self, user: "User | AnonymousUser") -> bool:
        if self.unless and user.has_perm(self.unless):
            return False
        return not self.permission or user.has_perm(self.permission)


@dataclass(frozen=True)
class Alert:
    """One thing that is wrong. `text` says what, `detail` what is at stake and what to do."""

    kind: str
    level: str
    text: str
    detail: str = ""
    since: datetime | None = None
    actions: list[Action] = field(default_factory=list)
    permission: str = ""
    """Only for who has this permission; the shell sees all."""


def current() -> list[Alert]:
    """All alerts, the worst first."""
    budgets = [*_breaker(), *_breakers_of_destinations(), *_requests()]
    found = [*_workers(), *_runs(), *_holds(), *budgets, *_circuit(), *_intakes(), *_providers(), *_cells()]
    return sorted(found, key=lambda alert: alert.level != "bad")


def for_person(user: "User | AnonymousUser") -> list[Alert]:
    """Those that concern this person, with the buttons that are for them; the worst first."""
    mine = [alert for alert in current() if not alert.permission or user.has_perm(alert.permission)]
    return [
        replace(alert, actions=[action for action in alert.actions if action.is_for(user)]) for alert in mine
    ]


def _workers() -> Iterator[Alert]:
    state = health.workers()
    if not state.redis:
        yield Alert("redis", "bad", "Redis is away", "Nothing is sent until it is back; nothing is lost.")
        return
    for queue in state.missing:
        yield Alert(
            "worker",
            "bad",
            f"No worker is running for {queue}",
            f"Start one with: manage.py rqworker {queue}",
        )
    if not state.scheduler_alive:
        detail = "Stuck runs go unseen until it is back. Start it with: manage.py rqcron clayops.cron"
        yield Alert("scheduler", "bad", "The scheduler has stopped", detail)


_TROUBLE = {
    Trouble.STUCK: "Run stuck for {out}",
    Trouble.GONE: "Run gone: Clay does not know it any more",
    Trouble.ODD: "Run ended in a way we do not know",
}


def _runs() -> Iterator[Alert]:
    for run in Submission.objects.troubled().select_related("batch__job", "destination")[:20]:
        rows = len(run.row_ids)
        detail = (
            f"{rows} rows of {run.batch.job.name} at {run.destination}"
            f" · {run.credits.normalize():f} credits at stake"
            f" · Clay last said {run.run_finished} of {rows} done"
        )
        if run.trouble != Trouble.STUCK and run.message:
            detail += f" · {run.message}"
        yield Alert(
            run.trouble,
            "bad",
            _TROUBLE[Trouble(run.trouble)].format(out=_how_long(run)),
            detail,
            run.trouble_since,
            [
                Action("Check now", "run-check", run.pk),
                Action("Wait longer", "run-wait", run.pk),
                Action("Move to dead letters", "run-give-up", run.pk),
            ],
        )


def _how_long(run: Submission) -> str:
    if run.minutes_out:
        return f"{run.minutes_out} min"
    return f"{(timezone.now() - run.created_at).total_seconds():.0f} s"


def _holds() -> Iterator[Alert]:
    needing = (Hold.KEY_REJECTED, Hold.WEBHOOK_FULL, Hold.NO_PROVIDER)
    waiting = Count("jobs__rows", filter=Q(jobs__rows__state=RowState.WAITING))
    for destination in Destination.objects.filter(hold__in=needing).annotate(waiting=waiting):
        text = {
            Hold.KEY_REJECTED: f"Clay rejects the API key at {destination}",
            Hold.WEBHOOK_FULL: f"The webhook of {destination} is full",
            Hold.NO_PROVIDER: f"No provider is left for {destination}",
        }[Hold(destination.hold)]
        count: int = destination.waiting  # type: ignore[attr-defined]  # annotated
        detail = f"{count:,} rows wait · {destination.hold_reason}"
        again = Action("Check again", "hold-lift", destination.pk)
        yield Alert(destination.hold, "bad", text, detail, destination.hold_since, [again])


def _intakes() -> Iterator[Alert]:
    for job in Job.objects.filter(state=JobState.READY).exclude(ingest_error=""):
        detail = f"{job.ingest_error} · Tried again every minute; cancel the job to give it up"
        yield Alert("intake", "bad", f"The rows of {job.name} cannot be stored", detail, job.started_at)


def _breaker() -> Iterator[Alert]:
    day, stop = budget.today(), breaker.of()
    used = f"{shown(day.spent + day.reserved)} of {shown(day.limit)} are spent or reserved"
    again = Action("Check again", "breaker-close")
    if day.breaker == "open" and stop.kind == Breaker.Kind.CLAY:
        yield Alert("budget", "bad", day.reason, TOP_UP, day.since, [again])
    elif not day.limit:
        yield Alert("budget", "bad", "The daily limit is 0: all sending has stopped", "", day.since, _more())
    elif day.breaker == "open" and not stop.stops_all(day.limit):
        detail = f"{day.reason}. Raise the limit, or start its job again with smaller batches. Others go on."
        yield Alert("budget", "bad", "A batch fits into no day", detail, day.since, _more())
    elif day.breaker == "open":
        text, detail = "The credit breaker is open: sending has stopped", f"{day.reason}. {used}"
        yield Alert("budget", "bad", text, detail, day.since, [again, *_more()])
    elif not day.left:
        text = "Today's credits are used up"
        yield Alert("budget", "bad", text, f"{used}. Nothing new is sent today.", actions=_more())
    elif day.warned_at is not None:
        text = f"{day.warned_at} % of today's credits are used"
        only = "This only warns: sending stops at the limit."
        yield Alert("budget_warning", "warn", text, f"{used}. {only}", actions=_more())


def _more(scope: str = WORKSPACE) -> list[Action]:
    """The way to a higher limit: by oneself, or by asking."""
    query = urlencode({"scope": scope}) if scope else ""
    return [
        Action("Change the limit", "budget-limit", is_link=True, query=query, permission=CHANGE_LIMIT),
        Action("Ask for more", "budget-ask", is_link=True, query=query, unless=CHANGE_LIMIT),
    ]


def _breakers_of_destinations() -> Iterator[Alert]:
    """Destinations whose own limit is reached, or for which Clay has no credits."""
    stopped = [stop for scope, stop in stops.holding().items() if scope != WORKSPACE]
    names = scopes.named(stop.scope for stop in stopped[:MOST_STOPS])
    for stop in stopped[:MOST_STOPS]:
        whose = names[stop.scope]
        if stop.kind == Breaker.Kind.CLAY:
            again = [Action("Check again", "hold-lift", scopes.destination_of(stop.scope))]
            yield Alert("destination_budget", "bad", f"{whose}: {stop.reason}", TOP_UP, stop.since, again)
        else:
            detail = f"{stop.reason} · It goes on at midnight, or with a higher limit"
            text = f"The daily limit of {whose} is reached"
            yield Alert("destination_budget", "bad", text, detail, stop.since, _more(stop.scope))
    if (more := len(stopped) - MOST_STOPS) > 0:
        text = f"{more} more {'destination has' if more == 1 else 'destinations have'} reached their limit"
        every = Action("See all", "destinations", is_link=True)
        yield Alert("destination_budget", "bad", text, actions=[every])


def _requests() -> Iterator[Alert]:
    """Who asks for more credits, for those who may grant it."""
    waiting = LimitRequest.objects.filter(state=LimitRequest.State.OPEN)
    found = list(waiting.select_related("by").order_by("pk")[:MOST_REQUESTS])
    names = scopes.named({asked.scope for asked in found})
    for asked in found:
        who, credits = asked.by or "Somebody", shown(asked.credits)
        whose = f" for {names[asked.scope]}" if asked.scope else ""
        each = [
            Action(verb, f"budget-{verb.lower()}", asked.pk, name=f"{verb} {credits} to {who}")
            for verb in ("Grant", "Decline")
        ]
        today = " today" if day_of(asked.at) == day_of(timezone.now()) else ""
        text = f"{who} asks for {credits} more credits{today}{whose}"
        yield Alert("limit_request", "warn", text, asked.why, asked.at, each, CHANGE_LIMIT)
    if (more := waiting.count() - len(found)) > 0:
        every = Action("See all", "budget-ask", is_link=True)
        text = f"{more} more {'request' if more == 1 else 'requests'} for credits"
        yield Alert("limit_request", "warn", text, actions=[every], permission=CHANGE_LIMIT)


def _providers() -> Iterator[Alert]:
    """Who failed so often that new batches leave them out, of those that a waterfall uses."""
    failing = list(Provider.objects.left_out())
    if not failing:
        return
    uses = used.where_used()
    for each in health_of(failing):
        there = [use.destination.name for use in uses[each.name] if use.steers]
        if not each.is_left_out or not there:
            continue
        rate = (
            "" if each.success_rate is None else f": {percent(each.success_rate)} of its last {each.requests}"
        )
        text = f"{each.label} left the waterfall{rate}"
        detail = f"{', '.join(there[:MOST_NAMED])}{' …' * (len(there) > MOST_NAMED)} · {_next_probe(each)}"
        page = Action("See why", "provider", each.row.pk, is_link=True, name=f"Why {each.label} left")
        yield Alert("provider", "warn", text, detail, each.since, [page])


def _next_probe(found: Health) -> str:
    """When it is tried again; without a countdown, which would move at each refresh."""
    if found.next_probe_at is None or found.next_probe_at <= timezone.now():
        return "The next batch tries it again"
    return f"Tried again at {timezone.localtime(found.next_probe_at):%H:%M}"


def _cells() -> Iterator[Alert]:
    """Destinations whose table Clay does not show."""
    for destination in Destination.objects.open().filter(reads_cells=True).exclude(cells_error=""):
        page = Action("Set it right", "destination-outcomes", destination.pk, is_link=True)
        text = f"The cells of {destination} cannot be read"
        yield Alert("cells", "warn", text, destination.cells_error, actions=[page])


def _circuit() -> Iterator[Alert]:
    circuit = ClayCircuit.load()
    if circuit.open_since:
        detail = f"Sending waits; one batch tries again from time to time · {circuit.reason}"
        yield Alert(
            "clay_down",
            "bad",
            f"Clay does not answer properly at {settings.CLAY_API_URL}",
            detail,
            circuit.open_since,
        )
