"""What is due goes out in one message per rule and minute; twice at once sends once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone
from django_rq import get_queue

from jobs import notifying, tasks
from jobs.alerting import recording
from jobs.alerting.alert import Alert
from jobs.models import AlertRecord, Notice, NotificationRule
from jobs.notifying import sealing
from tests.clayops.clay.server import Server
from tests.jobs.notifying.conftest import NOW, Rule, an_alert, bodies, later, over, titles

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_alert_goes_to_the_rule_s_place(rule: NotificationRule, place: Server) -> None:
    an_alert("Redis is away", detail="Nothing is sent until it is back")
    assert notifying.send_due(NOW) == 1
    assert titles(place) == ["ClayOps: 1 alert"]
    assert "Redis is away · since" in bodies(place)[0]
    assert "Nothing is sent until it is back" in bodies(place)[0]
    assert "https://testserver/" in bodies(place)[0]


def test_from_what_is_wrong_to_the_message_and_its_end(rule: NotificationRule, place: Server) -> None:
    recording.record([Alert("disk", "bad", "The disk is nearly full")], NOW)
    notifying.send_due(NOW)
    recording.record([], later(minutes=3))
    notifying.send_due(later(minutes=3))
    assert titles(place) == ["ClayOps: 1 alert", "ClayOps: 1 alert resolved"]


def test_it_goes_once(rule: NotificationRule, place: Server) -> None:
    an_alert()
    assert [notifying.send_due(later(minutes=minutes)) for minutes in (0, 5, 600)] == [1, 0, 0]
    assert len(place.requests) == 1


def test_what_comes_together_is_one_message(rule: NotificationRule, place: Server) -> None:
    an_alert("A provider left the waterfall", level="warn")
    an_alert("The disk is nearly full")
    notifying.send_due(NOW)
    assert titles(place) == ["ClayOps: 2 alerts"]
    body = bodies(place)[0]
    assert body.index("The disk") < body.index("A provider")


def test_a_storm_is_one_message_a_minute(rule: NotificationRule, place: Server) -> None:
    for second in range(120):
        an_alert(f"Alert {second}")
        notifying.send_due(later(seconds=second))
    notifying.send_due(later(seconds=121))
    assert titles(place) == ["ClayOps: 1 alert", "ClayOps: 60 alerts", "ClayOps: 59 alerts"]
    assert "and 40 more" in bodies(place)[1]


def test_two_workers_send_once(rule: NotificationRule, place: Server) -> None:
    an_alert()

    def work() -> int:
        try:
            return notifying.send_due(NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as workers:
        assert sum(future.result() for future in [workers.submit(work) for _ in range(6)]) == 1
    assert len(place.requests) == 1


def test_each_rule_gets_its_own_message(a_rule: Rule, place: Server) -> None:
    a_rule("Sales")
    a_rule("Ops")
    an_alert()
    assert notifying.send_due(NOW) == 2


def test_a_rule_gets_only_the_kinds_and_the_severity_it_asks_for(a_rule: Rule, place: Server) -> None:
    a_rule(kinds=["disk", "provider"], least="bad")
    an_alert("Redis is away", kind="redis")
    an_alert("hunter left", kind="provider", level="warn")
    an_alert("The disk is nearly full", kind="disk")
    notifying.send_due(NOW)
    assert titles(place) == ["ClayOps: 1 alert"]
    assert "The disk" in bodies(place)[0]


def test_what_is_over_before_it_was_told_is_not_told(rule: NotificationRule, place: Server) -> None:
    over(an_alert("Redis is away"))
    assert notifying.send_due(NOW) == 0
    assert not Notice.objects.exists()
    an_alert("The disk is nearly full")  # and it has not used the minute up
    assert notifying.send_due(NOW) == 1


def test_the_end_of_what_was_told_is_told(rule: NotificationRule, place: Server) -> None:
    record = an_alert("Redis is away")
    notifying.send_due(NOW)
    over(record, later(minutes=7))
    an_alert("The disk is nearly full")
    notifying.send_due(later(minutes=8))
    assert titles(place)[1] == "ClayOps: 1 alert, 1 resolved"
    body = bodies(place)[1]
    assert body.index("The disk") < body.index("Resolved:") < body.index("Redis is away")


def test_who_does_not_want_ends_is_not_told_of_them(a_rule: Rule, place: Server) -> None:
    a_rule(also_resolved=False)
    record = an_alert()
    notifying.send_due(NOW)
    over(record)
    assert notifying.send_due(later(minutes=2)) == 0


def test_only_ends_are_good_news(rule: NotificationRule, place: Server) -> None:
    record = an_alert()
    notifying.send_due(NOW)
    over(record)
    notifying.send_due(later(minutes=2))
    assert (titles(place)[1], place.requests[1].json["type"]) == ("ClayOps: 1 alert resolved", "success")


def test_what_is_put_aside_waits_until_it_comes_back(rule: NotificationRule, place: Server) -> None:
    an_alert().snooze(later(hours=1), None, "known")
    assert notifying.send_due(later(minutes=30)) == 0
    assert notifying.send_due(later(minutes=61)) == 1


def test_what_is_noted_twice_goes_once(rule: NotificationRule, place: Server) -> None:
    record = an_alert()
    notifying.note([record], [], NOW)
    assert Notice.objects.count() == 1


def test_a_rule_that_is_off_gets_nothing_not_even_later(rule: NotificationRule, place: Server) -> None:
    an_alert("Before it was switched off")
    rule.switch(on=False)
    an_alert("While it is off")
    rule.switch(on=True)
    assert notifying.send_due(later(minutes=5)) == 0
    assert not rule.switch(on=True)


def test_the_tick_starts_a_worker_only_when_something_is_due(rule: NotificationRule) -> None:
    notifying.start_due()
    assert get_queue("work").count == 0
    NotificationRule.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    an_alert()
    notifying.start_due()
    notifying.start_due()
    assert [job.func for job in get_queue("work").jobs] == [tasks.notify]


def test_the_worker_s_task_sends(rule: NotificationRule, place: Server) -> None:
    an_alert()
    notifying.start_due()
    tasks.notify()
    assert len(place.requests) == 1


def test_the_address_is_sealed_and_another_key_opens_it_no_more(
    rule: NotificationRule, settings: LazySettings
) -> None:
    assert "json" not in rule.target
    assert sealing.unseal(rule.target).startswith("json://")
    settings.SECRET_KEY = "another"
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(rule.target)


def test_what_is_long_over_is_forgotten(rule: NotificationRule, place: Server) -> None:
    over(an_alert(), later(minutes=1))
    kept = an_alert()
    notifying.send_due(NOW)
    Notice.objects.create(rule=rule, record=AlertRecord.objects.earliest("pk"), what="raised", sent_at=NOW)
    notifying.send_due(later(days=31))
    assert [notice.record for notice in Notice.objects.all()] == [kept]
