"""Times to the second, for what happens several times a minute; differences with their sign."""

from datetime import datetime
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clayops.base.wording import num

register = template.Library()


@register.simple_tag
def second(at: datetime) -> SafeString:
    """`14:05:03`, with its day where that is not today; the zone, which may change, on hover."""
    local = timezone.localtime(at)
    day = "" if local.date() == timezone.localdate() else f"{local:%-d %b}, "
    return format_html(
        '<time datetime="{}" title="{}">{}{}</time>',
        local.isoformat(),
        f"{local:%-d %b %Y, %H:%M:%S %Z}",
        day,
        f"{local:%H:%M:%S}",
    )


@register.filter
def signed(difference: Decimal) -> str:
    """`+3` or, with a real minus sign, `−7.70`."""
    return f"{'+' if difference > 0 else '−'}{num(abs(difference))}"
