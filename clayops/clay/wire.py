"""One HTTP exchange with Clay: an answer of the 2xx, or a typed error.

What an error means is decided by what may have *left this machine*: Clay knows no idempotency, so a run whose
outcome is unknown may have been charged and must not be repeated silently.
"""

import json
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import httpx

from clayops.clay import headers
from clayops.clay.errors import ClayError, KeyRejected, NoCredits, NotSent, Rejected, TooFast, Unclear

MAX_ANSWER = 20_000_000
"""Bytes of an answer, decompressed; a longer one is not read to its end."""
MAX_REFUSAL = 64_000
"""The same, for an answer that is only a message."""
MAX_MESSAGE = 500
"""Characters of Clay's message that an error repeats."""
DEFAULT_WAIT = 5.0
"""Seconds to wait after a 429 that does not say how long."""
MAX_CONNECTIONS = 32
KEEP_ALIVE = 4.0
"""Seconds; Node's servers close an idle connection after 5 s, and a POST must not meet the close."""

_NOTHING_LEFT = (
    httpx.ConnectError,  # includes a name that does not resolve and a TLS handshake that fails
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True)
class Timeouts:
    """Seconds. `read` and `write` are between two bytes, `whole` is for the whole body of an answer."""

    connect: float = 5.0
    read: float = 30.0
    write: float = 30.0
    pool: float = 10.0
    whole: float = 60.0


@dataclass(frozen=True)
class Answer:
    """A 2xx. Its repr says no more, for that is what a traceback may show."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@cache
def _authorities() -> ssl.SSLContext:
    """Whom we trust to vouch for Clay: read once, for that takes longer than ten requests."""
    return httpx.create_ssl_context(trust_env=False)


class _CutOff(Exception):
    """The answer is too long or too slow; the text completes "Clay's answer …"."""


class Wire:
    """One pool of kept-alive connections to one address, with one key; safe to share between threads.

    httpx's errors hold the request, and with it the key: ours are raised after `except` has let go of them.
    """

    def __init__(self, base_url: str, api_key: str, timeouts: Timeouts) -> None:
        self._base = base_url.rstrip("/")
        self._key = api_key
        self._key_fits = bool(api_key) and api_key.isascii() and api_key.isprintable() and " " not in api_key
        self._timeouts = timeouts
        self._http = httpx.Client(
            headers={"clay-api-key": api_key if self._key_fits else "", "user-agent": "clayops"},
            timeout=httpx.Timeout(
                timeouts.read, connect=timeouts.connect, write=timeouts.write, pool=timeouts.pool
            ),
            limits=httpx.Limits(
                max_connections=MAX_CONNECTIONS,
                max_keepalive_connections=MAX_CONNECTIONS,
                keepalive_expiry=KEEP_ALIVE,
            ),
            follow_redirects=False,
            trust_env=False,
            verify=_authorities(),
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} to {self._base}>"

    def close(self) -> None:
        """Close the connections, for good."""
        self._http.close()

    def ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """Send one request. Raises `ClayError` for all but a 2xx."""
        if not self._key_fits:
            raise KeyRejected("The API key is empty or has characters that no key has. Nothing was sent.")
        url = self._address(path)
        kind = {"content-type": "application/json"} if body is not None else {}
        problem: ClayError
        try:
            with self._http.stream(method, url, content=body, headers=kind) as response:
                if response.is_success:
                    return Answer(response.status_code, response.headers, b"".join(self._chunks(response)))
                problem = self._refusal(response.status_code, response.headers, self._refusal_body(response))
        except _NOTHING_LEFT as error:
            problem = NotSent(
                self._hide(f"Clay could not be reached, nothing was sent: {self._no_way(error)}.")
            )
        except _CutOff as error:
            problem = Unclear(f"Clay's answer {error}.")
        except httpx.RequestError as error:
            problem = Unclear(self._hide(self._lost(error)))
        except Exception as error:  # noqa: BLE001  whatever it is, the request may have left
            problem = Unclear(
                self._hide(f"The exchange with Clay broke off ({type(error).__name__}: {error}).")
            )
        raise problem

    def _address(self, path: str) -> httpx.URL:
        try:
            url = httpx.URL(self._base + path)
            url.raw_host.decode().encode("idna")  # as the resolver will: a name that is none fails here
        except (httpx.InvalidURL, UnicodeError):
            raise NotSent(f"Clay's address {self._base!r} is no address, nothing was sent.") from None
        return url

    # -- reading ----------------------------------------------------------------------------------

    def _chunks(self, response: httpx.Response) -> Iterator[bytes]:
        size, deadline = 0, time.monotonic() + self._timeouts.whole
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > MAX_ANSWER:
                raise _CutOff(f"is longer than {MAX_ANSWER:,} bytes")
            if time.monotonic() > deadline:
                raise _CutOff(f"was not complete after {self._timeouts.whole:g} seconds")
            yield chunk

    def _refusal_body(self, response: httpx.Response) -> bytes:
        """A refusal's status says it all, so a body that is long, broken or slow is no matter."""
        body = b""
        try:
            for chunk in self._chunks(response):
                body += chunk
                if len(body) > MAX_REFUSAL:
                    break
        except (httpx.RequestError, _CutOff):
            return b""
        return body

    # -- saying -----------------------------------------------------------------------------------

    def _refusal(self, status: int, told: Mapping[str, str], body: bytes) -> ClayError:
        wait, said = headers.retry_after(told), self._message(body)
        if status == 429 or (status == 503 and wait is not None):
            wait = DEFAULT_WAIT if wait is None else wait
            text = f"Clay asks us to wait {wait:g} seconds ({status}){said}"
            return TooFast(text, status=status, retry_after=wait)
        if status in {400, 404, 413, 422}:
            return Rejected(f"Clay rejected the request ({status}){said}", status=status)
        if status in {401, 403}:
            return KeyRejected(f"Clay rejected the API key ({status}){said}", status=status)
        if status == 402:
            return NoCredits(f"Clay reports no credits left ({status}){said}", status=status)
        return Unclear(f"Clay answered {status}{said}", status=status)

    def _message(self, body: bytes) -> str:
        """ ": " and Clay's `{"message"}`, or a full stop where it sent none that can be read."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            return "."
        text = data.get("message") if isinstance(data, dict) else None
        clean = self._hide(text) if isinstance(text, str) else ""
        return f": {clean}" if clean else "."

    def _hide(self, text: str) -> str:
        """`text` fit for a page and a log: one line, not long, and without the key should it be echoed."""
        line = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+", " ", text).strip()
        line = line.replace(self._key, "…")
        return line if len(line) <= MAX_MESSAGE else line[: MAX_MESSAGE - 1] + "…"

    def _no_way(self, error: Exception) -> str:
        if isinstance(error, httpx.ConnectTimeout):
            return f"no connection within {self._timeouts.connect:g} seconds"
        if isinstance(error, httpx.PoolTimeout):
            return f"no connection became free within {self._timeouts.pool:g} seconds"
        return str(error) or type(error).__name__

    def _lost(self, error: httpx.RequestError) -> str:
        if isinstance(error, httpx.ReadTimeout):
            return f"Clay did not answer within {self._timeouts.read:g} seconds."
        if isinstance(error, httpx.WriteTimeout):
            return f"Clay stopped taking the request for {self._timeouts.write:g} seconds."
        why = str(error).rstrip(".") or type(error).__name__
        return f"The connection to Clay broke before its answer was complete: {why}."
