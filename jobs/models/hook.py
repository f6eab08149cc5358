"""Clay's run-finished calls as they came, for whoever sets them up."""

from datetime import datetime

from django.db import models
from django.db.models import F
from django.utils import timezone


class Heard(models.TextChoices):
    """What a call came to."""

    TEST = "test"
    KNOWN = "known", "known run"
    UNKNOWN = "unknown", "unknown run"
    REPEATED = "repeated"
    REFUSED = "refused"


class HookDelivery(models.Model):
    """One call; those refused share one line an hour, so that a stranger cannot fill the database."""

    KEPT = 200

    what = models.CharField(max_length=10, choices=Heard.choices)
    run_id = models.CharField(max_length=64, blank=True)
    """As the call named it; empty in tests, and where the call was refused."""
    at = models.DateTimeField(default=timezone.now)
    """When it came; the last of them where it stands for several."""
    count = models.PositiveIntegerField(default=1)
    hour = models.DateTimeField(null=True, unique=True)
    """The hour whose refused calls these are; null for all others."""

    class Meta:
        verbose_name_plural = "hook deliveries"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.what} {self.run_id}".rstrip()

    @classmethod
    def note(cls, what: Heard, run_id: str = "") -> None:
        """Write a genuine call down, and forget all but the last 200."""
        cls._prune(cls.objects.create(what=what, run_id=run_id))

    @classmethod
    def note_refused(cls, now: datetime) -> None:
        """Count a call that was refused: one more in this hour's line."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        this_hour = cls.objects.filter(hour=hour)
        if this_hour.update(count=F("count") + 1, at=now):
            return
        line, is_new = cls.objects.get_or_create(hour=hour, defaults={"what": Heard.REFUSED, "at": now})
        if is_new:
            cls._prune(line)
        else:  # somebody else's was the hour's first
            this_hour.update(count=F("count") + 1, at=now)

    @classmethod
    def _prune(cls, newest: "HookDelivery") -> None:
        older = cls.objects.filter(pk__lte=newest.pk).order_by("-pk").values_list("pk", flat=True)
        if last := list(older[cls.KEPT : cls.KEPT + 1]):
            cls.objects.filter(pk__lte=last[0]).delete()
