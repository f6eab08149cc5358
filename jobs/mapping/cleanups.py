"""What can be done to a cell before it goes to Clay."""

import re
from collections.abc import Callable

_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/?#@\s]*@)?([^/?#:\s]+)", re.IGNORECASE)


def domain(text: str) -> str:
    """The domain of an e-mail address, of a web address, or of itself: without `www.`, in lower case."""
    found = _HOST.match(text.strip())
    return found[1].lower().removeprefix("www.").rstrip(".") if found else ""


CLEANUPS: dict[str, Callable[[str], str]] = {"trim": str.strip, "lower": str.lower, "domain": domain}
"""Done in this order, whatever the order in which they were chosen."""
WORDS = {"trim": "trim blanks", "lower": "lower case", "domain": "domain only"}
