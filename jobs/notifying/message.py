"""What a message says: all that is due for a rule, the worst first, with a link into the product."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from clayops.base import environment
from jobs.models import AlertRecord, Notice, NotificationRule
from jobs.models.notice import What

MOST_LINES = 20
TEXT, DETAIL = 200, 300
"""At most so many characters of an alert."""
SHORTEST = 120
"""So much room there is always: a service that takes less cuts for itself."""


@dataclass(frozen=True)
class Message:
    title: str
    body: str
    level: str
    """`bad`, `warn`, `good` (all of it is over) or `info`."""


def of(notices: Sequence[Notice], room: int) -> Message:
    """`room` is the number of characters that the service takes."""
    raised = sorted(
        (each.record for each in notices if each.what == What.RAISED), key=lambda record: record.level
    )
    over = [each.record for each in notices if each.what == What.RESOLVED]
    ending = f"\n\n{address()}"
    parts = [(_line(record), "") for record in raised]
    parts += [(_over(record), "Resolved:") for record in over]
    body = _fitting(parts, max(room - len(ending), SHORTEST)) + ending
    return Message(_title(len(raised), len(over)), body, _level(raised))


def test(rule: NotificationRule, by: str) -> Message:
    text = f"{by} tried “{rule.name}” out. Alerts of ClayOps will come here.\n\n{address()}"
    return Message("ClayOps: a test", text, "info")


def address() -> str:
    """The alerts' page, at this machine's port or under the name that the product is served at."""
    public = [host for host in settings.ALLOWED_HOSTS if not environment.is_loopback(host)]
    named = next((host.lstrip(".") for host in public if host != "*"), None)
    site = f"https://{named}" if named else f"http://localhost:{settings.PORT}"
    return site + reverse("alerts")


def _title(raised: int, over: int) -> str:
    if not raised:
        return f"ClayOps: {_counted(over)} resolved"
    return f"ClayOps: {_counted(raised)}" + (f", {over} resolved" if over else "")


def _counted(alerts: int) -> str:
    return f"{alerts} {'alert' if alerts == 1 else 'alerts'}"


def _level(raised: Sequence[AlertRecord]) -> str:
    if not raised:
        return "good"
    return "bad" if any(record.level == "bad" for record in raised) else "warn"


def _line(record: AlertRecord) -> str:
    said = f"• {_cut(record.text, TEXT)} · since {_clock(record.since)}"
    return f"{said}\n{_cut(record.detail, DETAIL)}" if record.detail else said


def _over(record: AlertRecord) -> str:
    until = f" to {_clock(record.resolved_at)}" if record.resolved_at else ""
    return f"• {_cut(record.text, TEXT)} · {_clock(record.since)}{until}"


def _cut(text: str, most: int) -> str:
    """One line of at most so many characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 2].rstrip()} …"


def _clock(at: datetime) -> str:
    """14:05 CET; with its day where that is not today."""
    local = timezone.localtime(at)
    day = "" if local.date() == timezone.localdate() else f"{local:%-d %b}, "
    return f"{day}{local:%H:%M} {local.tzname()}"


def _fitting(parts: Sequence[tuple[str, str]], room: int) -> str:
    """As many as there is room for, each below its heading, and how many more there are."""
    shown, heading, used = "", "", 0
    for text, under in parts[:MOST_LINES]:
        addition = ("\n\n" if shown else "") + (f"{under}\n\n" if under != heading else "") + text
        if used and len(shown) + len(addition) + len("\n\nand 999 more") > room:
            break
        shown, heading, used = shown + addition, under, used + 1
    more = f"\n\nand {len(parts) - used} more" if used < len(parts) else ""
    return _end(shown, room - len(more)) + more


def _end(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 2].rstrip()} …"
