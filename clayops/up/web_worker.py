"""gunicorn's threaded worker, with a door before its threads: a thread is for a request that has come, not
for a socket that may say something some day.

gunicorn's own (27.0) gives a thread to each connection as soon as its first byte is there, has no deadline
for the others, and lingers at a connection's end in the loop that all others wait for. Here that loop reads
the head and a body of up to 64 KB, without waiting, and each has its deadline. Larger bodies (uploads) are
read by the view that takes them: by a third of the threads at most, and they must come with a certain speed.
Of the other threads one is left to others, whatever an address asks for. Which other servers were looked at,
and why they were not taken: docs/operations.md.
"""

import errno
import re
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from socket import SHUT_WR, socket
from typing import Any

from gunicorn import util
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

from clayops.base import origin

HEAD_SECONDS = 10.0
BODY_SECONDS = 20.0
"""For a body that is read before a thread is given."""
TURN_SECONDS = 60.0
"""So long a request waits for its turn among those of its address, or among large ones."""
HEAD_BYTES = 64 * 1024
BODY_BYTES = 64 * 1024
STALL_SECONDS = 20.0
"""So long a thread waits for a socket: for the next bytes of an upload, or for an answer to be taken."""
SLOWEST = 16 * 1024
"""Bytes a second of a large body, on average, after the first `STALL_SECONDS`."""
LINGER_SECONDS = 2.0
MOST_ARRIVING = 400
MOST_LINGERING = 100
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:", re.IGNORECASE)
_FOR = re.compile(rb"\r\nx-forwarded-for:([^\r]*)(?=\r\n)", re.IGNORECASE)
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_NO_TURN = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)


class Connection(TConn):  # type: ignore[misc]
    """One connection, and what has come of its next request."""

    def __init__(self, cfg: Any, sock: socket, client: Any, server: Any, linger: Callable[..., None]) -> None:
        super().__init__(cfg, sock, client, server)
        self._linger = linger
        self.begin(b"")

    def begin(self, came: bytes) -> None:
        """The next request is awaited; of it so much is here."""
        self.came = bytearray()
        self.due = time.monotonic() + HEAD_SECONDS
        self.is_large = False
        self._searched = 0
        self._whole = 0  # its bytes, once the head is here
        self.add(came)

    def add(self, data: bytes) -> None:
        self.came += data

    def is_here(self) -> bool:
        """Whether a thread need not wait for it: all of it came, or its head and the body is a large one."""
        if not self._whole:
            end = self.came.find(b"\r\n\r\n", max(self._searched - 3, 0))
            self._searched = len(self.came)
            if end < 0:
                return len(self.came) > HEAD_BYTES  # then it is refused
            self._read_head(bytes(self.came[: end + 2]), end + 4)
        return self.is_large or len(self.came) >= self._whole

    def _read_head(self, head: bytes, size: int) -> None:
        told = _LENGTH.search(head)
        length = int(told[1]) if told else 0
        self.is_large = length > BODY_BYTES or bool(length and _EXPECTS.search(head))
        self._whole = size + length
        self.due = time.monotonic() + BODY_SECONDS
        self.address = _address(self.client, head)

    address = ""

    def init(self) -> None:
        """What came already is read first, the rest from the socket, with its speed watched."""
        if not self.initialized:
            super().init()
            self.parser.unreader = _Watched(self.sock)
        self.parser.unreader.begin(bytes(self.came))
        self.came = bytearray()

    def close(self, graceful: bool = False) -> None:
        """Cut, or half closed and left to the loop, so that the last answer is not lost with a reset."""
        if not graceful:
            util.close(self.sock)
            return
        try:
            self.sock.shutdown(SHUT_WR)
            self.sock.setblocking(False)
        except OSError:
            util.close(self.sock)
        else:
            self._linger(self)


def _address(client: Any, head: bytes) -> str:
    """Who asks, as the pages read it."""
    peer = str(client[0]) if isinstance(client, tuple) else ""
    return origin.client_of(peer, b",".join(_FOR.findall(head)).decode("latin-1"))


class _Watched(SocketUnreader):  # type: ignore[misc]
    """Reads a body from its socket; ends it, as if the connection had broken, where it only trickles."""

    def begin(self, came: bytes) -> None:
        self._waited, self._bytes = 0.0, 0
        self.unread(came)

    def chunk(self, size_hint: int | None = None) -> bytes:
        began = time.monotonic()
        try:
            data: bytes = super().chunk(size_hint)
        except TimeoutError:
            raise ConnectionResetError(errno.ECONNRESET, "the body stopped coming") from None
        self._waited += time.monotonic() - began
        self._bytes += len(data)
        if self._waited > STALL_SECONDS and self._bytes < self._waited * SLOWEST:
            raise ConnectionResetError(errno.ECONNRESET, "the body came too slowly")
        return data


class Worker(ThreadWorker):  # type: ignore[misc]
    """Each connection is in one place: arriving, waiting for its turn, served, kept alive, lingering."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.arriving: dict[Connection, None] = {}
        self.waiting: deque[Connection] = deque()
        self.lingering: dict[Connection, float] = {}
        self.served: Counter[str] = Counter()
        self.large = 0
        self.most_large = max(self.cfg.threads // 3, 1)
        self.most_of_one = max(self.cfg.threads - self.most_large - 1, 1)

    # -- arriving: no thread --------------------------------------------------------------------------
    def accept(self, listener: socket) -> None:
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        self._await(Connection(self.cfg, sock, client, listener.getsockname(), self._linger))

    def on_client_socket_readable(self, conn: Connection, client: socket) -> None:
        """One that was kept alive says something, or ends."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await(conn)

    def enqueue_req(self, conn: Connection) -> None:
        """Of the next request some has come with the one before."""
        self._await(conn, conn.parser.unreader.take_buffered())

    def _await(self, conn: Connection, came: bytes = b"") -> None:
        while len(self.arriving) >= MOST_ARRIVING:
            self._drop(next(iter(self.arriving)))
        conn.begin(came)
        conn.sock.setblocking(False)
        self.arriving[conn] = None
        self.poller.register(conn.sock, EVENT_READ, partial(self._read, conn))
        self._look(conn)

    def _read(self, conn: Connection, sock: socket) -> None:
        try:
            data = sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            conn.add(data)
            self._look(conn)
        else:
            self._drop(conn)

    def _look(self, conn: Connection) -> None:
        if not conn.is_here():
            return
        self._forget(conn)
        conn.due = time.monotonic() + TURN_SECONDS
        self.waiting.append(conn)
        self._give_turns()

    def _forget(self, conn: Connection) -> None:
        del self.arriving[conn]
        self.poller.unregister(conn.sock)

    def _drop(self, conn: Connection, last_words: bytes = b"") -> None:
        self._forget(conn)
        self._cut(conn, last_words)

    def _cut(self, conn: Connection, last_words: bytes) -> None:
        if last_words:
            with suppress(OSError):
                conn.sock.send(last_words)
        self.nr_conns -= 1
        conn.close()

    # -- served: a thread -----------------------------------------------------------------------------
    def _give_turns(self) -> None:
        for conn in list(self.waiting):
            if self._may_begin(conn):
                self.waiting.remove(conn)
                self._count(conn, 1)
                served = self.tpool.submit(self.handle, conn)
                served.add_done_callback(partial(self.method_queue.defer, self.finish_request, conn))

    def _may_begin(self, conn: Connection) -> bool:
        if conn.is_large:
            return bool(self.large < self.most_large)
        return bool(self.served[conn.address] < self.most_of_one)

    def _count(self, conn: Connection, by: int) -> None:
        if conn.is_large:
            self.large += by
            return
        self.served[conn.address] += by
        if not self.served[conn.address]:
            del self.served[conn.address]

    def handle(self, conn: Connection) -> object:
        """In a thread."""
        conn.sock.setblocking(True)
        conn.init()
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Connection) -> object:
        conn.sock.settimeout(STALL_SECONDS)
        return super().handle_request(req, conn)

    def _keepalive_after(self, conn: Connection, keepalive: object) -> bool:
        """A body that the view did not want is not waited for."""
        if not keepalive:
            return False
        return bool(conn.parser.finish_body(deadline=time.monotonic() + 0.1))

    def finish_request(self, conn: Connection, served: "Future[object]") -> None:
        self._count(conn, -1)
        super().finish_request(conn, served)
        self._give_turns()

    # -- the ends -------------------------------------------------------------------------------------
    def murder_pending(self) -> None:
        """Once a second: what is late is cut."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [each for each in self.arriving if each.due < now or not (self.alive or each.came)]:
            self._drop(conn, _TOO_SLOW if conn.came else b"")
        for conn in [each for each in self.waiting if each.due < now]:
            self.waiting.remove(conn)
            self._cut(conn, _NO_TURN)
        for conn in [each for each, due in self.lingering.items() if due < now]:
            self._end(conn)

    def _linger(self, conn: Connection) -> None:
        while len(self.lingering) >= MOST_LINGERING:
            self._end(next(iter(self.lingering)))
        self.lingering[conn] = time.monotonic() + LINGER_SECONDS
        self.poller.register(conn.sock, EVENT_READ, partial(self._drain, conn))

    def _drain(self, conn: Connection, sock: socket) -> None:
        """What still comes is thrown away until the other side ends it, or its time is up."""
        try:
            if sock.recv(65536):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._end(conn)

    def _end(self, conn: Connection) -> None:
        del self.lingering[conn]
        with suppress(KeyError, ValueError, OSError):
            self.poller.unregister(conn.sock)
        util.close(conn.sock)
