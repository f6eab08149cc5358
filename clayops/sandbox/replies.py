"""What the sandbox answers with: replies, refusals, and the cursors between pages."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REFUSALS = {
    400: "The request body is invalid.",
    401: "Invalid API key.",
    402: "The workspace has no credits left.",
    403: "This API key may not run routines.",
    404: "Routine not found.",
    413: "The request body is too large.",
    422: "The inputs do not fit the routine.",
    429: "Too many requests.",
    500: "Something went wrong.",
    502: "Bad gateway.",
    503: "The service is unavailable.",
}


@dataclass(frozen=True)
class Reply:
    """An answer to send: `delay` in seconds before it leaves; `vanish` to hang up instead of it."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    vanish: bool = False


def message(status: int, text: str = "", **headers: str) -> Reply:
    """A refusal as Clay words it: nothing but a message."""
    return Reply(status, {"message": text or REFUSALS[status]}, headers)


class Refused(Exception):
    """The request ends here, with `reply`."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def expect(condition: bool, text: str) -> None:
    """Raises `Refused` with a 400 that says `text`, where the condition is not met."""
    if not condition:
        raise Refused(message(400, f"{text}."))


def read_json(body: bytes) -> Any:
    """The JSON of a request's body. Raises `Refused` with a 400."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(message(400, "The request body is not JSON.")) from None


def cursor_to(offset: int) -> str:
    """The cursor to the page that begins at `offset`."""
    return base64.urlsafe_b64encode(f"from:{offset}".encode()).decode()


def offset_at(cursor: str | None) -> int:
    """Where the page at `cursor` begins; the first has none. Raises `Refused` with a 400."""
    if cursor is None:
        return 0
    try:
        return max(0, int(base64.urlsafe_b64decode(cursor.encode()).decode().removeprefix("from:")))
    except (ValueError, binascii.Error):
        raise Refused(message(400, "The cursor is invalid.")) from None
