"""The work itself: lanes that are held, Clay that does not answer, what cannot be stored, dead letters."""

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Count, Q, Sum

from jobs.alerting.alert import Action, Alert
from jobs.models import (
    ClayCircuit,
    DeadLetter,
    Destination,
    Hold,
    Job,
    JobState,
    Kind,
    LetterState,
    Outcome,
    Row,
    Submission,
)

EVERY = 100
"""Dead letters that wait alert once, and again for so many more."""
WEBHOOK_LIFE = 50_000
"""Rows that a table's webhook takes in its life (Clay University, webhooks)."""
NEARING = 45_000


def alerts() -> Iterator[Alert]:
    yield from _holds()
    yield from _circuit()
    yield from _intakes()
    yield from _letters()
    yield from _webhooks()


def _holds() -> Iterator[Alert]:
    needing = (Hold.KEY_REJECTED, Hold.WEBHOOK_FULL, Hold.NO_PROVIDER)
    for destination in Destination.objects.filter(hold__in=needing):
        text = {
            Hold.KEY_REJECTED: f"Clay rejects the API key at {destination}",
            Hold.WEBHOOK_FULL: f"The webhook of {destination} is full",
            Hold.NO_PROVIDER: f"No provider is left for {destination}",
        }[Hold(destination.hold)]
        detail = f"{_waiting(destination):,} rows wait · {destination.hold_reason}"
        again = [Action("Check again", "hold-lift", destination.pk)]
        about = str(destination.pk)
        yield Alert(destination.hold, "bad", text, detail, destination.hold_since, again, about=about)


def _waiting(destination: Destination) -> int:
    """Rows of jobs under way that wait for it, by their batches: rows themselves may be a million."""
    open_jobs = Job.objects.shown().unfinished().filter(destination=destination)
    return Row.objects.filter(job__in=open_jobs, state="waiting").count()


def _circuit() -> Iterator[Alert]:
    if circuit := ClayCircuit.objects.exclude(open_since=None).first():
        text = f"Clay does not answer properly at {settings.CLAY_API_URL}"
        detail = f"Sending waits; one batch tries again from time to time · {circuit.reason}"
        yield Alert("clay_down", "bad", text, detail, circuit.open_since)


def _intakes() -> Iterator[Alert]:
    for job in Job.objects.filter(state=JobState.READY).exclude(ingest_error=""):
        detail = f"{job.ingest_error} · Tried again every minute; cancel the job to give it up"
        text = f"The rows of {job.name} cannot be stored"
        yield Alert("intake", "bad", text, detail, job.started_at, about=str(job.pk))


def _letters() -> Iterator[Alert]:
    """First when one waits, and again for every hundred."""
    waiting = DeadLetter.objects.shown().waiting().order_by()
    counted = waiting.aggregate(
        letters=Count("pk"),
        paid=Count("pk", filter=~Q(charge="no")),
        approved=Count("pk", filter=Q(state=LetterState.APPROVED)),
    )
    if not (letters := counted["letters"]):
        return
    text = f"{letters:,} dead {'letter waits' if letters == 1 else 'letters wait'} for you"
    detail = f"{counted['paid']:,} of them may have been charged" if counted["paid"] else "None was charged"
    see = [Action("See them", "deadletters", is_link=True)]
    if approved := counted["approved"]:
        detail += f" · {approved:,} approved, to be retried"
        see.append(Action("See the approved", "deadletters", is_link=True, query="state=approved"))
    yield Alert("dead_letters", "warn", text, detail, actions=see, count=letters, weight=letters // EVERY)


def _webhooks() -> Iterator[Alert]:
    """Table webhooks that have little left of the rows they take in their life."""
    for destination in Destination.objects.open().filter(kind=Kind.WEBHOOK):
        if (used := _taken(destination)) < NEARING:
            continue
        level = "bad" if used >= WEBHOOK_LIFE else "warn"
        text = f"The webhook of {destination} has taken {used:,} of {WEBHOOK_LIFE:,} rows"
        detail = (
            "Then it takes no more. Make a new webhook in Clay, and put its address into the destination."
        )
        edit = [Action("Edit", "destination-edit", destination.pk, is_link=True)]
        yield Alert("webhook_life", level, text, detail, actions=edit, about=str(destination.pk), count=used)


def _taken(destination: Destination) -> int:
    """Rows that its present address has taken, by the batches in which they went."""
    sent = Submission.objects.filter(destination=destination, outcome=Outcome.ACCEPTED)
    sent = sent.filter(created_at__gte=destination.routine_since)
    return sent.aggregate(rows=Sum("batch__size"))["rows"] or 0
