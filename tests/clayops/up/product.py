"""A whole product, started as a user starts it, on a data folder and ports of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clayops.up import processes

ROOT = Path(__file__).parents[3]
OURS = (
    "CLAY_API_KEY",
    "CLAY_API_URL",
    "CLAY_WEBHOOK_ID",
    "CLAY_WEBHOOK_SECRET",
    "REDIS_URL",
    "DATABASE_URL",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "HSTS_PRELOAD",
    "TIME_ZONE",
)


def environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a product on `data`, without what the test run has set."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    return (
        inherited
        | {"DJANGO_SETTINGS_MODULE": "clayops.settings", "DATA_DIR": str(data), "WORKERS": "1"}
        | more
    )


def free_port() -> int:
    """A port that is free, and the one after it as well."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def manage(*words: str, data: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of manage.py to its end."""
    argv = [sys.executable, str(ROOT / "manage.py"), *words]
    return subprocess.run(argv, env=environment(data, **env), capture_output=True, text=True, timeout=60)


def python(code: str, data: Path, **env: str) -> str:
    """What `code` prints, run with the product's settings."""
    setup = f"import sys, django; sys.path.insert(0, {str(ROOT)!r}); django.setup()\n"
    argv = [sys.executable, "-c", setup + code]
    ran = subprocess.run(
        argv, env=environment(data, **env), capture_output=True, text=True, timeout=60, check=True
    )
    return ran.stdout.strip()


def eventually(true: Callable[[], object], seconds: float = 15) -> bool:
    """Whether `true()` becomes so in time."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


class Product:
    """One `manage.py up`."""

    def __init__(self, data: Path, port: int, **env: str) -> None:
        self.data, self.port = data, port
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "up"],
            env=environment(data, PORT=str(port), **env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def says(self, pattern: str, seconds: float = 60) -> str:
        """The first line that matches, waited for."""
        eventually(lambda: self._said(pattern) or self.process.poll() is not None, seconds)
        assert eventually(lambda: self._said(pattern), 0.5), f"not {pattern!r} but\n" + "\n".join(self.lines)
        return self._said(pattern)[0]

    def _said(self, pattern: str) -> list[str]:
        return [line for line in self.lines if re.search(pattern, line)]

    def running(self) -> set[int]:
        """Ids of all processes below `up`."""
        return processes.marked(processes.mark_of(self.data))

    def child(self, *words: str) -> int:
        """The id of the oldest process below `up` with all these words in its command line, or 0."""
        return min(
            (pid for pid in self.running() if all(word in command_line(pid) for word in words)), default=0
        )

    def stop(self, signum: int = signal.SIGINT) -> int:
        """Signal `up`, and wait for its exit code."""
        self.process.send_signal(signum)
        return self.process.wait(20)


def command_line(pid: int) -> str:
    """The command line of a process; empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


@contextmanager
def product(data: Path, port: int = 0, **env: str) -> Iterator[Product]:
    """A product that is ready; gone afterwards, whatever the test did to it."""
    it = Product(data, port or free_port(), **env)
    try:
        it.says("ClayOps is ready")
        yield it
    finally:
        if it.process.poll() is None:
            it.process.terminate()
            it.process.wait(20)
        processes.end_marked(processes.mark_of(data), patience=0)
