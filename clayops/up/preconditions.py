"""What must hold before anything is started: nobody else here, free ports, a Redis that can be used."""

import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import redis

from clayops.up import StartError

OTHERS = 0o077
"""What the group and everybody else may do."""
OLDEST_REDIS = (6, 2)


@contextmanager
def data_folder_lock(data_dir: Path) -> Iterator[None]:
    """Hold the data folder: one `up` at a time. The kernel frees it however we end. Raises StartError."""
    with Path(data_dir, "up.lock").open("a+") as lock:
        if not _locked(lock.fileno(), patience=1.0):
            lock.seek(0)
            raise StartError(
                f"ClayOps is already running on this data folder (pid {lock.read().strip() or 'unknown'}):"
                f" use that one, stop it with Ctrl-C first, or set DATA_DIR to another folder than {data_dir}"
            )
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def close_to_others(data_dir: Path) -> list[str]:
    """Take from others on this machine what they could read of the data folder; a warning where they could.

    What is made from now on is closed by the umask (settings). Raises StartError where it cannot be done.
    """
    try:
        if not data_dir.stat().st_mode & OTHERS:
            return []
        for folder, _, names in os.walk(data_dir, followlinks=False):
            for path in (Path(folder), *(Path(folder, name) for name in names)):
                _close(path)
    except OSError as error:
        raise StartError(
            f"DATA_DIR: others on this machine can read {data_dir}, and it cannot be closed to them"
            f" ({error.strerror}): make it belong to whom ClayOps runs as"
        ) from None
    warning = (
        f"WARNING: others on this machine could look into {data_dir}: it is closed to them now (mode 700)."
    )
    return [f"{warning} Copies that they made are theirs: change the secrets in it where that may be"]


def _close(path: Path) -> None:
    """Files that go away meanwhile are in nobody's way, and links lead to what is not ours."""
    try:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o7777 & ~OTHERS)
    except FileNotFoundError:
        pass


def _locked(fileno: int, patience: float) -> bool:
    until = time.monotonic() + patience  # one that is just ending needs a moment
    while True:
        try:
            fcntl.flock(fileno, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        else:
            return True


def check_port(port: int, what: str) -> None:
    """Raise StartError where `what` cannot listen on `port`, on IPv4 or IPv6 (localhost is both)."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                _port_refused(error, port, what)


def _port_refused(error: OSError, port: int, what: str) -> None:
    if error.errno == errno.EADDRINUSE:
        raise StartError(
            f"PORT: port {port}, where {what} would listen, is in use by another program;"
            f" stop that one, or choose another: PORT={port + 10 if port < 65000 else 8010} make up"
        )
    if error.errno == errno.EACCES:
        raise StartError(
            f"PORT: port {port} may be used by root only; choose one above 1023, such as PORT=8000"
        )
    # anything else: this machine has no such address family, so nobody else has the port there either


def check_redis(url: str) -> list[str]:
    """Warnings about the Redis that REDIS_URL names. Raises StartError where it cannot be used."""
    with redis.Redis.from_url(
        url, socket_timeout=5, socket_connect_timeout=5, decode_responses=True
    ) as client:
        try:
            version = client.info("server")["redis_version"]
        except (redis.RedisError, OSError, ValueError) as error:
            raise StartError(f"REDIS_URL: cannot use the Redis at {_place(url)} ({_reason(error)})") from None
        if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
            raise StartError(
                f"REDIS_URL: the Redis at {_place(url)} is version {version}; 6.2 or newer is needed"
            )
        policy = _policy(client)
    if policy == "noeviction":
        return []
    return [
        f"REDIS_URL: that Redis may throw our keys away (maxmemory-policy {policy}); set it to noeviction"
    ]


def _policy(client: redis.Redis) -> str:
    try:
        return str(client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction"))
    except redis.ResponseError:  # hosted ones hide CONFIG
        return "noeviction"


def _place(url: str) -> str:
    parts = urlsplit(url)  # never its password
    try:
        return f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else parts.path
    except ValueError:
        return str(parts.hostname)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
