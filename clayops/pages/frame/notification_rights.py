"""Who may say who is told of alerts."""

from django.contrib.auth.models import User

from clayops.people import rights
from jobs.models import NotificationRule

PERMISSION = "jobs.change_notificationrule"
MOST_NAMED = 3


def whom_to_ask() -> str:
    """ "ana, bea or cy": a few of those who may, as far as they can sign in."""
    names = [person.user.username for person in rights.everyone() if _may(person.user)][:MOST_NAMED]
    return " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _may(user: User) -> bool:
    return user.is_active and user.has_usable_password() and user.has_perm(PERMISSION)


def on_settings(user: User) -> dict[str, object]:
    """What the settings say: how many rules there are and how many fail, or whom to ask."""
    if not user.has_perm(PERMISSION):
        return {"ask": whom_to_ask()}
    rules = NotificationRule.objects.all()
    return {"rules": rules.count(), "failing": rules.filter(on=True).exclude(last_error="").count()}
