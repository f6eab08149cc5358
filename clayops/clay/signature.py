"""Clay's calls when a run has finished: whether one is genuine, and what it says.

Source: developers.clay.com/public-api/webhooks (read in api-evangelist/clay-com, 2026-08-14). The signature
has no timestamp, so that an old call verifies for ever: what it starts must be harmless when started again.
"""

import hmac
import json
from dataclasses import dataclass
from typing import Any

HEADER = "X-Clay-Signature"
MAX_BYTES = 64 * 1024
"""A call has about 150 bytes."""
LONGEST_ID = 64


class Nonsense(ValueError):
    """A genuine call whose body is not what Clay documents; the text is a sentence that says why."""


@dataclass(frozen=True)
class RunFinished:
    """One call. It carries no results: they are to be fetched."""

    run_id: str
    """Empty in a test delivery."""

    @property
    def is_test(self) -> bool:
        return not self.run_id


def sign(body: bytes, secret: str) -> str:
    """What Clay sends as `X-Clay-Signature`: `sha256=` and the HMAC-SHA256 of the exact bytes, in hex."""
    return f"sha256={hmac.digest(secret.encode(), body, 'sha256').hex()}"


def is_genuine(body: bytes, signature: str, secret: str) -> bool:
    """Whether `signature` is that of exactly these bytes, in constant time. Without a secret, never."""
    expected = sign(body, secret).encode()
    return hmac.compare_digest(expected, signature.encode("utf-8", "replace")) and bool(secret)


def read_call(body: bytes) -> RunFinished:
    """What a call says: `{"webhookId", "createdAt", "data": {"routine_run_id"}}`. Raises `Nonsense`."""
    try:
        call: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise Nonsense("The body is not JSON.") from None
    data = call.get("data") if isinstance(call, dict) else None
    if not isinstance(data, dict):
        raise Nonsense("The body must be an object with an object named data.")
    if not data:
        return RunFinished("")
    run_id = data.get("routine_run_id")
    if not isinstance(run_id, str) or not 1 <= len(run_id) <= LONGEST_ID or not run_id.isprintable():
        raise Nonsense(f"data.routine_run_id must be a text of 1 to {LONGEST_ID} characters.")
    return RunFinished(run_id)
