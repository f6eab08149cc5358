"""The sandbox's HTTP: the public routes, its page, its log. Only this machine may talk to it."""

import json
import socket
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from clayops.base.environment import is_loopback
from clayops.sandbox.api import Api
from clayops.sandbox.knobs import BadSetting
from clayops.sandbox.page import from_form, page
from clayops.sandbox.replies import Reply, message
from clayops.sandbox.store import Store

BASE = "/public/v0/"
MAX_BODY = 10_000_000
IDLE_SECONDS = 75.0


class Server(ThreadingHTTPServer):
    """A thread per connection; `stopping` wakes those that wait."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], store: Store) -> None:
        self.store = store
        self.api = Api(store)
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        """Without HTTPServer's look-up of our own name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "sandbox", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, to close it with the server."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget it."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, or our own end, is nothing to report; all else is."""
        if not self.stopping.is_set() and not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """End at once: nothing waits, nothing is answered any more."""
        self.stopping.set()
        self.api.calls.stop()
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self.store.close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "SandboxClay"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        self._handle("POST")

    def do_DELETE(self) -> None:
        self._handle("DELETE")

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the log of items says more."""

    def _handle(self, method: str) -> None:
        body = self._body()
        if body is None:
            self.close_connection = True
            return self._send(message(413))
        url = urlsplit(self.path)
        if not self._is_local():
            return self._send(message(403, "The sandbox answers to this machine only."))
        query = dict(parse_qsl(url.query))
        if url.path.startswith(BASE):
            return self._public(method, url.path.removeprefix(BASE), query, body)
        if method != "GET" and not self._same_origin():
            return self._send(message(403, "Another web page may not change the sandbox."))
        return self._own(method, url.path, query, body)

    def _body(self) -> bytes | None:
        """The request's body; None where it is too long or its length is not told."""
        told = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not told.isdigit() or int(told[:12]) > MAX_BODY:
            return None
        return self.rfile.read(int(told))

    def _is_local(self) -> bool:
        """Whether we are called by a name of this machine (a web page may have one that leads here)."""
        try:
            return is_loopback(urlsplit(f"//{self.headers.get('Host', '')}").hostname or "")
        except ValueError:
            return False

    def _same_origin(self) -> bool:
        origin, site = self.headers.get("Origin"), self.headers.get("Sec-Fetch-Site")
        if origin is not None:
            return origin == f"http://{self.headers['Host']}"
        return site in {None, "same-origin", "none"}

    # -- the public routes ------------------------------------------------------------------------

    def _public(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> None:
        parts = "/".join(unquote(part).replace("/", "\0") for part in path.split("/"))
        key = self.headers.get("clay-api-key", "").strip()
        reply = self.server.api.answer(method, parts, query, key, body)
        if reply.vanish or (reply.delay and self.server.stopping.wait(reply.delay)):
            self.close_connection = True
            return
        self._send(reply)

    # -- the sandbox's own ------------------------------------------------------------------------

    def _own(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> None:
        store = self.server.store
        match method, path.rstrip("/"):
            case "GET", "":
                self._go("/sandbox")
            case "GET", "/sandbox":
                said = {"saved": "Saved.", "reset": "All is forgotten."}.get(next(iter(query), ""), "")
                self._page(page(store.knobs, store.totals(), said))
            case "POST", "/sandbox":
                self._save_form(body)
            case "GET", "/sandbox/settings.json":
                self._send(Reply(200, store.knobs.shown()))
            case "POST", "/sandbox/settings.json":
                self._save_json(body)
            case "POST", ("/sandbox/call" | "/sandbox/call.json"):
                self._call(as_json=path.endswith(".json"))
            case "GET", "/sandbox/log":
                self._send(Reply(200, store.counts() if "counts" in query else store.log()))
            case "DELETE", "/sandbox/log":
                store.clear_log()
                self._send(Reply(200, {"message": "The log is empty."}))
            case "POST", "/sandbox/reset":
                store.reset()
                self._go("/sandbox?reset=1")
            case _:
                self._send(message(404, "There is no such page."))

    def _save_form(self, body: bytes) -> None:
        store = self.server.store
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            store.change(from_form(form))
        except BadSetting as error:
            self._page(page(store.knobs, store.totals(), f"Nothing was saved: {error}.", bad=True), 400)
        else:
            self._go("/sandbox?saved=1")

    def _save_json(self, body: bytes) -> None:
        try:
            changes = json.loads(body)
            if not isinstance(changes, dict):
                raise BadSetting("Settings are a JSON object")
            self._send(Reply(200, self.server.store.change(changes).shown()))
        except ValueError as error:  # BadSetting, or no JSON
            self._send(message(400, f"{error}."))

    def _call(self, as_json: bool) -> None:
        store = self.server.store
        status, said = self.server.api.calls.test()
        if as_json:
            self._send(Reply(200, {"status": status, "message": said}))
        else:
            self._page(page(store.knobs, store.totals(), f"Test call: {said}", bad=status != 200))

    # -- sending ----------------------------------------------------------------------------------

    def _send(self, reply: Reply) -> None:
        self._write(reply.status, "application/json", json.dumps(reply.body).encode(), reply.headers)

    def _page(self, html: str, status: int = 200) -> None:
        policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
        self._write(status, "text/html; charset=utf-8", html.encode(), {"Content-Security-Policy": policy})

    def _go(self, where: str) -> None:
        self._write(303, "text/plain", b"", {"Location": where})

    def _write(self, status: int, kind: str, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        told = {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
        for name, value in {**told, "X-Content-Type-Options": "nosniff", **headers}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
