"""Who is told of alerts, and each alert that somebody is, or was, to be told of."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from jobs.models.alert import AlertRecord

MOST_TRIES = 8


class Least(models.TextChoices):
    """From which severity on."""

    WARN = "warn"
    BAD = "bad"


class What(models.TextChoices):
    """What of an alert is told."""

    RAISED = "raised"
    RESOLVED = "resolved"


class NotificationRule(models.Model):
    """Which alerts go where. The address is kept sealed (`jobs.notifying.sealing`) and shown by no page."""

    name = models.CharField(max_length=100)
    target = models.TextField()
    """An apprise URL, sealed."""
    service = models.CharField(max_length=60)
    """Slack, E-mail … in words."""
    hint = models.CharField(max_length=120, blank=True)
    """So much of the address that people tell it from others: "…xY3z"."""
    kinds = models.JSONField(default=list, blank=True)
    """Kinds of alerts; empty for all, those that come later included."""
    least = models.CharField(max_length=10, choices=Least.choices, default=Least.WARN)
    also_resolved = models.BooleanField(default=True)
    on = models.BooleanField(default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(default=timezone.now)
    """The gate that keeps storms off: whoever moves it forward may send one message."""
    last_sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    """Why the last message was not taken; empty where it was."""
    last_error_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def wants(self, record: AlertRecord) -> bool:
        severe = self.least == Least.WARN or record.level == Least.BAD
        return severe and (not self.kinds or record.kind in self.kinds)

    def took(self, now: datetime) -> None:
        """A message has arrived: what else waits for the place need not wait any longer."""
        mine = NotificationRule.objects.filter(pk=self.pk)
        mine.update(last_sent_at=now, last_error="", last_error_at=None)
        Notice.objects.waiting().filter(rule=self.pk, next_try_at__gt=now).update(next_try_at=now)

    def refused(self, why: str, now: datetime) -> None:
        """A message has not arrived, as far as we know."""
        mine = NotificationRule.objects.filter(pk=self.pk)
        mine.update(last_error=why[:300], last_error_at=now)

    def switch(self, *, on: bool) -> bool:
        """False where it was so already. What waits when it is switched off is never sent."""
        if not on:
            Notice.objects.waiting().filter(rule=self.pk).delete()
        return bool(NotificationRule.objects.filter(pk=self.pk, on=not on).update(on=on))

    def try_again(self, now: datetime) -> None:
        """Another address: whatever the old one did not take gets all its tries anew, if it is still so."""
        lost = Notice.objects.filter(rule=self.pk, sent_at=None).exclude(record__resolved_at__isnull=False)
        lost.update(tries=0, given_up=False, next_try_at=now)
        mine = NotificationRule.objects.filter(pk=self.pk)
        mine.update(last_error="", last_error_at=None)


class NoticeQuerySet(models.QuerySet["Notice"]):
    def waiting(self) -> "NoticeQuerySet":
        """Those that are still to be sent."""
        return self.filter(sent_at=None, given_up=False, tries__lt=MOST_TRIES)

    def due(self, now: datetime) -> "NoticeQuerySet":
        """Those that may go now. News of an alert that somebody put aside waits until it comes back."""
        aside = Q(what=What.RAISED, record__snoozed_until__gt=now)
        open_gate = Q(rule__on=True, rule__next_at__lte=now)
        return self.waiting().filter(open_gate, next_try_at__lte=now).exclude(aside)

    def needless(self) -> "NoticeQuerySet":
        """Of alerts that were over before anybody was told."""
        told = Notice.objects.filter(rule=OuterRef("rule"), record=OuterRef("record"), sent_at__isnull=False)
        over = Q(what=What.RAISED, record__resolved_at__isnull=False)
        untold = Q(what=What.RESOLVED) & ~Exists(told.filter(what=What.RAISED))
        return self.waiting().filter(over | untold)


class Notice(models.Model):
    """One alert, for one rule: that it has come, or that it is over."""

    rule = models.ForeignKey(NotificationRule, models.CASCADE, related_name="notices")
    record = models.ForeignKey(AlertRecord, models.CASCADE, related_name="notices")
    what = models.CharField(max_length=10, choices=What.choices)
    at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up = models.BooleanField(default=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["next_try_at"], name="notice_waiting", condition=Q(sent_at=None, given_up=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.record}"

    @staticmethod
    def prune(now: datetime, keep: timedelta) -> None:
        """Forget what was sent, or given up, of alerts that are long over."""
        Notice.objects.filter(record__resolved_at__lt=now - keep).delete()

    @staticmethod
    def count_a_try(notices: Iterable["Notice"], now: datetime, waits: list[timedelta]) -> None:
        """Before the bytes leave: a process that dies meanwhile has used the try up."""
        for notice in notices:
            notice.next_try_at = now + waits[min(notice.tries, len(waits) - 1)]
            notice.tries += 1
        Notice.objects.bulk_update(notices, ["tries", "next_try_at"])
