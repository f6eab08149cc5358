"""Alerts on record: once for a thing, resolved by themselves, put aside with a reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from jobs.alerting import recording
from jobs.alerting.alert import Alert
from jobs.models import AlertRecord, Hold, Notice, NotificationRule
from tests.support import a_destination
from tests.threads import at_once

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
STUCK = Alert("stuck", "bad", "Run stuck for 31 min", "3 rows", NOON - HOUR, about="7")
WARN = Alert("provider", "warn", "Hunter left", about="1")


def look(*found: Alert, at: datetime = NOON) -> recording.Changed:
    return recording.record(found, at)


def test_a_thing_alerts_once() -> None:
    assert [each.key for each in look(STUCK).raised] == ["stuck:7"]
    assert look(STUCK, at=NOON + HOUR).raised == []
    record = AlertRecord.objects.get()
    assert (record.since, record.resolved_at) == (NOON - HOUR, None)


def test_it_says_what_is_so_now() -> None:
    look(STUCK)
    look(replace(STUCK, text="Run stuck for 62 min", count=2))
    record = AlertRecord.objects.get()
    assert (record.text, record.count) == ("Run stuck for 62 min", 2)


def test_it_is_resolved_when_its_cause_is_gone() -> None:
    look(STUCK, WARN)
    changed = look(WARN, at=NOON + HOUR)
    assert [each.key for each in changed.resolved] == ["stuck:7"]
    record = AlertRecord.objects.get(key="stuck:7")
    assert (record.resolved_at, record.lasted) == (NOON + HOUR, 2 * HOUR)


def test_when_it_comes_back_it_is_another_one() -> None:
    look(WARN)
    look(at=NOON + HOUR)
    assert len(look(WARN, at=NOON + 2 * HOUR).raised) == 1
    assert [each.since for each in AlertRecord.objects.order_by("pk")] == [NOON, NOON + 2 * HOUR]


# -- put aside -----------------------------------------------------------------------------------------
def aside(*found: Alert, at: datetime = NOON) -> list[str]:
    return [each.key for each in recording.shown(found, at).aside]


def snoozed(alert: Alert) -> AlertRecord:
    look(alert)
    record = AlertRecord.objects.get()
    assert record.snooze(NOON + HOUR, User.objects.create_user("olga"), "I look after it")
    return record


def test_what_is_put_aside_is_not_shown_until_then() -> None:
    snoozed(WARN)
    assert aside(WARN) == ["provider:1"]
    assert recording.shown([WARN], NOON).now == []
    assert aside(WARN, at=NOON + HOUR) == []


def test_it_comes_back_earlier_when_it_gets_worse() -> None:
    snoozed(WARN)
    worse = replace(WARN, level="bad")
    assert aside(worse) == []
    look(worse)
    assert AlertRecord.objects.get().snoozed_until is None
    assert aside(worse) == []


def test_who_is_told_of_bad_ones_only_hears_of_one_that_got_worse() -> None:
    rule = NotificationRule.objects.create(name="Night shift", least="bad", target="")
    look(WARN)
    assert not Notice.objects.exists()
    look(replace(WARN, level="bad"), at=NOON + HOUR)
    look(replace(WARN, level="bad"), at=NOON + 2 * HOUR)
    assert [(each.rule, each.record.level) for each in Notice.objects.all()] == [(rule, "bad")]


MANY = Alert("stuck", "bad", "4 runs are stuck", about="of:1", count=4, weight=4)


def test_one_more_of_those_that_were_put_aside_brings_it_back() -> None:
    snoozed(MANY)
    assert aside(replace(MANY, count=3, weight=3)) == ["stuck:of:1"]
    more = replace(MANY, text="5 runs are stuck", count=5, weight=5)
    assert aside(more) == []
    assert [each.key for each in look(more).worse] == ["stuck:of:1"]
    assert AlertRecord.objects.get().snoozed_until is None
    assert look(MANY, more).worse == [], "that many it has been before"


def test_what_got_worse_is_told_again() -> None:
    NotificationRule.objects.create(name="Night shift", target="")
    look(MANY)
    look(replace(MANY, weight=5))
    assert Notice.objects.count() == 1, "it is still to be told that it came"
    Notice.objects.update(sent_at=NOON)
    look(replace(MANY, weight=6))
    look(replace(MANY, weight=6))
    assert Notice.objects.filter(what="raised", sent_at=None).count() == 1


def test_what_is_long_over_is_forgotten() -> None:
    look(STUCK, WARN)
    look(WARN, at=NOON + HOUR)
    AlertRecord.prune(NOON + timedelta(days=399))
    assert AlertRecord.objects.count() == 2
    AlertRecord.prune(NOON + timedelta(days=402))
    assert [each.key for each in AlertRecord.objects.all()] == ["provider:1"]


def test_another_thing_of_its_kind_is_shown() -> None:
    snoozed(WARN)
    assert [each.about for each in recording.shown([WARN, replace(WARN, about="2")], NOON).now] == ["2"]


def test_one_that_is_over_cannot_be_put_aside() -> None:
    look(WARN)
    record = AlertRecord.objects.get()
    look()
    assert not record.snooze(NOON + HOUR, None, "too late")


def test_since_when_is_said_also_where_the_source_does_not_know() -> None:
    look(WARN)
    assert recording.shown([WARN], NOON + HOUR).now[0].since == NOON


# -- more, and less -------------------------------------------------------------------------------------
def told(weight: int) -> bool:
    """Whether so many are news."""
    return bool(look(replace(WARN, count=weight, weight=weight)).worse)


def test_what_goes_up_and_down_a_little_is_told_once() -> None:
    look(WARN)
    assert [told(weight) for weight in (9, 7, 9, 6, 8)] == [True, False, False, False, False]


def test_after_it_was_half_as_much_more_is_news_again() -> None:
    look(WARN)
    assert [told(weight) for weight in (9, 4, 5, 0, 1)] == [True, False, True, False, True]


def test_put_aside_at_two_the_third_brings_it_back_though_it_was_ten_before() -> None:
    look(replace(WARN, weight=3))
    AlertRecord.objects.get().snooze(NOON + HOUR, None, "looked at", weight=2)
    look(replace(WARN, weight=2))
    assert aside(replace(WARN, weight=2)) == ["provider:1"]
    assert told(3)
    assert aside(replace(WARN, weight=3)) == []


# -- one by one, and together ------------------------------------------------------------------------------
ALONE = [replace(STUCK, about=str(pk), weight=1) for pk in (7, 8, 9)]
TOGETHER = replace(STUCK, about="of:1", weight=4, replaces=("stuck:7", "stuck:8", "stuck:9"))


def test_told_together_nothing_is_over_and_the_oldest_record_goes_on() -> None:
    NotificationRule.objects.create(name="Slack", target="x", service="Slack")
    first = look(*ALONE).raised[0]
    Notice.objects.update(sent_at=NOON)
    changed = look(TOGETHER, at=NOON + HOUR)
    assert (changed.raised, [each.pk for each in changed.worse], changed.resolved) == ([], [first.pk], [])
    assert AlertRecord.objects.open().get().key == "stuck:of:1"
    assert all(each.detail.endswith(recording.TOGETHER) for each in AlertRecord.objects.past())
    assert not Notice.objects.filter(what="resolved").exists()
    assert Notice.objects.waiting().count() == 1


def test_the_last_of_many_goes_on_as_it_was_and_stays_aside() -> None:
    look(TOGETHER)
    record = AlertRecord.objects.get()
    record.snooze(NOON + HOUR, None, "Clay knows", weight=4)
    last = replace(ALONE[0], replaces=("stuck:of:1",))
    changed = look(last)
    assert (changed.raised, changed.worse, changed.resolved) == ([], [], [])
    record.refresh_from_db()
    assert (record.key, record.weight) == ("stuck:7", 1)
    assert aside(last) == ["stuck:7"]


def test_one_that_is_still_told_alone_is_no_part_of_another() -> None:
    look(*ALONE)
    look(ALONE[0], TOGETHER)
    assert set(AlertRecord.objects.open().values_list("key", flat=True)) == {"stuck:7", "stuck:of:1"}


# -- two at once ------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_at_once_put_it_on_record_once() -> None:
    a_destination().put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    at_once(*[recording.sync] * 4)
    assert AlertRecord.objects.filter(kind="key_rejected").count() == 1
