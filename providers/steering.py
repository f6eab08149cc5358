"""What people do with a provider: pin it in or out, forget its outcomes, name and price it. All on record."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from django.db import transaction
from django.utils import timezone

from providers import offering, windows
from providers.models import EventKind, Pin, Provider, ProviderEvent
from providers.names import folded
from providers.recording import keep, rows_of
from providers.terms import plain

logger = logging.getLogger(__name__)

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


def remove(row: Provider, by: "User | None" = None) -> bool:
    """The name is wrong: it and what it counted are forgotten. False where it is not new (any more).

    A result that has the name brings it back. Raises RedisError; then nothing is changed.
    """
    with transaction.atomic():
        if not Provider.objects.select_for_update().filter(pk=row.pk, is_new=True):
            return False
        Provider.objects.filter(pk=row.pk).delete()
        windows.forget(row)
    logger.info("Provider %s was removed by %s", row.name, by or "the shell")
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


class Taken(Exception):
    """Another provider is known or shown by that name."""


class Changed(Exception):
    """Somebody else saved meanwhile: nothing is changed."""


def mark_of(row: Provider) -> str:
    """Stands for its name and price now: it differs where one of them does."""
    return f"{_price(row.credits)} {row}"


def change(
    row: Provider,
    label: str,
    credits: Decimal | None,
    by: "User | None" = None,
    seen: str = "",
    now: datetime | None = None,
) -> None:
    """How it is shown, and what a hit usually costs from now on (None: nobody can say).

    `seen` is the `mark_of` what a page showed. Raises `Taken` or `Changed`; then nothing is changed.
    """
    with transaction.atomic():
        old = Provider.objects.select_for_update().get(pk=row.pk)
        said = []
        if label != str(old):
            said.append(f"Shown as “{old}” → “{label}”")
        if credits != old.credits:
            said.append(f"credits a hit {_price(old.credits)} → {_price(credits)}")
        if said and seen and seen != mark_of(old):
            raise Changed
        if label != str(old) and (other := offering.who_is_called(label, old)):
            raise Taken(f"{other} is known or shown by that name already. Take another.")
        Provider.objects.filter(pk=row.pk).update(label=label, credits=credits, is_new=False)
        if said:
            text = ", ".join(said)
            _tell(row, EventKind.CHANGED, "", "", text[:1].upper() + text[1:], by, now)


def _price(credits: Decimal | None) -> str:
    return "not known" if credits is None else plain(credits)


def _tell(
    row: Provider, kind: EventKind, old: str, new: str, reason: str, by: "User | None", now: datetime | None
) -> None:
    ProviderEvent.objects.create(
        provider=row, kind=kind, old=old, new=new, reason=reason[:500], by=by, at=now or timezone.now()
    )
