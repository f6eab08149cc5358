"""What can be done to a cell before it goes to Clay."""

import re
from collections.abc import Callable

_HOST = re.compile(
    r"(?:[a-z][a-z0-9+.-]{0,20}://|//|mailto:)?(?:[^/?#@\s,;<>]*@)?([^/?#:@\s,;<>]+)", re.IGNORECASE
)
_IN_BRACKETS = re.compile(r"<([^<>]*)>")
LONGEST = 2000
"""Characters of a cell in which an address is looked for."""


def domain(text: str) -> str:
    """The domain of an e-mail address, of a web address, or of itself: without `www.`, in lower case.

    Of several the first; of "Ana <ana@north.test>" the one in the brackets.
    """
    text = text.strip()[:LONGEST]
    named = _IN_BRACKETS.search(text)
    found = _HOST.match(named[1].strip() if named else text)
    return found[1].lower().removeprefix("www.").rstrip(".") if found else ""


CLEANUPS: dict[str, Callable[[str], str]] = {"trim": str.strip, "lower": str.lower, "domain": domain}
"""Done in this order, whatever the order in which they were chosen."""
WORDS = {"trim": "trim blanks", "lower": "lower case", "domain": "domain only"}
