"""Starting a run: what is sent, and what each answer means."""

import json
import socket
import threading
from collections.abc import Callable

import pytest

from clayops.clay import (
    Charged,
    Clay,
    ClayError,
    Item,
    KeyRejected,
    NoCredits,
    NotSent,
    Rejected,
    TooFast,
    Unclear,
    payload_bytes,
)
from tests.clayops.clay.conftest import ADA, KEY, QUICK
from tests.clayops.clay.server import (
    IN_PROGRESS,
    RUN_ID,
    Answer,
    Server,
    half_an_answer,
    not_http,
    resets,
    says,
)

ROUTINE = "function:t_people"


def failure(clay: Clay) -> ClayError:
    with pytest.raises(ClayError) as caught:
        clay.run(ROUTINE, [ADA])
    return caught.value


def test_run_sends_the_items_with_the_key(server: Server, clay: Clay) -> None:
    server.answers = [says(202, IN_PROGRESS)]
    assert clay.run(ROUTINE, [ADA], "wh_1").run_id == RUN_ID
    [request] = server.requests
    assert (request.method, request.path) == ("POST", "/public/v0/routines/function:t_people/run")
    assert request.headers["clay-api-key"] == KEY
    assert request.json == {"items": [{"id": "17", "inputs": ADA.inputs}], "webhook_id": "wh_1"}


def test_no_webhook_is_not_sent_as_an_empty_one(server: Server, clay: Clay) -> None:
    server.answers = [says(202, IN_PROGRESS)]
    clay.run(ROUTINE, [ADA])
    assert "webhook_id" not in server.requests[0].json


def test_payload_bytes_is_the_size_of_the_body(server: Server, clay: Clay) -> None:
    server.answers = [says(202, IN_PROGRESS)]
    items = [ADA, Item("18", {"full_name": "Zoë Ω 🙂", "skip_providers": ["hunter"]})]
    clay.run(ROUTINE, items)
    assert payload_bytes(items) == len(server.requests[0].body)


def test_an_id_cannot_leave_its_place_in_the_path(server: Server, clay: Clay) -> None:
    server.answers = [says(202, IN_PROGRESS)]
    clay.run("a/../b?x=#%", [ADA])
    assert server.requests[0].path == "/public/v0/routines/a%2F..%2Fb%3Fx%3D%23%25/run"


def test_the_connection_is_kept_alive(server: Server, clay: Clay) -> None:
    server.answers = [says(202, IN_PROGRESS)]
    for _ in range(3):
        clay.run(ROUTINE, [ADA])
    assert server.connections == 1


STATUSES: list[tuple[Answer, type[ClayError], Charged, bool]] = [
    (says(429, {"message": "slow"}, retry_after="7"), TooFast, Charged.NO, True),
    (says(429, {"message": "slow"}), TooFast, Charged.NO, True),
    (says(503, {"message": "busy"}, retry_after="2"), TooFast, Charged.NO, True),
    *((says(code, {"message": "no"}), Rejected, Charged.NO, False) for code in (400, 404, 413, 422)),
    *((says(code, {"message": "no"}), KeyRejected, Charged.NO, False) for code in (401, 403)),
    (says(402, {"message": "no"}), NoCredits, Charged.NO, False),
    *(
        (says(code, {"message": "oh"}), Unclear, Charged.POSSIBLY, False)
        for code in (301, 303, 307, 405, 408, 409, 418, 500, 501, 502, 503, 504, 520, 599)
    ),
    (says(503, {"message": "busy"}, retry_after="soon"), Unclear, Charged.POSSIBLY, False),
]


@pytest.mark.parametrize(("answer", "kind", "charged", "retryable"), STATUSES)
def test_each_status_has_its_meaning(
    server: Server, clay: Clay, answer: Answer, kind: type[ClayError], charged: Charged, retryable: bool
) -> None:
    server.answers = [answer]
    error = failure(clay)
    assert (type(error), error.charged, error.retryable) == (kind, charged, retryable)
    assert str(error.status) in str(error)


OUTSIDE_THE_CONTRACT: dict[str, Answer] = {
    "200 instead of 202": says(200, IN_PROGRESS),
    "204": says(204, b""),
    "no run id": says(202, {"status": "in_progress"}),
    "empty run id": says(202, {"routine_run_id": "", "status": "in_progress"}),
    "run id too long to ask for": says(202, {"routine_run_id": "r" * 65, "status": "in_progress"}),
    "run id is a number": says(202, {"routine_run_id": 7, "status": "in_progress"}),
    "a list": says(202, [IN_PROGRESS]),
    "a page of HTML": says(202, b"<html>Welcome</html>", content_type="text/html"),
    "nothing": says(202, b""),
    "not UTF-8": says(202, b'{"routine_run_id": "\xff"}'),
    "NaN": says(202, b'{"routine_run_id": "a", "x": NaN}'),
    "nested for ever": says(202, b"[" * 200_000),
    "an odd encoding": says(202, b"not gzip", content_encoding="gzip"),
    "half an answer": half_an_answer,
    "no HTTP": not_http,
    "a reset": resets,
    "silence": lambda sock: None,
    "closed without a word": lambda sock: sock.shutdown(socket.SHUT_RDWR),
}


@pytest.mark.parametrize("name", OUTSIDE_THE_CONTRACT)
def test_no_clear_answer_may_have_been_charged(server: Server, clay: Clay, name: str) -> None:
    server.answers = [OUTSIDE_THE_CONTRACT[name]]
    error = failure(clay)
    assert (type(error), error.charged, error.retryable) == (Unclear, Charged.POSSIBLY, False)
    assert str(error).startswith(("Clay", "The connection"))
    assert len(server.requests) == 1  # and it is never sent again by itself


def test_a_huge_answer_is_not_read_to_its_end(
    server: Server, clay: Clay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clayops.clay.wire.MAX_ANSWER", 100_000)
    server.answers = [says(202, IN_PROGRESS | {"padding": "x" * 200_000})]
    assert "longer than" in str(failure(clay))


def test_an_answer_that_drips_is_given_up(server: Server, clay: Clay) -> None:
    stop = threading.Event()

    def drips(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 202 X\r\ncontent-length: 1000\r\n\r\n")
        while not stop.wait(0.1):
            sock.sendall(b" ")

    server.answers = [drips]
    assert "not complete after 1 seconds" in str(failure(clay))
    stop.set()


@pytest.mark.parametrize("body", [b"x" * 500_000, b"\xff\xfe", b"", b'{"message": 7}', b"[" * 5000, b"[]"])
def test_a_refusal_needs_no_readable_body(server: Server, clay: Clay, body: bytes) -> None:
    server.answers = [says(404, body)]
    assert str(failure(clay)) == "Clay rejected the request (404)."


def test_a_refusal_cut_short_is_a_refusal_all_the_same(server: Server, clay: Clay) -> None:
    def cut(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 422 X\r\ncontent-length: 900\r\n\r\n{")
        sock.shutdown(socket.SHUT_RDWR)

    server.answers = [cut]
    assert isinstance(failure(clay), Rejected)


def test_a_redirect_is_not_followed(server: Server, clay: Clay) -> None:
    server.answers = [says(307, {"message": "over there"}, location=f"{server.url}/else")]
    assert isinstance(failure(clay), Unclear)
    assert len(server.requests) == 1


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


NOWHERE: dict[str, Callable[[], str]] = {
    "nobody listens": lambda: f"http://127.0.0.1:{_free_port()}/public/v0",
    "no such name": lambda: "http://clay.invalid/public/v0",
    "no host name": lambda: f"http://{'a' * 70}.example/v0",
    "no address": lambda: "http://[oops/v0",
    "no scheme": lambda: "127.0.0.1/public/v0",
    "odd scheme": lambda: "ftp://127.0.0.1/public/v0",
}


@pytest.mark.parametrize("name", NOWHERE)
def test_nothing_is_charged_where_nothing_left(name: str) -> None:
    error = failure(Clay(NOWHERE[name](), KEY, timeouts=QUICK))
    assert (type(error), error.charged, error.retryable) == (NotSent, Charged.NO, True)
    assert "nothing was sent" in str(error)


def test_tls_to_a_port_that_keeps_silent_sends_nothing(server: Server) -> None:
    clay = Clay(server.url.replace("http:", "https:"), KEY, timeouts=QUICK)
    assert isinstance(failure(clay), NotSent)


def test_tls_to_a_plain_port_sends_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speaks_plainly() -> None:
            with listener.accept()[0] as sock:
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=speaks_plainly, daemon=True).start()
        error = failure(Clay(f"https://127.0.0.1:{listener.getsockname()[1]}", KEY, timeouts=QUICK))
    assert isinstance(error, NotSent)
    assert "SSL" in str(error)


def test_a_listener_that_never_accepts_is_not_sent_to() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        blockers = [socket.socket() for _ in range(4)]
        for blocker in blockers:
            blocker.setblocking(False)
            blocker.connect_ex(address)
        error = failure(Clay(f"http://127.0.0.1:{address[1]}", KEY, timeouts=QUICK))
        for blocker in blockers:
            blocker.close()
    assert isinstance(error, NotSent)
    assert "no connection within 0.5 seconds" in str(error)


def test_a_full_pool_is_not_sent(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clayops.clay.wire.MAX_CONNECTIONS", 1)
    release = threading.Event()

    def waits(sock: socket.socket) -> None:
        release.wait(5)
        says(202, IN_PROGRESS)(sock)

    server.answers = [waits]
    clay = Clay(server.url, KEY)
    patient = threading.Thread(target=clay.run, args=(ROUTINE, [ADA]))
    patient.start()
    while not server.requests:
        pass
    clay._wire._http.timeout = 0.3
    assert "became free" in str(failure(clay))
    release.set()
    patient.join()


@pytest.mark.parametrize(
    ("routine", "items", "webhook"),
    [
        (ROUTINE, [], ""),
        (ROUTINE, [ADA] * 101, ""),
        (ROUTINE, [Item("", {})], ""),
        (ROUTINE, [Item("x" * 65, {})], ""),
        ("", [ADA], ""),
        ("f" * 65, [ADA], ""),
        ("..", [ADA], ""),
        (ROUTINE, [ADA], "w" * 65),
        (ROUTINE, [Item("1", {"score": float("nan")})], ""),
        (ROUTINE, [Item("1", {"who": object()})], ""),
        (ROUTINE, [Item("1", {"name": "\ud800"})], ""),
    ],
)
def test_what_cannot_be_sent_does_not_leave(
    server: Server, clay: Clay, routine: str, items: list[Item], webhook: str
) -> None:
    with pytest.raises(ValueError, match=r"must|items|JSON"):
        clay.run(routine, items, webhook)
    assert server.connections == 0


def test_a_hundred_items_with_long_ids_may_leave(server: Server, clay: Clay) -> None:
    server.answers = [says(202, IN_PROGRESS)]
    clay.run("f" * 64, [Item(f"{n:064}", {}) for n in range(100)])
    assert len(json.loads(server.requests[0].body)["items"]) == 100
