"""Values inside values, as Clay's outputs may be: a list as a list, an object as pairs."""

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from jobs import export

register = template.Library()

DEEPEST = 6
"""Levels that are shown as lists; what lies deeper is shown as JSON."""


@register.simple_tag
def nested(value: Any, depth: int = 0) -> SafeString | str:
    """Any JSON value as a person reads it."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, dict | list):
        return str(value)
    if depth == DEEPEST:
        return format_html('<code class="json">{}</code>', export.text(value))
    if isinstance(value, list):
        parts = ((nested(each, depth + 1),) for each in value)
        return format_html('<ul class="nested">{}</ul>', format_html_join("", "<li>{}</li>", parts))
    pairs = ((name, nested(each, depth + 1)) for name, each in value.items())
    return format_html(
        '<dl class="pairs nested">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", pairs)
    )
