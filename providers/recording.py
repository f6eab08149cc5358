"""Outcomes come in: counted in the database with the results that brought them, then in Redis, once each."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import redis
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clayops.base.wording import alike, whole_percent
from providers import windows
from providers.models import Arrival, EventKind, Provider, ProviderError, ProviderEvent, ProviderHour, State
from providers.names import folded, label_of
from providers.terms import Attempt, Outcome
from providers.windows import Change, Window

logger = logging.getLogger(__name__)

MOST_ERRORS = 200
"""Groups of errors that are kept apart for one provider."""
OTHER_ERRORS = "Other errors"
MOST_AT_ONCE = 500
MOST_NEW = 200
"""Names that results brought and nobody has accepted: a wrong output could bring a new one with each row."""


def record(
    attempts: Iterable[Attempt], now: datetime | None = None, settled: Mapping[str, int] | None = None
) -> None:
    """Both halves at once. With Redis away the second comes with `catch_up` (no error)."""
    if arrival := note(attempts, now, settled):
        remember(arrival, now)


def note(
    attempts: Iterable[Attempt], now: datetime | None = None, settled: Mapping[str, int] | None = None
) -> Arrival | None:
    """The half in the database: providers that are new, hours, errors, and what is still to be remembered.

    `settled` are the claims (see `Choice`) of a batch of which nothing more will come. Call it within the
    transaction of the results that brought them; None where they brought nothing.
    """
    now = now or timezone.now()
    named = [(name, each) for each in attempts if (name := folded(each.provider))]
    rows = rows_of({name: each.provider for name, each in named}) if named else {}
    priced = [_priced(each, rows[name]) for name, each in named if name in rows]
    if not priced and not settled:
        return None
    made = _by_provider(priced, rows)
    hour = hour_of(now)
    ProviderHour.objects.bulk_create(
        [ProviderHour(provider=row, hour=hour) for row in made], ignore_conflicts=True
    )
    for row, of_it in made.items():  # by name, as everybody does: two at once wait, and never for each other
        _count(row, hour, of_it)
        _note_errors(row, of_it, now)
    dumped = [each.dumped() for each in priced]
    return Arrival.objects.create(attempts=dumped, settled=dict(settled or {}), at=now)


def hour_of(at: datetime) -> datetime:
    """When that hour of `TIME_ZONE` began: not on the hour of UTC everywhere."""
    local = timezone.localtime(at)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return at - past


def remember(arrival: Arrival, now: datetime | None = None) -> list[Provider]:
    """The half in Redis, in one round trip; then the copies. Twice counts once.

    Returns the providers that came back into the waterfall. With Redis away it stays for `catch_up`.
    Raises ValueError for one that cannot be read.
    """
    now = now or timezone.now()
    attempts = list(map(Attempt.loaded, arrival.attempts))
    rows = rows_of({folded(each.provider): each.provider for each in attempts})
    rows |= {row.name: row for row in Provider.objects.filter(name__in=arrival.settled)}
    made = _by_provider(attempts, dict(sorted(rows.items())))
    try:
        found = windows.record(made, now, str(arrival.mark), arrival.settled) or _lost(list(made))
    except redis.RedisError as error:
        logger.warning("Outcomes are in the providers' hours only, for now: Redis is away (%s)", error)
        return []
    with transaction.atomic():  # where a copy is kept, it comes to Redis by that copy only
        Arrival.objects.filter(pk=arrival.pk).delete()
        for row, window in zip(made, found, strict=True):
            keep(row, window, now)
    return [row for row, window in zip(made, found, strict=True) if _came_back(window)]


def catch_up(older_than: timedelta = timedelta(0), now: datetime | None = None) -> list[Provider]:
    """Remember what a crash, or a Redis that was away, left, in order of arrival. Returns who came back."""
    now = now or timezone.now()
    left = Arrival.objects.filter(at__lte=now - older_than)
    return [row for arrival in left[:MOST_AT_ONCE] for row in _remember_if_readable(arrival, now)]


def _remember_if_readable(arrival: Arrival, now: datetime) -> list[Provider]:
    """One that cannot be read keeps no other waiting: it stands in the process's log, and in the hours."""
    try:
        return remember(arrival, now)
    except ValueError:
        logger.exception("Outcomes of %s cannot be read, and are dropped: %r", arrival.at, arrival.attempts)
        arrival.delete()
        return []


def _lost(rows: Sequence[Provider]) -> list[Window]:
    """The windows of outcomes that are in Redis already: whoever put them there died before it kept the
    copies, and told nobody of a change of state."""
    found = windows.read(rows)
    for row in rows:
        row.refresh_from_db()
    return [
        window
        if row.state == window.state
        else replace(
            window,
            changes=(Change(State(row.state), window.state, len(window.entries), window.errors),),
        )
        for row, window in zip(rows, found, strict=True)
    ]


def rows_of(spelled: Mapping[str, str], *, is_new: bool = True) -> dict[str, Provider]:
    """The providers of these folded names, by them and in their order; made where there is none.

    A new one is missing where `MOST_NEW` wait already for a person to accept them.
    """
    names = sorted(name for name in spelled if name)
    found = {row.name: row for row in Provider.objects.filter(name__in=names)}
    missing = [name for name in names if name not in found]
    if missing and is_new:
        room = max(0, MOST_NEW - Provider.objects.filter(is_new=True).count())
        if over := missing[room:]:
            logger.warning("%d names in results are not counted: %d are new already", len(over), MOST_NEW)
        missing = missing[:room]
    if missing:
        unmet = [Provider(name=name, label=label_of(spelled[name]), is_new=is_new) for name in missing]
        Provider.objects.bulk_create(unmet, ignore_conflicts=True)
        found |= {row.name: row for row in Provider.objects.filter(name__in=missing)}
    return {name: found[name] for name in names if name in found}


def keep(row: Provider, window: Window, now: datetime) -> None:
    """Keep a copy of the window, unless a newer one is there, and each change of state."""
    Provider.objects.filter(pk=row.pk, version__lt=window.version).update(
        window=" ".join(map(str, window.entries)),
        state=window.state,
        since=window.since,
        emptied_at=window.emptied_at,
        cool_down=window.cool_down,
        next_probe_at=window.next_probe_at,
        claim=window.claim,
        cooled_at=window.cooled_at,
        left_requests=window.left_with[0],
        left_errors=window.left_with[1],
        streak=window.streak,
        version=window.version,
    )
    for change in window.changes:
        ProviderEvent.objects.create(
            provider=row, kind=EventKind.STATE, old=change.old, new=change.new, reason=_why(change), at=now
        )


def _by_provider(attempts: Iterable[Attempt], rows: Mapping[str, Provider]) -> dict[Provider, list[Attempt]]:
    sorted_out = defaultdict(list)
    for each in attempts:
        sorted_out[folded(each.provider)].append(each)
    return {row: sorted_out[name] for name, row in rows.items()}


def _priced(attempt: Attempt, row: Provider) -> Attempt:
    """With what it costs by the provider's usual price, where nobody told; misses are taken to be free."""
    if attempt.credits is not None or row.credits is None:
        return attempt
    return replace(attempt, credits=row.credits if attempt.outcome == Outcome.SUCCESS else Decimal(0))


def _count(row: Provider, hour: datetime, attempts: Sequence[Attempt]) -> None:
    outcomes = [each.outcome for each in attempts]
    hits = [each for each in attempts if each.outcome == Outcome.SUCCESS]
    took = [each.latency_ms for each in attempts if each.latency_ms is not None]
    ProviderHour.objects.filter(provider=row, hour=hour).update(
        success=F("success") + len(hits),
        empty=F("empty") + outcomes.count(Outcome.EMPTY),
        error=F("error") + outcomes.count(Outcome.ERROR),
        credits=F("credits") + sum((each.credits or Decimal(0) for each in attempts), Decimal(0)),
        priced=F("priced") + sum(each.credits is not None for each in hits),
        timed=F("timed") + len(took),
        latency_ms=F("latency_ms") + sum(took),
    )


def _note_errors(row: Provider, attempts: Sequence[Attempt], now: datetime) -> None:
    groups = defaultdict(list)
    for each in attempts:
        if each.outcome == Outcome.ERROR:
            groups[alike(each.error)].append(each.error)
    if not groups:
        return
    known = set(row.errors.values_list("group", flat=True))
    for group in sorted(groups):
        room = group in known or len(known) < MOST_ERRORS
        ProviderError.add(row, group if room else OTHER_ERRORS, groups[group], now)
        known.add(group)


def _came_back(window: Window) -> bool:
    return any(change.old in _OUT and change.new not in _OUT for change in window.changes)


_OUT = {State.EXCLUDED, State.PROBING}


def _why(change: Change) -> str:
    match change.old, change.new:
        case State.PROBING, State.UNKNOWN:
            return f"{windows.GOOD_PROBES} good outcomes in a row"
        case State.PROBING, State.EXCLUDED:
            return "A probe failed"
        case _, State.PROBING:
            return "Its cool-down is over: a batch tries it"
        case _:
            return rate_in_words(change.requests, change.errors)


def rate_in_words(requests: int, errors: int) -> str:
    """ "38 % of its last 100 requests were good"; empty where there were none."""
    if not requests:
        return ""
    return f"{whole_percent((requests - errors) / requests)} of its last {requests} requests were good"
