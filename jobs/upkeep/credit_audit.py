"""The ledger of credits against the submissions: what was sent is paid for, and nothing else is."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from budget.models import OPEN, Basis, Entry, EntryState
from budget.terms import shown
from jobs.models import Outcome, RunState, Submission

A_MOMENT = timedelta(minutes=3)
"""The tick tries several times to put right what a crash left half done."""
SHOWN = 20


def findings() -> Iterator[str]:
    """What does not agree, one line each; nothing, when all is well."""
    line = Entry.objects.filter(holder=OuterRef("holder"))
    kept = Submission.objects.filter(batch__job__deleted_at=None)
    old = kept.filter(Q(closed_at=None) | Q(closed_at__lt=timezone.now() - A_MOMENT))
    sent, over = kept.exclude(outcome=Outcome.REFUSED), old.filter(_over())
    yield from _named(
        sent.exclude(Exists(line.filter(state__in=[EntryState.RESERVED, EntryState.SETTLED]))),
        "was sent, but no credits are reserved or spent for it",
    )
    yield from _named(
        old.filter(Exists(line.exclude(state=EntryState.RELEASED)), outcome=Outcome.REFUSED),
        "was refused, but its credits were not given back",
    )
    yield from _named(
        over.filter(Exists(line.filter(state__in=OPEN))), "is over, but its credits are still reserved"
    )
    yield from _amounts(over)
    yield from _orphans()


def _over() -> Q:
    """Nothing more will be known of them by itself."""
    return Q(outcome=Outcome.UNKNOWN) | Q(run_state__in=[RunState.FINISHED, RunState.GIVEN_UP])


def _amounts(over: QuerySet[Submission]) -> Iterator[str]:
    """What results told must be what the ledger says, unless a person decided otherwise."""
    known = Entry.objects.filter(holder=OuterRef("holder"), state=EntryState.SETTLED)
    known = known.exclude(basis__in=[Basis.UNKNOWN, Basis.DECIDED])
    told = over.filter(run_state=RunState.FINISHED).annotate(
        booked=Subquery(known.values("spent")[:1]), cost=Coalesce("spent", "credits")
    )
    wrong = told.filter(booked__isnull=False).exclude(booked=F("cost"))
    for pk, cost, booked in wrong.values_list("pk", "cost", "booked")[:SHOWN]:
        yield f"submission {pk} cost {shown(cost)} credits, the ledger says {shown(booked)}"


def _orphans() -> Iterator[str]:
    """Credits that are set aside for nothing."""
    submission = Submission.objects.filter(holder=OuterRef("holder"))
    aside = Entry.objects.filter(holder__startswith="batch:", state__in=OPEN)
    aside = aside.filter(~Exists(submission), reserved_at__lt=timezone.now() - A_MOMENT)
    for entry in aside[:SHOWN]:
        what = entry.label or entry.holder
        yield f"{shown(entry.credits)} credits are reserved for {what}, which was never sent"


def _named(found: QuerySet[Submission], what: str) -> Iterator[str]:
    for submission in found.select_related("batch")[:SHOWN]:
        yield f"submission {submission.pk} ({submission.batch}) {what}"
