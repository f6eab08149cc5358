"""The daily limits that people set, each change on record; who asked for more; when to warn."""

from datetime import date

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Max, Q
from django.utils import timezone

WARN_AT = 80
"""Percent of the limit at which a warning shows until a person sets other ones."""


class LimitChangeQuerySet(models.QuerySet["LimitChange"]):
    def valid_on(self, day: date) -> "LimitChangeQuerySet":
        """Standing ones, and those for this day only."""
        return self.filter(Q(day=None) | Q(day=day))

    def newest_of_each(self) -> "LimitChangeQuerySet":
        """The newest of each scope: the one in force."""
        newest = self.order_by().values("scope").annotate(newest=Max("pk")).values("newest")
        return LimitChange.objects.filter(pk__in=newest)


class LimitChange(models.Model):
    """Who changed which limit, when, from what to what, and why.

    In force on a day is the newest of the scope that is a standing one or for that day only.
    """

    scope = models.CharField(max_length=100, blank=True)
    """Empty for the workspace, or a name such as `destination:7`."""
    old = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    """The one in force before; None where there was no limit."""
    new = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    """None for no limit any more (never so for the workspace)."""
    day = models.DateField(null=True)
    """The one day it is for ("until midnight"); None for a standing limit."""
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="limit_changes"
    )
    """None where it was changed from the shell."""
    at = models.DateTimeField(default=timezone.now)
    note = models.CharField(max_length=500, blank=True)

    objects = LimitChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["scope", "-id"])]
        permissions = [("change_limit", "May change the credit limits, and grant what others ask for")]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


class LimitRequest(models.Model):
    """Somebody who may not change a limit asks for more; who may grants or declines it."""

    class State(models.TextChoices):
        OPEN = "open"
        GRANTED = "granted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    scope = models.CharField(max_length=100, blank=True)
    credits = models.DecimalField(max_digits=12, decimal_places=2)
    """How many more than the limit in force, for the day on which it is granted."""
    why = models.CharField(max_length=500)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="limit_requests"
    )
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    """What whoever decided wrote to it."""
    change = models.ForeignKey(LimitChange, models.SET_NULL, null=True, related_name="requests")
    """The change of the limit that granted it."""

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "-id"])]

    def __str__(self) -> str:
        return f"{self.credits} more: {self.state}"


class WarnLevel(models.Model):
    """A share of the workspace's limit at which pages warn. It stops nothing."""

    percent = models.PositiveSmallIntegerField(
        unique=True, validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["percent"]

    def __str__(self) -> str:
        return f"{self.percent} %"
