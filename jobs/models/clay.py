"""What we know of Clay itself: whether it answers (the circuit), and its calls as they came."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F
from django.utils import timezone


class ClayCircuit(models.Model):
    """After five answers in a row that tell nothing, the lanes wait and probe. One row for the workspace."""

    THRESHOLD = 5
    COOL_DOWN = timedelta(seconds=10)
    LONGEST = timedelta(minutes=5)

    failures = models.PositiveIntegerField(default=0)
    """Failures in a row."""
    open_since = models.DateTimeField(null=True, blank=True)
    probe_at = models.DateTimeField(null=True, blank=True)
    cool_down = models.DurationField(default=COOL_DOWN)
    reason = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return "open" if self.open_since else "closed"

    @classmethod
    def load(cls) -> "ClayCircuit":
        return cls.objects.get_or_create(pk=1)[0]

    def may_send(self, now: datetime) -> bool:
        """Whether a batch may leave. While open, one caller per cool-down gets True: the probe."""
        if not self.open_since:
            return True
        later = now + self.cool_down
        return bool(ClayCircuit.objects.filter(pk=1, probe_at__lte=now).update(probe_at=later))

    @classmethod
    def success(cls) -> None:
        """Clay gave an answer that makes sense: the circuit is closed."""
        cls.objects.filter(pk=1).exclude(failures=0, open_since=None).update(
            failures=0, open_since=None, probe_at=None, cool_down=cls.COOL_DOWN, reason=""
        )

    @classmethod
    def failure(cls, reason: str) -> None:
        """One more in a row; the fifth opens the circuit, each failed probe doubles the cool-down."""
        now = timezone.now()
        circuit = cls.load()
        cls.objects.filter(pk=1).update(failures=F("failures") + 1, reason=reason[:500])
        if circuit.open_since:
            longer = min(circuit.cool_down * 2, cls.LONGEST)
            cls.objects.filter(pk=1).update(cool_down=longer, probe_at=now + longer)
        elif circuit.failures + 1 >= cls.THRESHOLD:
            cls.objects.filter(pk=1, open_since=None).update(open_since=now, probe_at=now + cls.COOL_DOWN)


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
