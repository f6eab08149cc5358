"""A rule, in words."""

from dataclasses import dataclass

from clayops.pages.frame.looks import Look
from jobs.alerting import kinds
from jobs.models import Notice, NotificationRule
from jobs.models.notice import Least
from jobs.notifying.rules import is_readable

MOST_NAMED = 3


@dataclass(frozen=True)
class Shown:
    """`waiting` is how many notices are still to be sent."""

    rule: NotificationRule
    readable: bool
    waiting: int = 0

    @property
    def look(self) -> Look:
        if not self.rule.on:
            return Look("switched off", "minus", "quiet")
        if not self.readable or self.rule.last_error:
            return Look("failing", "cross", "bad")
        return Look("on", "check", "good") if self.rule.last_sent_at else Look("not used yet", "ring", "info")

    @property
    def which(self) -> str:
        """ "All alerts", or the kinds by name; the rest counted where there are many."""
        if not self.rule.kinds:
            return "All kinds"
        names = [kinds.words(name) for name in self.rule.kinds]
        more = len(names) - MOST_NAMED
        if more <= 1:
            return " · ".join(names)
        return f"{' · '.join(names[:MOST_NAMED])} · and {more} more kinds"

    @property
    def least(self) -> str:
        severity = "Alerts and warnings" if self.rule.least == Least.WARN else "Only alerts, no warnings"
        return severity + (", and when they are over" if self.rule.also_resolved else "")


def every() -> list[Shown]:
    """Those that fail come first, those that are off last."""
    waiting: dict[int, int] = {}
    for pk in Notice.objects.waiting().values_list("rule", flat=True):
        waiting[pk] = waiting.get(pk, 0) + 1
    rules = NotificationRule.objects.all()
    shown = [Shown(rule, is_readable(rule), waiting.get(rule.pk, 0)) for rule in rules]
    return sorted(shown, key=lambda each: (each.look.tone != "bad", not each.rule.on))
