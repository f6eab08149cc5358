"""What needs a person now, said on every page and in `status --json`."""

from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.alerting.alert import Action, Alert
from jobs.alerting.sources import budget, machine, providers, runs, work

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

SOURCES = (machine.alerts, runs.alerts, work.alerts, budget.alerts, providers.alerts)


def current() -> list[Alert]:
    """All alerts, the worst first."""
    return sorted((alert for source in SOURCES for alert in source()), key=lambda alert: alert.level != "bad")


def for_person(user: "User | AnonymousUser") -> list[Alert]:
    """Those that concern this person, with the buttons that are for them; the worst first."""
    return [
        replace(alert, actions=[action for action in alert.actions if action.is_for(user)])
        for alert in current()
        if alert.is_for(user)
    ]


__all__ = ["Action", "Alert", "current", "for_person"]
