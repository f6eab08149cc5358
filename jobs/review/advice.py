"""What usually helps with a cause: a sentence that names the next step, from Clay's status and the words."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from jobs.models import Charge

CREDITS = "Top up the credits at Clay, then retry all"
KEY = "Check the key, then retry all"
GONE = "Check that the routine is still there at Clay, and what the destination says, then retry"
SHORTER = "Edit the rows to make them shorter, then retry"
SLOWER = "Retry later, at a slower pace: give the destination a longer pause"
INPUT_MISSING = "Edit the rows, or map a column to it, then retry"
REJECTED = "Edit the rows, then retry"
NETWORK = "Nothing was sent: check the network and Clay’s address, then retry all"
ASK_CLAY = "Check with Clay first; approve only if it does not know them"
ASK_CLAY_AGAIN = "Check with Clay first: results may have come late; approve what stays missing"
LOOK = "Look at a row’s inputs, edit what is wrong, then retry"


@dataclass(frozen=True)
class _Rule:
    """It fits where Clay's status is one of these, or its words are found; `surely_free`: and nothing of it
    may have been charged.
    """

    text: str
    statuses: Collection[int] = ()
    words: str = ""
    surely_free: bool = False

    def fits(self, cause: str, status: int, charges: Collection[str]) -> bool:
        if self.surely_free and set(charges) - {Charge.NO}:
            return False
        said = bool(self.words) and re.search(self.words, cause, re.IGNORECASE) is not None
        return status in self.statuses or said


_UNREACHED = r"\bcould not be reached\b|\bis no address\b|\bnot resolved\b|\bconnection refused\b"
# The first that fits counts: Clay's status where it says it all, then what may have been charged, then words.
_RULES = [
    _Rule(CREDITS, {402}, r"\b(?:no|out of|not enough|insufficient) credits?\b"),
    _Rule(KEY, {401, 403}, r"\bapi key\b"),
    _Rule(GONE, {404}),
    _Rule(SHORTER, {413}, r"\bpayload (?:has|is|too)\b|\btoo large\b"),
    _Rule(SLOWER, {429}, r"\brate.?limit|\btoo many requests\b"),
    _Rule(NETWORK, words=_UNREACHED, surely_free=True),
    _Rule(ASK_CLAY_AGAIN, words=r"\bgiven up\b|\bno results?\b|\bnot return this row\b|\bwe do not know\b"),
    _Rule(ASK_CLAY, range(500, 600), r"\bworker died\b|\bmay have been sent\b|\bwhere it should answer\b"),
    _Rule(ASK_CLAY, words=r"\bno answer\b|\bnot answer\b|\btimed? ?out\b|\bstopped taking\b"),
    _Rule(ASK_CLAY, words=r"\bconnection .*(?:broke|reset|closed)\b|\bbroke off\b"),
    _Rule(INPUT_MISSING, words=r"\brequired\b|\bmissing\b"),
    _Rule(REJECTED, {400, 422}, r"\bcannot be sent\b"),
    _Rule(ASK_CLAY, words=r"^Clay(?:['’]s answer| answered)\b"),
]


def advice(cause: str, status: int, charges: Collection[str]) -> str:
    """What to do about letters of this cause; `status` is 0 where Clay did not answer a request with one."""
    rules = (rule.text for rule in _RULES if rule.fits(cause, status, charges))
    return next(rules, LOOK)
