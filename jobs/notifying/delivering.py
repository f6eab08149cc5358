"""Handing one message to apprise, within a time, and saying in words why it was not taken."""

import logging
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from apprise import NotifyFormat, NotifyType
from apprise.result import AppriseResult, AppriseResultStatus

from jobs.notifying import target
from jobs.notifying.message import Message
from jobs.notifying.quiet_apprise import Apprise

SECONDS = 40
"""For one delivery, with all that belongs to it; shorter than the minute after which the next may begin."""
TYPES = {
    "bad": NotifyType.FAILURE,
    "warn": NotifyType.WARNING,
    "good": NotifyType.SUCCESS,
    "info": NotifyType.INFO,
}
MARKED_UP = {"workflow", "msteams"}
"""Their messages take markdown, and show the backslashes with which apprise would guard plain text."""
ROOM = {"workflow": 12_000, "msteams": 12_000}
"""Characters that really fit, where apprise is too careful: a card of Teams may have 28 KB."""

_ANSWERS = {
    400: "it did not understand the message, or the address is not complete",
    401: "the token or password is not valid (any more)",
    403: "the token or password is not valid (any more)",
    404: "there is nothing at that address (any more)",
    410: "there is nothing at that address any more",
    429: "too many messages reach it just now",
}
_TROUBLES = [
    (r"inside:", target.INSIDE),
    (r"timed? ?out", "It did not answer in time."),
    (r"resolve|getaddrinfo|not known|No address", "There is no host of that name."),
    (r"refused", "The connection was refused: nothing listens at that host and port."),
    (r"SSL|TLS|certificate", "No safe connection: its certificate is not valid, or it does not speak TLS."),
    (r"broken|aborted|reset|closed", "The connection broke off: it may have arrived, or not."),
    (r"", "It cannot be reached."),
]


class Failed(Exception):
    """It was not taken, as far as we know. The text says why, and names no secret."""


def room_of(url: str) -> int:
    """How many characters a message to that address may have. Raises target.Refused."""
    service = target.load(url)
    return ROOM.get(target.schema_of(service), service.body_maxlen)


def deliver(url: str, message: Message, seconds: float = SECONDS) -> None:
    """Raises Failed, or target.Refused where the address is none."""
    service = target.load(url)
    plain = target.schema_of(service) not in MARKED_UP
    result = Apprise(services=service).notify(
        body=message.body if plain else _unmarked(message.body),
        title=message.title,
        notify_type=TYPES[message.level],
        body_format=NotifyFormat.TEXT if plain else NotifyFormat.MARKDOWN,
        timeout=seconds,
        log_level=logging.DEBUG,
    )
    if not result:
        raise Failed(_without_secrets(_why(result, target.service_of(service), seconds), url))


def _unmarked(text: str) -> str:
    """Nobody is mentioned, and nothing is a link, only because a file has such a name."""
    return text.replace("<", "‹").replace("](", "] (")


def _why(result: AppriseResult, service: str, seconds: float) -> str:
    if result.status == AppriseResultStatus.TIMEOUT:
        return f"{service} did not answer within {seconds:g} seconds."
    said = [entry.message for entry in result.logs()]
    return next(_reasons(said, service), f"{service} did not take it, and did not say why.")


def _reasons(said: list[str], service: str) -> Iterator[str]:
    """The most telling first."""
    text = "\n".join(said)
    if answered := re.search(r"error=(\d{3})", text):
        yield _answer(service, int(answered.group(1)))
    if smtp := re.search(r"\((\d{3}), b['\"](.*?)['\"][,)]", text):
        yield f"The mail server answered {smtp.group(1)}: {smtp.group(2)}"
    if trouble := re.search(r"Socket Exception: (.+)", text):
        yield next(words for sign, words in _TROUBLES if re.search(sign, trouble.group(1), re.I))
    yield from (f"{service}: {line}" for line in said if line.startswith(("Fail", "There")))


def _answer(service: str, status: int) -> str:
    meaning = _ANSWERS.get(status) or ("it has trouble of its own" if status >= 500 else "it was not taken")
    return f"{service} answered {status}: {meaning}."


def _without_secrets(text: str, url: str) -> str:
    """A last guard: whatever a service says, no part of the address that may be a token is repeated."""
    host = urlsplit(url).hostname or ""
    for piece in re.split(r"[/?&=:@\s]+", f"{url}/{unquote(url)}"):
        if len(piece) >= 6 and not (piece == host and "." in host):
            text = text.replace(piece, "…")
    return text
