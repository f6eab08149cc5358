"""What people did with dead letters: the history of each, what was done to many at once, and the rules."""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from jobs.models.states import BulkState, Charge, EventKind, ItemOutcome, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class LetterEvent(models.Model):
    """One line of a letter's history. None as `by`: nobody, or the shell, as the text says."""

    letter = models.ForeignKey("jobs.DeadLetter", models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=EventKind.choices)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.CharField(max_length=1000)
    note = models.CharField(max_length=2000, blank=True)
    """What the person said to it."""
    batch = models.ForeignKey("jobs.Batch", models.SET_NULL, null=True, blank=True, related_name="events")
    """The one that failed, or that carries its rows again."""
    charge = models.CharField(max_length=10, choices=Charge.choices, blank=True)
    """The letter's at that moment."""
    approval = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    """Of a retry: the sign-off that it rests on; none was needed where the charge was `no`."""
    bulk = models.ForeignKey("jobs.BulkAction", models.SET_NULL, null=True, blank=True, related_name="+")
    rows = models.JSONField(default=list)
    """Ids of the rows that it concerned."""
    changes = models.JSONField(default=list)
    """Of an edit: `[{"row": 17, "number": 3, "input": "email", "before": "a", "after": "b"}, …]`."""

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text


class BulkQuerySet(models.QuerySet["BulkAction"]):
    def shown(self) -> "BulkQuerySet":
        """Those that somebody confirmed."""
        return self.exclude(state=BulkState.ASKED)

    def under_way(self) -> "BulkQuerySet":
        return self.filter(state__in=[BulkState.RUNNING, BulkState.TRYING])


class BulkAction(models.Model):
    """One verb for a set of letters that was frozen when it was asked for. See `jobs.review.bulk.actions`."""

    NOTE_LENGTH = 2000

    verb = models.CharField(max_length=15, choices=Verb.choices)
    state = models.CharField(max_length=10, choices=BulkState.choices, default=BulkState.ASKED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    """None: from the shell."""
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    query = models.CharField(max_length=2000, blank=True)
    """The filter as it stood in the address; empty where letters were ticked."""
    words = models.CharField(max_length=500, blank=True)
    """The same in words."""
    one_first = models.BooleanField(default=False)
    """Send one row first, and the rest only if it comes home enriched."""
    first = models.ForeignKey("jobs.DeadLetter", models.SET_NULL, null=True, blank=True, related_name="+")
    """The letter with that row."""
    letters = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    credits = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    """What it costs at most; nothing for what sends nothing."""
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    stop_reason = models.CharField(max_length=1000, blank=True)

    objects = BulkQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state"], name="bulk_state")]

    def __str__(self) -> str:
        return f"{self.get_verb_display()}: {self.letters:,} letters"

    def get_absolute_url(self) -> str:
        return reverse("bulk", args=[self.pk])

    @property
    def sends(self) -> bool:
        """Whether rows go to Clay again."""
        return self.verb in {Verb.RETRY, Verb.APPROVE_RETRY}

    @property
    def is_under_way(self) -> bool:
        return self.state in {BulkState.RUNNING, BulkState.TRYING}

    @property
    def may_change(self) -> bool:
        """Whether its page may still show news: while it runs, and for an hour after, as rows come home."""
        if self.state == BulkState.ASKED:
            return False
        return self.is_under_way or (self.finished_at or self.created_at) > timezone.now() - timedelta(
            hours=1
        )

    def counts(self) -> dict[str, int]:
        """Letters by what became of them; the key "" counts those whose turn is to come."""
        found = self.items.order_by().values_list("outcome").annotate(n=Count("pk"))
        return {"": 0} | dict.fromkeys(ItemOutcome.values, 0) | dict(found)


class BulkItem(models.Model):
    """One letter of a bulk action."""

    bulk = models.ForeignKey(BulkAction, models.CASCADE, related_name="items")
    letter = models.ForeignKey("jobs.DeadLetter", models.CASCADE, related_name="+")
    version = models.PositiveIntegerField(default=1)
    """The letter's when the set was frozen."""
    rows = models.JSONField(default=list)
    """Ids of the rows that are meant, to be taken apart first; empty for all."""
    outcome = models.CharField(max_length=10, choices=ItemOutcome.choices, blank=True)
    """Empty while its turn is to come."""
    text = models.CharField(max_length=500, blank=True)
    """Why it was refused, or what came of it."""

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["bulk", "letter"], name="bulk_item_once")]
        indexes = [models.Index(fields=["bulk", "outcome", "id"], name="bulk_item_outcome")]

    def __str__(self) -> str:
        return f"{self.letter_id} of {self.bulk_id}"


class SavedView(models.Model):
    """A filter of the dead letters that somebody gave a name."""

    NAME_LENGTH = 60

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="letter_views")
    name = models.CharField(max_length=NAME_LENGTH)
    query = models.CharField(max_length=2000)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name


class ReviewPolicy(models.Model):
    """How dead letters are reviewed here; one row at most."""

    four_eyes = models.BooleanField(default=False)
    """Whoever retries must not be who approved."""
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return "four eyes" if self.four_eyes else "two eyes"

    @staticmethod
    def load() -> "ReviewPolicy":
        return ReviewPolicy.objects.filter(pk=1).first() or ReviewPolicy(pk=1)

    @staticmethod
    def set_four_eyes(wanted: bool, by: "User") -> bool:
        """False where it was so already."""
        if ReviewPolicy.load().four_eyes == wanted:
            return False
        changed = {"four_eyes": wanted, "changed_by": by, "changed_at": timezone.now()}
        ReviewPolicy.objects.update_or_create(pk=1, defaults=changed)
        return True
