"""Texts that differ in their particulars only."""

import re

LONGEST = 300
_QUOTED = r"“[^”]*”|‘[^’]*’|«[^»]*»|\"[^\"]*\"|`[^`]*`|(?<!\w)'[^']*'(?!\w)"
_PARTICULARS = re.compile(rf"{_QUOTED}|\S+@\S+|https?://\S+|\b\w*\d[\w.-]*")


def alike(text: str, keep: str = "") -> str:
    """The text without ids, addresses, numbers and quoted values, so that alike causes count as one.

    A number to `keep`, such as an HTTP status, stays.

    >>> alike("Row 17: no such user ana@north.test")
    'Row …: no such user …'
    >>> alike("field “domain” isn't 'a-b', it's wrong")
    "field … isn't …, it's wrong"
    >>> alike("Clay answered 404 for t_17", keep="404")
    'Clay answered 404 for …'
    """
    return _PARTICULARS.sub(lambda found: keep if found[0] == keep else "…", text)[:LONGEST]
