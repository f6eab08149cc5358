"""A real HTTP server, on bare sockets, that answers exactly as a test wants: also badly, or not at all."""

import json
import os
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

RUN_ID = "rr_ada"
IN_PROGRESS = {"routine_run_id": RUN_ID, "status": "in_progress"}


@dataclass
class Request:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[socket.socket], None]


def says(status: int, body: Any = None, **headers: str) -> Answer:
    """A whole answer; `body` is JSON data, or bytes to send as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"content-type": "application/json", "content-length": str(len(raw))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return lambda sock: sock.sendall(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + raw)


def resets(sock: socket.socket) -> None:
    """The connection is torn down (RST) once the request has been read."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(sock.detach())  # close() would wait for the stream that reads from it


def half_an_answer(sock: socket.socket) -> None:
    """A 202 that promises more than comes."""
    sock.sendall(b'HTTP/1.1 202 Accepted\r\ncontent-length: 500\r\n\r\n{"routine_run')
    sock.shutdown(socket.SHUT_RDWR)


def not_http(sock: socket.socket) -> None:
    """Something, but no HTTP."""
    sock.sendall(b"220 mail.example ESMTP\r\n\r\n")
    sock.shutdown(socket.SHUT_RDWR)


@dataclass
class Server:
    """Answers in turn from `answers`; the last one again and again."""

    answers: list[Answer] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/public/v0"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock: socket.socket) -> None:
        try:
            with sock.makefile("rb") as stream:
                while line := stream.readline():
                    self.requests.append(_request(line, stream))
                    if not self.answers:
                        return  # this one keeps silent, and a TLS greeting may hold a line's end
                    answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                    answer(sock)
        except (OSError, ValueError):
            pass  # the client, or the test, is gone

    def close(self) -> None:
        self._listener.close()
        for sock in self._open:
            sock.close()


def _request(line: bytes, stream: Any) -> Request:
    method, path, _ = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while head := stream.readline().decode("latin-1").strip():
        name, _, value = head.partition(":")
        headers[name.lower()] = value.strip()
    return Request(method, path, headers, stream.read(int(headers.get("content-length", "0"))))
