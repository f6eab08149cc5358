"""A bulk action ends before its time: somebody pressed Stop, or its first row did not come home."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from jobs.models import BulkAction, BulkItem, BulkState, ItemOutcome

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def stop(bulk: BulkAction, by: "User | None") -> bool:
    """Leave the letters whose turn has not come as they are; False where it has ended already."""
    with transaction.atomic():
        return _stop(bulk.pk, by, f"Stopped by {by}" if by else "Stopped")


def stop_by_itself(bulk: BulkAction, reason: str) -> None:
    """Nobody pressed Stop; what is left is left."""
    with transaction.atomic():
        _stop(bulk.pk, None, f"{reason}. Nothing else was done.")


def _stop(pk: int, by: "User | None", reason: str) -> bool:
    over = {"state": BulkState.STOPPED, "finished_at": timezone.now(), "stopped_by": by}
    if not BulkAction.objects.under_way().filter(pk=pk).update(**over, stop_reason=reason[:1000]):
        return False
    left = {"outcome": ItemOutcome.LEFT, "text": "Stopped before its turn came"}
    BulkItem.objects.filter(bulk=pk, outcome="").update(**left)
    return True
