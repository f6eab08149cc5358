"""`manage.py sandbox`: a process that starts, survives kill -9 and ends when told."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clayops.clay import Clay, NotSent
from tests.clayops.sandbox.conftest import ROUTINE, finished, people

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Started:
    """Sandboxes as processes of their own, all ended with the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[str]] = []

    def __call__(self, *arguments: str) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "DATA_DIR": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "clayops.settings",
        }
        command = [sys.executable, str(MANAGE), "sandbox", *arguments]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True)
        self.processes.append(process)
        return process

    def ready(self, port: int) -> subprocess.Popen[str]:
        process = self("--port", str(port))
        assert process.stdout is not None
        assert f"http://127.0.0.1:{port}/sandbox" in process.stdout.readline()
        return process


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Started]:
    started = Started(tmp_path)
    yield started
    for process in started.processes:
        process.kill()
        process.communicate()


def test_kill_9_forgets_nothing_that_was_accepted(start: Started, port: int) -> None:
    first = start.ready(port)
    clay = Clay(f"http://127.0.0.1:{port}/public/v0", "sandbox-key")
    run_id = clay.run(ROUTINE, people(1)).run_id
    first.kill()
    first.wait()
    with pytest.raises(NotSent):
        clay.run(ROUTINE, people(1))
    start.ready(port)
    deadline = time.monotonic() + 10
    while not hasattr(clay.results(run_id), "items") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert finished(clay, run_id).total == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told(start: Started, port: int, number: int) -> None:
    process = start.ready(port)
    Clay(f"http://127.0.0.1:{port}/public/v0", "k").me()  # a connection that is kept alive
    process.send_signal(number)
    assert process.wait(5) == 0  # about 0.2 s, more on a busy machine
    assert process.communicate()[1] == ""


def test_a_port_in_use_is_one_line(start: Started) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start("--port", str(taken.getsockname()[1]))
        text = process.communicate(timeout=20)[1]
    assert process.returncode == 2
    assert text.count("\n") == 1
    assert "address already in use" in text


def test_a_file_that_is_no_data_file_is_one_line(start: Started, port: int, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Dear diary, " * 500)
    process = start("--port", str(port), "--data", str(tmp_path / "notes.txt"))
    assert "cannot be used as the sandbox's data file" in process.communicate(timeout=20)[1]
    assert process.returncode == 2


@pytest.mark.parametrize("arguments", [("--host", "0.0.0.0"), ("--port", "99999"), ("--port", "x")])  # noqa: S104
def test_only_this_machine_and_only_ports(start: Started, arguments: tuple[str, str]) -> None:
    process = start(*arguments)
    process.communicate(timeout=20)
    assert process.returncode == 2
