"""The sandbox calls back when a run has finished, as Clay does."""

import hmac
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from clayops.clay import Clay
from clayops.sandbox.knobs import BadSetting
from clayops.sandbox.server import Sandbox
from tests.clayops.sandbox.conftest import ADA, ROUTINE
from tests.clayops.up.product import eventually

Calls = list[tuple[str, bytes]]


class Receiver(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.headers.get("X-Clay-Signature", ""), body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def calls(sandbox: Sandbox) -> Iterator[Calls]:
    """What comes to the address that the sandbox calls."""
    server: Any = HTTPServer(("127.0.0.1", 0), Receiver)
    server.calls = []
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    sandbox.settings(webhook_url=url, webhook_secret="whsec_1")
    yield server.calls
    server.shutdown()
    server.server_close()


def test_a_run_with_a_webhook_is_called_about_when_it_ends(
    sandbox: Sandbox, clay: Clay, calls: Calls
) -> None:
    sandbox.settings(base_seconds=0.3)
    run_id = clay.run(ROUTINE, [ADA], "wh_1").run_id
    assert calls == []
    assert eventually(lambda: calls, 3)
    (signature, body) = calls[0]
    assert b'"webhookId": "wh_1"' in body
    assert f'"data": {{"routine_run_id": "{run_id}"}}'.encode() in body
    assert signature == f"sha256={hmac.new(b'whsec_1', body, 'sha256').hexdigest()}"


def test_other_runs_are_not(sandbox: Sandbox, clay: Clay, calls: Calls) -> None:
    clay.run(ROUTINE, [ADA])
    sandbox.settings(next_stuck=1)
    clay.run(ROUTINE, [ADA], "wh_1")
    assert not eventually(lambda: calls, 0.3)


def test_a_test_call_over_http(http: httpx.Client, calls: Calls) -> None:
    assert http.post("/sandbox/call.json").json() == {"status": 200, "message": "The answer was 200."}
    assert "Test call: The answer was 200." in http.post("/sandbox/call").text
    assert b'"data": {}' in calls[0][1]


def test_nobody_to_call(sandbox: Sandbox, http: httpx.Client) -> None:
    assert http.post("/sandbox/call.json").json() == {"status": 0, "message": "There is no address to call."}
    sandbox.settings(webhook_url="http://127.0.0.1:1/hook")
    assert "No answer" in http.post("/sandbox/call.json").json()["message"]


def test_another_web_page_cannot_make_it_call(http: httpx.Client, calls: Calls) -> None:
    assert http.post("/sandbox/call", headers={"Origin": "https://evil.example"}).status_code == 403
    assert calls == []


@pytest.mark.parametrize("url", ["https://example.com/hook", "ftp://127.0.0.1/", "http://", "nowhere"])
def test_it_calls_this_machine_only(sandbox: Sandbox, url: str) -> None:
    with pytest.raises(BadSetting, match="address of this machine"):
        sandbox.settings(webhook_url=url)


def test_the_address_may_be_taken_away(sandbox: Sandbox, calls: Calls) -> None:
    assert sandbox.settings(webhook_url="", webhook_secret="")["webhook_url"] == ""
