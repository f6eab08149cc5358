"""The end of what is no job: a notification's rule, a provider. On record."""

from typing import TYPE_CHECKING

from django.db import transaction

from jobs.models import Ended, NotificationRule
from jobs.steering import endings
from providers import steering
from providers.models import Provider

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def delete_rule(rule: NotificationRule, by: "User | None" = None) -> None:
    """Forget the rule and its address."""
    with transaction.atomic():
        endings.record(Ended.RULE_DELETED, rule.name, by, text=f"Told by {rule.service}")
        rule.delete()


def remove_provider(row: Provider, by: "User | None" = None) -> bool:
    """`providers.steering.remove`: False where it is not new any more. Raises RedisError."""
    with transaction.atomic():
        if not steering.remove(row, by):
            return False
        endings.record(Ended.PROVIDER_REMOVED, str(row), by, text="A name out of a result, and its outcomes")
    return True


def reset_provider(row: Provider, by: "User | None", why: str) -> None:
    """`providers.steering.reset`: its outcomes are forgotten. Raises RedisError."""
    with transaction.atomic():
        steering.reset(row, by, why)
        endings.record(Ended.PROVIDER_RESET, str(row), by, text=why)
