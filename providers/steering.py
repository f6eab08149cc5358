"""What people do with a provider: pin it in or out, forget its outcomes, name and price it. All on record."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from django.db import transaction
from django.utils import timezone

from providers import windows
from providers.models import EventKind, Pin, Provider, ProviderEvent
from providers.names import folded
from providers.recording import keep, rows_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Pinned = Literal["", "in", "out"]


def add(name: str) -> Provider:
    """The provider of that name, made where there is none; a person knows it, so that it is not new."""
    row = rows_of({folded(name): name}, is_new=False)[folded(name)]
    accept(row)
    return row


def add_all(names: Iterable[str]) -> None:
    """The same for many: in one order, so that two at once do not wait for each other."""
    spelled = {folded(name): name for name in names}
    rows_of(spelled, is_new=False)
    Provider.objects.filter(name__in=spelled, is_new=True).update(is_new=False)


def accept(row: Provider) -> bool:
    """The name is right: it is new no longer."""
    return bool(Provider.objects.filter(pk=row.pk, is_new=True).update(is_new=False))


def remove(row: Provider) -> bool:
    """The name is wrong: it and what it counted are forgotten. False where it is not new (any more).

    A result that has the name brings it back. Raises RedisError; then nothing is changed.
    """
    with transaction.atomic():
        if not Provider.objects.select_for_update().filter(pk=row.pk, is_new=True):
            return False
        Provider.objects.filter(pk=row.pk).delete()
        windows.forget(row)
    return True


def pin(row: Provider, pinned: Pinned, by: "User | None", reason: str, now: datetime | None = None) -> bool:
    """Always use it (`in`), never (`out`), or let its outcomes decide (empty). False where that was so."""
    reason, kept = reason[:500], Provider.objects.filter(pk=row.pk)
    with transaction.atomic():
        old = kept.select_for_update().get()
        if old.pinned == pinned and (not pinned or old.pin_reason == reason):
            return False
        kept.update(pinned=Pin(pinned), pin_reason=reason if pinned else "", is_new=False)
        _tell(row, EventKind.PIN, old.pinned, pinned, reason, by, now)
    return True


def reset(row: Provider, by: "User | None", reason: str, now: datetime | None = None) -> None:
    """Forget its outcomes: it is used again until 20 new ones say how it does. Raises RedisError."""
    now = now or timezone.now()
    window = windows.reset(row, now)
    old = window.changes[0].old if window.changes else window.state
    keep(row, replace(window, changes=()), now)  # one line tells of it, not two
    _tell(row, EventKind.RESET, old, window.state, reason, by, now)


def change(row: Provider, label: str, credits: Decimal | None) -> None:
    """How it is shown, and what a hit usually costs from now on (None: nobody can say)."""
    Provider.objects.filter(pk=row.pk).update(label=label, credits=credits, is_new=False)


def _tell(
    row: Provider, kind: EventKind, old: str, new: str, reason: str, by: "User | None", now: datetime | None
) -> None:
    ProviderEvent.objects.create(
        provider=row, kind=kind, old=old, new=new, reason=reason[:500], by=by, at=now or timezone.now()
    )
