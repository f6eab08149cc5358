"""The door before gunicorn's threads, attacked: sockets that say little, or nothing, keep nobody out."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from clayops.up import children
from tests.clayops.up.product import ROOT, environment, eventually, free_port, product

APP = """
import pathlib, time
def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        while not pathlib.Path("go").exists():
            time.sleep(0.02)
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(size) if environ["PATH_INFO"] == "/taken" else b""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{len(body)}".encode()]
"""


@pytest.fixture
def trusted() -> str:
    """`TRUSTED_PROXIES`."""
    return "127.0.0.1"


@pytest.fixture
def port(tmp_path: Path, trusted: str) -> Iterator[int]:
    """A server as `up` starts it, but one process, four threads and another application: `/slow` keeps its
    thread until the test is over.
    """
    (tmp_path / "app.py").write_text(APP)
    it = free_port()
    flags = [
        each for each in children.web_child().argv[3:] if each.startswith(("--worker-class", "--keep-alive"))
    ]
    argv = [
        sys.executable,
        "-m",
        "gunicorn",
        *flags,
        "--no-control-socket",
        "--graceful-timeout=1",
        "--threads=4",
        f"--bind=127.0.0.1:{it}",
    ]
    argv += [f"--pythonpath={tmp_path},{ROOT}", "app"]
    env = environment(tmp_path / "data", TRUSTED_PROXIES=trusted)
    process = subprocess.Popen(argv, cwd=tmp_path, env=env, stderr=subprocess.DEVNULL)
    try:
        assert eventually(lambda: answers(it), 20)
        yield it
    finally:
        (tmp_path / "go").touch()
        process.terminate()
        process.wait(10)


def answers(port: int) -> bool:
    try:
        return ask(port) == "0"
    except OSError:
        return False


def ask(port: int, path: str = "/", body: bytes | None = None, **headers: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("POST" if body else "GET", path, body, headers)
    return connection.getresponse().read().decode()


def opened(stack: ExitStack, port: int, said: bytes) -> socket.socket:
    it = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
    it.sendall(said)
    return it


HEAD = b"POST /taken HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"


@pytest.mark.parametrize("said", [b"", b"G", HEAD % 10, HEAD % 10 + b"\r\nfew"])
def test_forty_that_trickle_keep_nobody_out(port: int, said: bytes) -> None:
    with ExitStack() as stack:
        slow = [opened(stack, port, said) for _ in range(40)]
        for _ in range(3):
            began = time.monotonic()
            assert ask(port) == "0"
            assert time.monotonic() - began < 1.5
            for each in slow:
                each.sendall(b"x")


def test_forty_uploads_that_trickle_leave_threads_to_others(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(40):
            opened(stack, port, HEAD % 1_000_000 + b"\r\n" + b"x" * 70_000)
        assert [ask(port, X="y") for _ in range(3)] == ["0", "0", "0"]


@pytest.mark.parametrize(
    "told",
    [
        b"X-Forwarded-For: 192.0.2.1, 192.0.2.7",
        b"X-Forwarded-For: 192.0.2.8\r\nX-Forwarded-For: 192.0.2.7, 127.0.0.1",
    ],
)
def test_one_address_never_has_all_the_threads(port: int, told: bytes) -> None:
    """Who asks is the last that none of our proxies is, as on the pages."""
    with ExitStack() as stack:
        busy = b"GET /slow HTTP/1.1\r\nHost: localhost\r\n" + told + b"\r\n\r\n"
        for _ in range(20):
            opened(stack, port, busy)
        assert ask(port, "/", None, **{"X-Forwarded-For": "192.0.2.8"}) == "0"


@pytest.mark.parametrize("trusted", [""])
def test_whom_nobody_trusts_is_not_believed(port: int) -> None:
    """Whatever a client writes there, it does not pass for many."""
    with ExitStack() as stack:
        for n in range(20):
            told = b"X-Forwarded-For: 192.0.2.%d" % n
            opened(stack, port, b"GET /slow HTTP/1.1\r\nHost: localhost\r\n" + told + b"\r\n\r\n")
        other = http.client.HTTPConnection("127.0.0.1", port, timeout=20, source_address=("127.0.0.2", 0))
        other.request("GET", "/")
        assert other.getresponse().read() == b"0"


def test_those_who_never_hang_up_keep_nobody_waiting(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            done = opened(stack, port, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert b"200 OK" in done.recv(1000)
        assert ask(port) == "0"


@pytest.mark.long
def test_a_connection_outlives_the_time_between_two_polls(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    for _ in range(2):
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"0"
        used = connection.sock
        time.sleep(2.5)
    assert used is connection.sock
    assert "keep-alive=20" in " ".join(children.web_child().argv)


def test_bodies_small_and_large_arrive_whole(port: int) -> None:
    for size in (10, 65_536, 65_537, 3_000_000):
        assert ask(port, "/taken", b"x" * size) == str(size)
        assert ask(port, "/", b"x" * size) == "0"


def test_two_requests_in_one_breath_and_half_of_a_third(port: int) -> None:
    once, came = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b""
    with ExitStack() as stack:
        one = opened(stack, port, once * 2 + once[:10])
        while came.count(b"200 OK") < 2 or not came.endswith(b"0\r\n\r\n"):
            came += one.recv(4096)
        one.sendall(once[10:])
        while came.count(b"200 OK") < 3:
            came += one.recv(4096)


@pytest.mark.long
def test_who_says_nothing_is_shown_the_door(port: int) -> None:
    with ExitStack() as stack:
        silent, half = opened(stack, port, b""), opened(stack, port, b"GET / HT")
        assert silent.recv(100) == b""
        assert b"408" in half.recv(100)


@pytest.mark.long
@pytest.mark.faults
def test_a_whole_product_answers_while_two_hundred_trickle(tmp_path: Path) -> None:
    with product(tmp_path / "data") as it, ExitStack() as stack:
        signin = HEAD.replace(b"/taken", b"/signin")
        for said in (b"", b"GET / HT", signin % 10, signin % 10 + b"\r\n", signin % 10**6 + b"\r\nx"):
            for _ in range(40):
                opened(stack, it.port, said)
        for path in ("/healthz", "/signin"):
            began = time.monotonic()
            assert httpx.get(f"http://127.0.0.1:{it.port}{path}").status_code in {200, 503}
            assert time.monotonic() - began < 3
