"""What letters that failed alike have in common."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from clayops.base.wording import alike

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Cause(models.Model):
    """A message without its particulars, with Clay's HTTP status, at one destination. Letters are grouped
    by it; its note stays when its letters are gone, and is there when it comes again.
    """

    NOTE_LENGTH = 2000

    destination = models.ForeignKey("jobs.Destination", models.CASCADE, related_name="causes")
    text = models.CharField(max_length=300)
    http_status = models.PositiveSmallIntegerField(default=0)
    """What Clay answered; 0 where no answer came, or the failure was in a result."""
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)
    """What its owner knows of it."""
    note_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    noted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["destination", "text", "http_status"], name="cause_once")
        ]

    def __str__(self) -> str:
        return self.text

    @staticmethod
    def of(destination_id: int, message: str, http_status: int | None) -> "Cause":
        """The group that a letter with this message belongs to; made where it is the first."""
        status = http_status or 0
        text = alike(message, keep=str(status or ""))
        told: dict[str, Any] = {"destination_id": destination_id, "text": text, "http_status": status}
        return Cause.objects.get_or_create(**told)[0]

    def write_note(self, text: str, by: "User | None") -> bool:
        """Keep what somebody knows of it, instead of what was there; False where that was the same."""
        text = text.replace("\0", "").strip()[: self.NOTE_LENGTH]
        noted = {"note": text, "note_by": by, "noted_at": timezone.now()}
        changed = Cause.objects.filter(pk=self.pk).exclude(note=text).update(**noted)
        self.refresh_from_db()
        return bool(changed)
