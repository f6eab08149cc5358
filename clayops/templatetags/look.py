"""Numbers, times, pills and bars, as every page shows them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clayops.base.wording import duration, num, plural, whole_percent
from clayops.pages.frame import looks
from clayops.people import rights

if TYPE_CHECKING:
    from jobs.models import Job

register = template.Library()
register.filter(num)
register.filter(duration)
register.filter(plural)


@register.filter
def rate(value: float | None) -> str:
    """A rate from 0 to 1 in whole percents, never rounded up to a limit it does not reach."""
    return "–" if value is None else whole_percent(value)


@register.filter
def latency(milliseconds: float | None) -> str:
    """340 ms, 8.1 s."""
    if milliseconds is None:
        return "–"
    return f"{milliseconds:,.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:,.1f} s"


def _relative(at: datetime, now: datetime) -> str:
    seconds = (now - at).total_seconds()
    if seconds < 0:
        return f"in {duration(-seconds)}"
    if seconds < 5:
        return "now"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return f"{int(seconds)} s ago"


@register.simple_tag
def when(at: datetime | None) -> SafeString | str:
    """A time: relative, exact on hover."""
    if at is None:
        return "–"
    local = timezone.localtime(at)
    exact = f"{local:%-d %b %Y, %H:%M:%S} {local.tzname()}"
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>',
        local.isoformat(),
        exact,
        _relative(at, timezone.now()),
    )


def _day_and_time(local: datetime) -> str:
    days = (local.date() - timezone.localdate()).days
    midnight = days == 1 and (local.hour, local.minute) == (0, 0)  # "resets at 00:00" needs no day
    return f"{local:%H:%M}" if days == 0 or midnight else f"{local:%-d %b, %H:%M}"


@register.simple_tag
def clock(at: datetime | None) -> SafeString | str:
    """A time in the product's time zone: "14:05", with its day where that is not today; exact on hover."""
    if at is None:
        return "–"
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        f"{local:%-d %b %Y, %H:%M:%S}",
        _day_and_time(local),
    )


@register.simple_tag
def shape(name: str) -> SafeString:
    """The small drawing that stands beside a state's word."""
    return format_html(
        '<svg class="shape" viewBox="0 0 10 10" aria-hidden="true"><path fill-rule="evenodd" d="{}"/></svg>',
        looks.SHAPES[name],
    )


@register.inclusion_tag("frame/pill.html")
def pill(kind: str, value: str, word: str = "") -> dict[str, looks.Look]:
    """A state as a pill; `word` in place of the usual one."""
    look = looks.look(kind, value)
    return {"look": looks.with_word(look, word) if word else look}


@register.inclusion_tag("frame/pill.html")
def job_pill(job: "Job") -> dict[str, looks.Look]:
    return {"look": looks.look_of_job(job)}


@register.simple_tag(takes_context=True)
def why_not(context: dict[str, Any], right: str, made_by: int | None = None) -> str:
    """Why who looks may not do what needs this right; empty where they may, or the thing is their own.

    {% why_not "jobs.steer_jobs" job.created_by_id as refusal %}
    """
    return rights.why_not(context["request"].user, right, made_by=made_by)


@register.simple_tag
def look_of(kind: str, value: str) -> looks.Look:
    """The look itself, for places that are no pill."""
    return looks.look(kind, value)


@dataclass(frozen=True)
class Segment:
    """A stretch of a bar, in percent of its width."""

    tone: str
    x: str
    width: str


def segments(parts: Iterable[tuple[str, float]], whole: float) -> list[Segment]:
    """Stretches beside each other; what is not nothing stays visible; together at most 100 %."""
    shown, x = [], 0.0
    for tone, amount in parts:
        width = min(max(amount / whole * 100, 0.6), 100 - x) if whole > 0 and amount > 0 else 0
        if width > 0:
            shown.append(Segment(tone, f"{x:.2f}%", f"{width:.2f}%"))
            x += width
    return shown


@register.inclusion_tag("frame/bar.html")
def job_bar(job: "Job", size: str = "") -> dict[str, Any]:
    """Rows by state, settled ones first."""
    counts = job.counts
    out = counts["sending"] + counts["in_flight"]  # type: ignore[index]
    left_out = counts["discarded"] + counts["skipped"]  # type: ignore[index]
    parts = [("good", counts["enriched"]), ("bad", counts["dead"]), ("quiet", left_out), ("info", out)]  # type: ignore[index]
    label = f"{job.settled_rows:,} of {sum(counts.values()):,} rows settled, {out:,} on their way"
    return {"segments": segments(parts, sum(counts.values())), "label": label, "size": size}


@register.inclusion_tag("frame/bar.html")
def credits_bar(day: Any, size: str = "") -> dict[str, Any]:
    """Spent, then reserved (hatched), of the day's limit."""
    spent, reserved, limit = float(day.spent), float(day.reserved), float(day.limit)
    whole = max(limit, spent + reserved)
    label = f"{num(day.spent)} credits spent and {num(day.reserved)} reserved of {num(day.limit)}"
    return {
        "segments": segments([("accent", spent), ("hatch", reserved)], whole),
        "label": label,
        "size": size,
    }


@register.inclusion_tag("frame/bar.html")
def bulk_bar(counts: dict[str, int], letters: int) -> dict[str, Any]:
    """Letters of a bulk action by what became of them."""
    parts = [("good", counts["done"]), ("bad", counts["refused"]), ("quiet", counts["left"])]
    label = f"{counts['done']:,} of {letters:,} letters done, {counts['refused']:,} refused"
    return {"segments": segments(parts, letters), "label": label, "size": ""}


@register.filter
def item(mapping: dict[Any, Any], key: Any) -> Any:
    """`mapping[key]`, or None."""
    return mapping.get(key)


@register.filter
def cell(cells: list[str], index: int) -> str:
    """The cell of a column; a ragged row may have none."""
    return cells[index] if 0 <= index < len(cells) else ""


@register.simple_tag
def action_url(action: Any) -> str:
    """Where the button of an alert posts to."""
    return reverse(action.url_name, args=[] if action.pk is None else [action.pk])


@register.filter
def left(day: Any) -> Decimal:
    """Credits that can still be reserved today."""
    free: Decimal = day.limit - day.spent - day.reserved
    return max(free, Decimal(0))


@register.filter
def workers(count: int) -> str:
    return plural(count, "worker,workers") if count else "none is running"


@register.filter
def took(job: "Job") -> timedelta | None:
    """From Start to the end."""
    return job.finished_at - job.started_at if job.finished_at and job.started_at else None
