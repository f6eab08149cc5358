"""Numbers, spans and counts as people say them; texts that differ in their particulars only."""

import re
from datetime import timedelta
from decimal import Decimal

LONGEST = 300
_QUOTED = r"“[^”]*”|„[^“”]*[“”]|‘[^’]*’|«[^»]*»|\"[^\"]*\"|`[^`]*`|(?<!\w)'[^']*'(?!\w)"
_UUID = r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
_ENDINGS = (
    "com|org|net|edu|gov|io|ai|co|app|dev|info|biz|eu|de|at|ch|uk|fr|es|it|nl|be|se|no|dk|fi|pl|cz|us|ca|au|in|jp"
    "|test|example|invalid"
)
_HOST = rf"\b(?:[a-z0-9-]+\.)+(?:{_ENDINGS})\b(?:/\S*)?"
"""Not all that has a dot: `person.email` is an input."""
_ID = r"\b[a-z]{1,6}_(?=\w*[A-Z])\w{4,}"
"""As Clay writes them: `fn_AbCdEf`, `wf_xYz`; not `row_limit`."""
_PARTICULARS = re.compile(rf"{_QUOTED}|\S+@\S+|https?://\S+|{_UUID}|{_ID}|{_HOST}|\b\w*\d[\w.-]*")


def alike(text: str, keep: str = "") -> str:
    """The text without ids, addresses, numbers and quoted values, so that alike causes count as one.

    A number to `keep`, such as an HTTP status, stays.

    >>> alike("Row 17: no such user ana@north.test")
    'Row …: no such user …'
    >>> alike("field “domain” isn't 'a-b', it's wrong")
    "field … isn't …, it's wrong"
    >>> alike("No MX record for acme.com, nor for www.linkedin.com/in/ana-smith")
    'No MX record for …, nor for …'
    >>> alike("Clay answered 404 for t_17", keep="404")
    'Clay answered 404 for …'
    """
    return _PARTICULARS.sub(lambda found: keep if found[0] == keep else "…", text)[:LONGEST]


def num(value: float | Decimal | None) -> str:
    """A number, grouped, without needless decimals: 12,400 and 0.25."""
    if value is None:
        return "–"
    text = f"{Decimal(str(value)):,.2f}"
    return text.removesuffix(".00")


def duration(value: float | timedelta | None) -> str:
    """A span as people say it: "40 s", "22 min", "2 h 5 min", "3 days"; empty for None."""
    if value is None:
        return ""
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min".removesuffix(" 0 min")
    return f"{minutes / 1440:.1f}".removesuffix(".0") + " days"


def plural(count: int, words: str) -> str:
    """`plural(1, "row,rows")` is "1 row"; the number is grouped where it is long."""
    one, many = words.split(",")
    return f"{count:,} {one if count == 1 else many}"


def whole_percent(rate: float) -> str:
    """A rate from 0 to 1, never rounded up to a limit that is not reached: 49.6 % is 49 %."""
    return f"{int(rate * 100 + 1e-9)} %"
