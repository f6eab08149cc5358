"""The Clay circuit: after five answers in a row that tell nothing, the lanes wait and probe."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F
from django.utils import timezone


class ClayCircuit(models.Model):
    """One row for the whole workspace."""

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
