"""Writing down whom to tell of which alert."""

from collections.abc import Sequence
from datetime import datetime

from jobs.models import AlertRecord, Notice, NotificationRule
from jobs.models.notice import NoticeQuerySet, What


def note(
    raised: Sequence[AlertRecord],
    resolved: Sequence[AlertRecord],
    now: datetime,
    worse: Sequence[AlertRecord] = (),
) -> None:
    """Called in the transaction in which the alerts are recorded; what is noted already stays once.

    What got worse is told again, unless it is still to be told for the first time.
    """
    if not raised and not worse and not resolved:
        return
    rules = list(NotificationRule.objects.filter(on=True))
    news = [*raised, *worse]
    wanted = [(rule, record, What.RAISED) for rule in rules for record in news if rule.wants(record)]
    wanted += _endings(rules, resolved)
    noted = _noted([record.pk for record in [*raised, *resolved]])
    noted |= _noted([record.pk for record in worse], Notice.objects.waiting())
    Notice.objects.bulk_create(
        Notice(rule=rule, record=record, what=what, at=now, next_try_at=now)
        for rule, record, what in wanted
        if (rule.pk, record.pk, what) not in noted
    )


def _endings(
    rules: list[NotificationRule], resolved: Sequence[AlertRecord]
) -> list[tuple[NotificationRule, AlertRecord, What]]:
    """For whom was to be told that it came: whether they were is known only when the message goes."""
    begun = _noted([record.pk for record in resolved])
    return [
        (rule, record, What.RESOLVED)
        for rule in rules
        for record in resolved
        if rule.also_resolved and (rule.pk, record.pk, What.RAISED) in begun
    ]


def _noted(records: Sequence[int], among: NoticeQuerySet | None = None) -> set[tuple[int, int, str]]:
    found = (Notice.objects.all() if among is None else among).filter(record__in=records)
    return set(found.values_list("rule", "record", "what"))
