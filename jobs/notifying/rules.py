"""Keeping a rule, with its address sealed."""

from django.utils import timezone

from jobs.models import NotificationRule
from jobs.notifying import sealing
from jobs.notifying.target import Target

EDITED = ["name", "target", "service", "hint", "kinds", "least", "also_resolved"]


def keep(rule: NotificationRule, target: Target | None) -> None:
    """Save it; `target` is another address, or the first. What the old one did not take is tried again."""
    if target:
        rule.target, rule.service, rule.hint = sealing.seal(target.url), target.service, target.hint
    is_new = rule.pk is None
    rule.save(update_fields=None if is_new else EDITED)  # a worker may be at the others just now
    if target and not is_new:
        rule.try_again(timezone.now())


def is_readable(rule: NotificationRule) -> bool:
    """Whether its address can still be opened: with another SECRET_KEY it cannot."""
    try:
        sealing.unseal(rule.target)
    except sealing.Unreadable:
        return False
    return True
