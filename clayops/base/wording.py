"""Texts that differ in their particulars only."""

import re

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
