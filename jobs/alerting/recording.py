"""Alerts on record: raised once, changed while they last, resolved by themselves when their cause is gone."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from jobs import notifying
from jobs.alerting import for_person
from jobs.alerting.alert import Alert
from jobs.models import AlertRecord

logger = logging.getLogger(__name__)

WORSE = {"warn": 0, "bad": 1}
TOGETHER = " · Told of together with others from then on"


@dataclass
class Changed:
    """What one round of looking came to."""

    raised: list[AlertRecord] = field(default_factory=list)
    worse: list[AlertRecord] = field(default_factory=list)
    """They are worse than when they were raised, or told of last."""
    resolved: list[AlertRecord] = field(default_factory=list)


def sync(now: datetime | None = None) -> Changed:
    """Bring the record up to date with what is wrong just now. Asks no Redis: of Redis itself it tells, too.

    Harmless when repeated, and when two do it at once: the second starts over with its next round.
    """
    try:
        return record(for_person.current(), now or timezone.now())
    except IntegrityError:
        logger.info("Another process has just put the same alerts on record")
        return Changed()


def record(found: Iterable[Alert], now: datetime) -> Changed:
    """Write down what was found: new ones, what changed of the others, and which are over."""
    by_key = {alert.key: alert for alert in found}
    changed = Changed()
    with transaction.atomic():
        open_ones = {each.key: each for each in AlertRecord.objects.open().select_for_update()}
        _rename(open_ones, by_key, now)
        for key, alert in by_key.items():
            if key in open_ones:
                changed.worse += _follow(open_ones[key], alert, now)
            else:
                changed.raised.append(_raise(alert, now))
        changed.resolved = [each for key, each in open_ones.items() if key not in by_key]
        AlertRecord.objects.filter(pk__in=[each.pk for each in changed.resolved]).update(resolved_at=now)
        notifying.note(changed.raised, changed.resolved, now, changed.worse)
    return changed


def _rename(open_ones: dict[str, AlertRecord], by_key: Mapping[str, Alert], now: datetime) -> None:
    """What was told one by one and is told together now, or the other way round, is the same trouble still.

    The oldest record goes on under the new key; the others end without being over.
    """
    for key, alert in by_key.items():
        same = [each for each in alert.replaces if each in open_ones and each not in by_key]
        for old in same:
            known = open_ones.pop(old)
            if key in open_ones:
                AlertRecord.objects.filter(pk=known.pk).update(
                    resolved_at=now, detail=known.detail + TOGETHER
                )
            else:
                AlertRecord.objects.filter(pk=known.pk).update(key=key)
                known.key, open_ones[key] = key, known


def _raise(alert: Alert, now: datetime) -> AlertRecord:
    fields = _fields(alert)
    return AlertRecord.objects.create(key=alert.key, since=alert.since or now, seen_at=now, **fields)


def _fields(alert: Alert) -> dict[str, object]:
    return {
        "kind": alert.kind,
        "level": alert.level,
        "text": alert.text[:500],
        "detail": alert.detail,
        "permission": alert.permission,
        "count": alert.count,
        "weight": alert.weight,
    }


def _is_worse(known: AlertRecord, alert: Alert) -> bool:
    """A new one among those that one alert tells of is worse, too: nobody has put that one aside."""
    return WORSE[alert.level] > WORSE[known.level] or alert.weight > known.weight


def _follow(known: AlertRecord, alert: Alert, now: datetime) -> list[AlertRecord]:
    """What it says now. One that got worse is put aside no longer, and is the answer.

    What goes up and down a little is no news each time it comes up; from half of it on it is less for good.
    """
    new, is_worse = _fields(alert), _is_worse(known, alert)
    if known.weight / 2 < alert.weight < known.weight:
        new["weight"] = known.weight
    if is_worse:
        new |= {"snoozed_until": None, "snoozed_by": None, "snooze_reason": ""}
    changes = {name: value for name, value in new.items() if getattr(known, name) != value}
    if changes:
        AlertRecord.objects.filter(pk=known.pk).update(**changes, seen_at=now)
    if not is_worse:
        return []
    known.refresh_from_db()
    return [known]


# -- for pages --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shown:
    """What a page shows: those to look at now, and those that somebody put aside."""

    now: list[Alert]
    aside: list[AlertRecord]


def shown(found: Iterable[Alert], at: datetime) -> Shown:
    """Leave out what is put aside, and say since when the others are there."""
    records = {each.key: each for each in AlertRecord.objects.open()}
    visible, aside = [], []
    for alert in found:
        known = records.get(alert.key)
        if known and known.is_snoozed(at) and not _is_worse(known, alert):
            aside.append(known)
        else:
            since = alert.since or (known.since if known else None)
            visible.append(replace(alert, since=since, record=known.pk if known else None))
    return Shown(visible, aside)
