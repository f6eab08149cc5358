"""Sending what is due: one message per rule and minute, all of it together, tried again for a day."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from redis import RedisError

from clayops.base import queues, redis
from jobs.models import Notice, NotificationRule
from jobs.models.notice import MOST_TRIES
from jobs.notifying import message, sealing, target
from jobs.notifying.delivering import SECONDS, Failed, deliver, room_of

logger = logging.getLogger(__name__)

PACE = timedelta(minutes=1)
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720)]
"""Before the second, the third … try; the eighth is the last."""
KEEP = timedelta(days=30)
QUEUED, QUEUED_SECONDS = "clayops:notify:queued", 60
SLICE_SECONDS = 300
"""After so long no more messages are begun: the next tick starts another worker's job."""
TEST_SECONDS = 20
"""Somebody waits for what comes of it."""
TYPE_AGAIN = "It was kept with another SECRET_KEY and cannot be read any more: type the address again."


def start_due() -> None:
    """Have a worker send what is due. While its turn has not come, once a minute at most."""
    if not Notice.objects.due(timezone.now()).exists():
        return
    if redis.client().set(QUEUED, "1", nx=True, ex=QUEUED_SECONDS):
        queues.soon("work", "jobs.tasks.notify")


def send_due(now: datetime | None = None, slice_seconds: float = SLICE_SECONDS) -> int:
    """Send a message for each rule that has something due; how many were taken. Two at once send once."""
    with suppress(RedisError):  # of that, too, somebody may want to be told
        redis.quick().delete(QUEUED)
    until, sent = time.monotonic() + slice_seconds, 0
    rules = Notice.objects.due(now or timezone.now()).order_by().values_list("rule", flat=True).distinct()
    for pk in list(rules):
        if time.monotonic() < until:
            sent += _send(pk, now or timezone.now())
    Notice.prune(now or timezone.now(), KEEP)
    return sent


def try_out(rule: NotificationRule, by: str) -> str:
    """Send a test message at once; what came of it, empty where it was taken."""
    return _hand_over(rule, lambda _: message.test(rule, by), timezone.now(), TEST_SECONDS)


def _send(pk: int, now: datetime) -> bool:
    notices = _claim(pk, now)
    if not notices:
        return False
    rule, mine = notices[0].rule, Notice.objects.filter(pk__in=[notice.pk for notice in notices])
    if not _hand_over(rule, lambda room: message.of(notices, room), now):
        mine.update(sent_at=now)
        return True
    if lost := mine.filter(tries__gte=MOST_TRIES).update(given_up=True):
        logger.warning("Notifications to %s: %d given up after %d tries", rule, lost, MOST_TRIES)
    return False


def _claim(pk: int, now: datetime) -> list[Notice]:
    """What is due for the rule, for whoever moves its gate; the try is counted before anything leaves."""
    with transaction.atomic():
        gate = NotificationRule.objects.select_for_update().filter(pk=pk, on=True, next_at__lte=now)
        if not gate.exists():
            return []
        Notice.objects.needless().filter(rule=pk).delete()
        notices = list(Notice.objects.due(now).filter(rule=pk).select_related("rule", "record"))
        if not notices or not NotificationRule.objects.filter(pk=pk, next_at__lte=now).update(
            next_at=now + PACE
        ):
            return []
        Notice.count_a_try(notices, now, WAITS)
        return notices


def _hand_over(
    rule: NotificationRule,
    compose: Callable[[int], message.Message],
    now: datetime,
    seconds: float = SECONDS,
) -> str:
    """Deliver, and keep at the rule what came of it; why it was not taken, or empty."""
    try:
        url = sealing.unseal(rule.target)
        deliver(url, compose(room_of(url)), seconds)
    except sealing.Unreadable:
        why = TYPE_AGAIN
    except (Failed, target.Refused) as problem:
        why = str(problem)
    except Exception:  # one place must not keep the others from being told
        logger.exception("The message to %s could not be made or sent", rule)
        why = "Something unexpected went wrong; the log of the worker says what."
    else:
        rule.took(now)
        return ""
    rule.refused(why, now)
    return why
